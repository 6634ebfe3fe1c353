// The same step for many rows: only those steps that every chosen row allows, and only with a note.
import { button, dropDown, tag } from "./dom.js";
import { StepForm } from "./step_form.js";

export class BulkBar {
  constructor(table) {
    this.table = table;
    this.action = "";
    this.element = tag("div", { class: "xbulk", hidden: true });
  }

  draw() {
    const { table } = this;
    const rows = [...table.chosenIds].map((id) => table.rows.get(id)).filter(Boolean);
    const actions = table.spec.actions.filter(
      (action) => action.bulk && rows.every((row) => row.data.steps[action.name]),
    );
    if (!rows.length || !actions.some((action) => action.name === this.action)) this.action = "";
    this.element.hidden = !rows.length;
    if (!rows.length) {
      this.element.replaceChildren();
      return;
    }
    const head = tag(
      "div",
      { class: "xbulk-head" },
      tag("b", null, `已选 ${rows.length} 条`),
      this.unseenNote(rows),
      this.actionChooser(actions),
      rows.every((row) => row.data.undo && !row.outboxEntry())
        ? button(`撤销这 ${rows.length} 条的上一步`, () => this.undo(rows))
        : "",
      button("取消选择", () => table.chooseNone()),
    );
    this.element.replaceChildren(head);
    if (this.action) this.openForm(rows);
  }

  /** How many of the chosen rows are listed below what is drawn. */
  unseenNote(rows) {
    const unseen = rows.filter((row) => !row.element.isConnected).length;
    return unseen ? tag("span", { class: "faint" }, `其中 ${unseen} 条在下面没有展开`) : "";
  }

  undo(rows) {
    this.table.undo(rows);
    this.table.chooseNone();
  }

  actionChooser(actions) {
    const prompt = actions.length ? "成批处理为…" : "这几条没有共同的下一步";
    const options = [["", prompt], ...actions.map((action) => [action.name, action.label])];
    return dropDown(options, this.action, {
      "aria-label": "成批处理",
      onchange: (event) => this.chooseAction(event.target.value),
    });
  }

  chooseAction(action) {
    this.action = action;
    this.draw();
  }

  openForm(rows) {
    const { table, action } = this;
    const form = new StepForm({
      fields: table.fieldsOf(action),
      required: [...new Set(["note", ...rows.flatMap((row) => row.data.steps[action])])],
      draftName: `${table.outbox.prefix}draft:bulk:${action}`,
      title: `${rows.length} 条都改成“${table.labelOf(action)}”`,
      saveLabel: `保存 ${rows.length} 条`,
      onSave: (values) => this.takeStep(rows, values),
      onCancel: () => this.chooseAction(""),
    });
    this.element.append(form.element);
    form.focus();
  }

  takeStep(rows, body) {
    const { table, action } = this;
    const chosen = Object.fromEntries(rows.map((row) => [row.data.id, row.data.seen]));
    this.action = "";
    table.outbox.save({ op: "bulk", chosen, action, body }, Object.keys(chosen), table.labelOf(action));
    table.chooseNone();
  }
}
