// Which rows of a table are listed, and in what order.

const FIRST_ROWS = 20;

export class TableView {
  constructor(columns) {
    this.columns = new Map(columns.map((column) => [column.name, column]));
    this.text = ""; // what was typed to search for, in lower case
    this.filters = new Map(); // column → the value it must have
    this.onlyWaiting = false;
    this.sort = null; // {column, direction: 1 or -1}
    this.group = null; // {label, columns}: rows with the same texts there stand together
    this.limit = FIRST_ROWS;
  }

  /** Everything is listed again. */
  reset() {
    this.text = "";
    this.filters.clear();
    this.onlyWaiting = false;
  }

  search(text) {
    this.text = text.trim().toLowerCase();
    this.limit = FIRST_ROWS;
  }

  filter(columnName, value) {
    if (value) this.filters.set(columnName, value);
    else this.filters.delete(columnName);
    this.limit = FIRST_ROWS;
  }

  sortDirection(columnName) {
    return this.sort?.column === columnName ? this.sort.direction : 0;
  }

  /** Unsorted, ascending, descending, and back to the order Python gave. */
  turnSort(columnName) {
    const direction = { 0: 1, 1: -1 }[this.sortDirection(columnName)];
    this.sort = direction ? { column: columnName, direction } : null;
  }

  /** The rows that pass search and filters, sorted. */
  listed(rows) {
    const passing = rows.filter((row) => this.shows(row));
    if (!this.sort) return passing;
    const { column, direction } = this.sort;
    const compare = this.comparison(column);
    return passing.sort((first, second) => direction * compare(first, second));
  }

  shows(row) {
    if (this.onlyWaiting && !row.data.waiting && !row.outboxEntry()) return false;
    for (const [columnName, value] of this.filters) if (this.value(row, columnName) !== value) return false;
    return !this.text || searchText(row).includes(this.text);
  }

  value(row, columnName) {
    if (this.columns.get(columnName)?.kind === "state") return row.data.state;
    return row.data.cells[columnName] ?? "";
  }

  comparison(columnName) {
    const { choices } = this.columns.get(columnName);
    if (choices.length) {
      const rank = (row) => choices.indexOf(this.value(row, columnName));
      return (first, second) => rank(first) - rank(second);
    }
    const collator = new Intl.Collator("zh-CN", { numeric: true });
    return (first, second) => collator.compare(this.value(first, columnName), this.value(second, columnName));
  }
}

function searchText(row) {
  const { cells, state, marks } = row.data;
  return [...Object.values(cells), state, ...marks].join(" ").toLowerCase();
}
