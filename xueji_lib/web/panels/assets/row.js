// One row of a table: the step it is taken through, how its last change stands, and what opens below it. Choosing a
// step saves nothing: it is saved when it is confirmed, by Enter or by a button.
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
    this.saved = ""; // what was last saved here, and when
    this.refusal = ""; // why the last change was not taken
    this.open = false;
    this.form = null;
    this.choice = ""; // the step that was chosen and is not confirmed
    this.seenAtChoice = []; // a change by someone else from then on is a conflict
    this.focusPart = "open"; // the part of the row that gets the focus back when a form is closed
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
    if (focusedPart) this.focus(focusedPart);
    this.drawBelow();
  }

  /** Sets the focus on a part of the row; where the part is no longer there, on what stands in its stead. */
  focus(part = this.focusPart) {
    const parts = [part, "state", "open"].map((name) => this.element.querySelector(`[data-part="${name}"]`));
    parts.find(Boolean)?.focus();
  }

  /** Draws only where how the last change stands is another: a drop-down that is open stays open. */
  drawStanding() {
    if (this.drawnStanding !== this.standing()) this.draw();
  }

  standing() {
    const entry = this.outboxEntry();
    return entry ? `${entry.message.n}${entry.state}` : "";
  }

  // ---- taking a step ----

  /** The steps that lead elsewhere, in the order of the drop-down. */
  stepNames() {
    return Object.keys(this.data.steps).filter((action) => action !== this.data.state);
  }

  /** Notes what is chosen; nothing is saved. A step that asks for something shows its form; the focus stays. */
  chooseStep(action) {
    if (this.outboxEntry()?.state === "saving") return;
    const required = this.data.steps[action];
    this.refusal = "";
    this.closeForm();
    if (required && action !== this.data.state) {
      this.choice = action;
      this.seenAtChoice = this.data.seen;
      if (required.length) this.openForm(action);
    }
    this.draw();
    this.table.drawDecisions();
  }

  /** Chosen, and there is nothing to fill in: one key saves it. */
  isReady() {
    return Boolean(this.choice) && !this.form;
  }

  /** Saves what is chosen, or goes to the form that has to be filled in. */
  confirmChoice() {
    if (this.form) this.form.focus();
    else if (this.choice) this.takeStep(this.choice, {}, this.seenAtChoice);
  }

  cancelChoice() {
    this.closeForm();
    this.draw();
    this.table.drawDecisions();
  }

  /** Opens the form of the state that stands, to add to what was written. */
  addToNote() {
    this.openForm(this.data.state);
    this.form.focus();
  }

  openForm(action) {
    const { seen } = this.data; // as the form opens: a change by someone else from now on is a conflict
    this.choice = action;
    this.form = new StepForm({
      fields: this.table.fieldsOf(action),
      required: this.data.steps[action],
      draftName: this.draftName(action),
      title: `${this.data.state} → ${this.table.labelOf(action)}：${this.data.cells[this.table.titleColumn] ?? ""}`,
      onSave: (values) => {
        this.takeStep(action, values, seen);
        this.focus();
      },
      onCancel: () => {
        this.cancelChoice();
        this.focus();
      },
    });
    this.draw();
  }

  closeForm() {
    this.form = null;
    this.choice = "";
  }

  takeStep(action, body, seen = this.data.seen) {
    const { id } = this.data;
    this.closeForm();
    this.table.outbox.save({ op: "step", id, seen, action, body }, [id], this.table.labelOf(action));
    this.draw();
    this.table.drawDecisions();
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
    const verb = entry.message.op.startsWith("undo") ? "已撤销" : "已存";
    if (reply.kind === "saved") this.saved = `${verb} ${reply.at}`;
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
      this.focus("open");
    };
    return tag(
      "div",
      { class: "xf-buttons" },
      steps[state] && !entry ? button("补写或改说明", () => this.addToNote()) : "",
      undo && !entry ? button("撤销上一步", () => this.undo()) : "",
      button("收起", close),
    );
  }
}

function failureNote(entry) {
  return tag("p", { class: "xnote bad" }, `${entry.why ?? ""}。已留在这台电脑上，会自动再存。`);
}
