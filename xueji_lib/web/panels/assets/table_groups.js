// Rows put together by what they share, each group under a head that chooses it whole.
import { button, tag } from "./dom.js";

export class TableGroups {
  constructor(table) {
    this.table = table;
    this.heads = new Map(); // group → its row of the table, kept so that the focus stays
  }

  /** The rows in their order, those of one group together, each group where its first row stands. */
  inOrder(rows) {
    const { group } = this.table.view;
    if (!group) return rows;
    return [...groupBy(rows, (row) => nameOf(row, group)).values()].flat();
  }

  /** What the body of the table holds: rows, and heads where rows are put together. */
  elements(rows) {
    const { group } = this.table.view;
    if (!group) return rows.flatMap((row) => [row.element, row.below]);
    const listed = groupBy(this.table.listed, (row) => nameOf(row, group));
    return [...groupBy(rows, (row) => nameOf(row, group))].flatMap(([name, members]) => [
      this.head(name, group, listed.get(name)),
      ...members.flatMap((row) => [row.element, row.below]),
    ]);
  }

  head(name, group, rows) {
    const head = this.heads.get(name) ?? this.newHead(name, group);
    this.heads.set(name, head);
    head.rows = rows;
    head.count.textContent = `${rows.length} 条`;
    head.chooser.textContent = `选中这 ${rows.length} 条`;
    head.chooser.hidden = rows.length < 2;
    return head.element;
  }

  newHead(name, group) {
    const { table } = this;
    const count = tag("span", { class: "faint" });
    const head = { rows: [], count };
    head.chooser = button("", () => table.chooseRows(head.rows), { class: "xb xb-small" });
    head.element = tag(
      "tr",
      { class: "xg" },
      tag(
        "th",
        { colspan: table.columnCount, scope: "colgroup" },
        tag("b", null, name || `没有写${group.label}`),
        " ",
        count,
        " ",
        table.hasBulk ? head.chooser : "",
      ),
    );
    return head;
  }
}

/** Name → the things that have it, in the order of the first of each. */
function groupBy(things, nameOfThing) {
  const groups = new Map();
  for (const thing of things) {
    const name = nameOfThing(thing);
    if (groups.has(name)) groups.get(name).push(thing);
    else groups.set(name, [thing]);
  }
  return groups;
}

function nameOf(row, group) {
  return group.columns
    .map((column) => row.data.cells[column])
    .filter(Boolean)
    .join(" ");
}
