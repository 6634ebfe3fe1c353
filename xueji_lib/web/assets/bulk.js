// The same step for many rows: only those steps that every chosen row allows, and only with a note.
import { h } from "./dom.js";
import { form } from "./form.js";

export class Bulk {
  constructor(table) {
    this.table = table;
    this.action = "";
    this.element = h("div", { class: "xbulk", hidden: true });
  }

  draw() {
    const { table } = this;
    const rows = [...table.chosen].map((id) => table.rows.get(id)).filter(Boolean);
    this.element.hidden = !rows.length;
    if (!rows.length) {
      this.action = "";
      this.element.replaceChildren();
      return;
    }
    const allowed = table.spec.actions.filter((one) => one.bulk && rows.every((row) => row.data.steps[one.name]));
    if (!allowed.some((one) => one.name === this.action)) this.action = "";
    const select = h("select", { class: "xi", "aria-label": "成批处理", onchange: (event) => { this.action = event.target.value; this.draw(); } },
      h("option", { value: "" }, allowed.length ? "成批处理为…" : "这几条没有共同的下一步"),
      allowed.map((one) => h("option", { value: one.name }, one.label)));
    select.value = this.action;
    this.element.replaceChildren(h("div", { class: "xbulk-head" }, h("b", null, `已选 ${rows.length} 条`), select,
      h("button", { type: "button", class: "xb", onclick: () => table.unchoose() }, "取消选择")));
    if (this.action) {
      const needs = new Set(["note", ...rows.flatMap((row) => row.data.steps[this.action])]);
      const made = form({
        fields: table.fieldsOf(this.action), needs: [...needs], draft: `${table.line.prefix}draft:bulk:${this.action}`,
        title: `${rows.length} 条都改成“${table.label(this.action)}”`, button: `保存 ${rows.length} 条`,
        done: (body) => this.take(rows, body),
        cancel: () => { this.action = ""; this.draw(); },
      });
      this.element.append(made.element);
      made.focus();
    }
  }

  take(rows, body) {
    const { table, action } = this;
    const chosen = Object.fromEntries(rows.map((row) => [row.data.id, row.data.seen]));
    this.action = "";
    table.line.save({ op: "bulk", chosen, action, body }, Object.keys(chosen), table.label(action));
    table.unchoose();
  }
}
