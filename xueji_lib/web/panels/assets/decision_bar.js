// The bar at the foot of a page: what was chosen and waits for a word, and the last thing that was saved, with the way
// back. One for all the tables of a page.
import { button, mainButton, tag } from "./dom.js";

class DecisionBar {
  constructor() {
    this.tables = new Map(); // table → its rows that are chosen and not confirmed
    this.last = null; // {text, undo}: what was saved last
    this.said = tag("span", { class: "xdecide-said", role: "status" });
    this.buttons = tag("span", { class: "xdecide-buttons" });
    this.element = tag("div", { class: "xdecide xui", role: "region", "aria-label": "刚才的处理", hidden: true });
    this.element.append(this.said, this.buttons);
    document.body.append(this.element);
    window.addEventListener("beforeunload", (event) => this.chosenRows().length && event.preventDefault());
    document.addEventListener("keydown", (event) => this.handleKey(event));
  }

  chosenRows() {
    return [...this.tables.values()].flat();
  }

  publish(table, rows) {
    if (rows.length) this.tables.set(table, rows);
    else this.tables.delete(table);
    this.draw();
  }

  /** `undo()` takes it back; without it, it is only said. */
  saved(text, undo) {
    this.last = { text, undo };
    this.draw();
  }

  draw() {
    const rows = this.chosenRows();
    const { text = "", undo } = this.last ?? {};
    const said = rows.length ? `选了 ${rows.length} 条，还没有存。` : text;
    if (this.said.textContent !== said) this.said.textContent = said;
    const confirmAll = () => this.forAll(rows, (row) => row.confirmChoice());
    const cancelAll = () => this.forAll(rows, (row) => row.cancelChoice());
    const chosen = [mainButton(`全部存下（${rows.length} 条）`, confirmAll), button("全部取消", cancelAll)];
    const saved = [undo ? button("撤销", () => this.undo()) : "", button("知道了", () => this.forget())];
    this.buttons.replaceChildren(...(rows.length ? chosen : saved).filter(Boolean));
    this.element.hidden = !said;
    document.documentElement.classList.toggle("xdecide-shown", Boolean(said));
  }

  forAll(rows, action) {
    for (const row of rows) action(row);
    rows[0]?.focus("open");
  }

  undo() {
    const { undo } = this.last ?? {};
    this.last = null;
    undo?.();
    this.draw();
  }

  forget() {
    this.last = null;
    this.draw();
  }

  handleKey(event) {
    if (!event.ctrlKey || event.key.toLowerCase() !== "z" || !this.last?.undo) return;
    if (event.target.matches("input, textarea")) return; // the key takes back what is typed there
    event.preventDefault();
    this.undo();
  }
}

export function decisionBar() {
  return (window.xuejiDecisions ??= new DecisionBar());
}
