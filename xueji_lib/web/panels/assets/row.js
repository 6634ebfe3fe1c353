// One row of a table: the step it is taken through, how its last change stands, and what opens below it.
import { browserStorage } from "./browser_storage.js";
import { detailBlocks } from "./detail.js";
import { button, setChildren, tag } from "./dom.js";
import { checkboxCell, columnCell } from "./row_cells.js";
import { rowConflict } from "./row_conflict.js";
import { StepForm } from "./step_form.js";

const OPEN_PATIENCE = 180000; // milliseconds: what a handed-in file would change is judged when its row is opened

export class Row {
  constructor(table, data) {
    this.table = table;
    this.data = data;
    this.savedAt = "";
    this.refusal = ""; // why the last change was not taken
    this.open = false;
    this.form = null;
    this.formAction = undefined; // the step that the open form is for
    this.details = null; // elements of the opened row, null until Python has answered
    this.element = tag("tr", { class: "xr", "data-id": data.id });
    this.belowCell = tag("td", { colspan: table.columnCount });
    this.below = tag("tr", { class: "xr-below", hidden: true }, this.belowCell);
    this.draw();
    const drafted = Object.keys(data.steps).find((action) => browserStorage.get(this.draftName(action)));
    if (drafted) this.openForm(drafted);
  }

  draftName(action) {
    return `${this.table.outbox.prefix}draft:${this.data.id}:${action}`;
  }

  /** What of this row waits to be saved, undefined where nothing does. */
  outboxEntry() {
    return this.table.outbox.entryAbout(this.data.id);
  }

  update(data) {
    this.data = data;
    this.draw();
    if (this.open) this.load();
  }

  // ---- the row itself ----

  draw() {
    const focusedPart = this.element.contains(document.activeElement) ? document.activeElement.dataset.part : "";
    this.drawnStanding = this.standing();
    this.element.classList.toggle("xr-waiting", this.data.waiting);
    this.element.classList.toggle("xr-chosen", this.table.chosenIds.has(this.data.id));
    this.element.replaceChildren(
      ...(this.table.hasBulk ? [checkboxCell(this)] : []),
      ...this.table.spec.columns.map((column) => columnCell(this, column)),
    );
    if (focusedPart) this.element.querySelector(`[data-part="${focusedPart}"]`)?.focus();
    this.drawBelow();
  }

  /** Draws only where how the last change stands is another: a drop-down that is open stays open. */
  drawStanding() {
    if (this.drawnStanding !== this.standing()) this.draw();
  }

  standing() {
    const entry = this.outboxEntry();
    return entry ? `${entry.message.n}${entry.state}` : "";
  }

  focusOpener() {
    this.element.querySelector(".xr-open").focus();
  }

  handleKey(event) {
    const offset = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (offset) {
      event.preventDefault();
      this.table.neighbour(this, offset)?.focusOpener();
    } else if (event.key === "Escape" && this.open) this.toggle();
  }

  // ---- taking a step ----

  /** Saves a step that needs nothing at once; for another, or for the state that stands, opens its form. */
  chooseStep(action) {
    const required = this.data.steps[action];
    this.refusal = "";
    if (required && (required.length || action === this.data.state)) {
      this.openForm(action);
      this.form.focus();
      return;
    }
    this.closeForm();
    if (required) this.takeStep(action, {});
    else this.draw();
  }

  openForm(action) {
    const { seen } = this.data; // as the form opens: a change by someone else from now on is a conflict
    this.formAction = action;
    this.form = new StepForm({
      fields: this.table.fieldsOf(action),
      required: this.data.steps[action],
      draftName: this.draftName(action),
      title: `${this.data.state} → ${this.table.labelOf(action)}：${this.data.cells[this.table.titleColumn] ?? ""}`,
      onSave: (values) => {
        this.closeForm();
        this.takeStep(action, values, seen);
      },
      onCancel: () => {
        this.closeForm();
        this.draw();
        this.element.querySelector("[data-part=state]")?.focus();
      },
    });
    this.draw();
  }

  closeForm() {
    this.form = null;
    this.formAction = undefined;
  }

  takeStep(action, body, seen = this.data.seen) {
    const { id } = this.data;
    this.table.outbox.save({ op: "step", id, seen, action, body }, [id], this.table.labelOf(action));
    this.draw();
  }

  undo() {
    const { id, seen } = this.data;
    this.table.outbox.save({ op: "undo", id, seen }, [id], "撤销");
    this.draw();
  }

  refuse(reason) {
    this.refusal = reason;
    this.draw();
  }

  /** Shows Python's answer to a change of this row. */
  showReply(entry, reply) {
    this.refusal = reply.kind === "refused" ? `${entry.label}：${reply.message}` : "";
    if (this.refusal && entry.message.op === "step") {
      browserStorage.put(this.draftName(entry.message.action), entry.message.body); // not typed in vain
    }
    if (reply.kind === "saved") this.savedAt = reply.at;
    this.draw();
  }

  // ---- below the row ----

  toggle() {
    this.open = !this.open;
    this.draw();
    if (this.open) this.load();
  }

  async load() {
    try {
      this.showDetails(await this.table.outbox.ask({ op: "open", id: this.data.id }, { patience: OPEN_PATIENCE }));
    } catch (error) {
      this.details = [tag("p", { class: "xs-failed" }, `打不开：${error.message}`)];
      this.drawBelow();
    }
  }

  showDetails(reply) {
    const attachmentContext = {
      outbox: this.table.outbox,
      about: this.data.id,
      upload: this.table.spec.upload,
      onUploaded: (uploadReply) => this.showDetails(uploadReply),
    };
    this.details = reply.blocks
      ? detailBlocks(reply.blocks, attachmentContext)
      : [tag("p", { class: "xs-failed" }, reply.message)];
    this.drawBelow();
  }

  drawBelow() {
    const entry = this.outboxEntry();
    const parts = [];
    if (entry?.state === "conflict") parts.push(rowConflict(this, entry));
    if (entry?.state === "failed") parts.push(failureNote(entry));
    if (this.refusal) parts.push(tag("p", { class: "xnote bad", role: "alert" }, this.refusal));
    if (this.form) parts.push(this.form.element);
    if (this.open) parts.push(this.detailList(), this.detailButtons(entry));
    this.below.hidden = !parts.length;
    setChildren(this.belowCell, parts);
  }

  detailList() {
    return tag("dl", { class: "xd" }, this.details ?? tag("p", { class: "faint" }, "正在打开…"));
  }

  detailButtons(entry) {
    const { state, steps, undo } = this.data;
    const close = () => {
      this.toggle();
      this.focusOpener();
    };
    return tag(
      "div",
      { class: "xf-buttons" },
      steps[state] && !entry ? button("补写或改说明", () => this.chooseStep(state)) : "",
      undo && !entry ? button("撤销上一步", () => this.undo()) : "",
      button("收起", close),
    );
  }
}

function failureNote(entry) {
  return tag("p", { class: "xnote bad" }, `${entry.why ?? ""}。已留在这台电脑上，会自动再存。`);
}
