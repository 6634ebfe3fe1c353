// The end of a school's page: what is left, the measure, the signatures, the audit trail.
import { browserStorage } from "./browser_storage.js";
import { button, debounced, dropDown, tag } from "./dom.js";
import { Outbox } from "./outbox.js";
import { announce, REFRESH, SAVED, SAVING_CHANGED, subscribe } from "./page_events.js";
import { pageSaving } from "./saving_state.js";
import { measurePart, signaturePart, trailPart } from "./sign_parts.js";
import { widget } from "./widget.js";

const PAUSE_BEFORE_REFRESH = 900;

class SignOff {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.mark = this.spec.mark; // what Python said the state was as of
    this.state = this.spec.state;
    this.result = { text: "", bad: false }; // of the last step
    this.stepToConfirm = ""; // asked once more where findings are undecided
    this.trailOpen = false;
    this.outbox = new Outbox(
      model,
      (entry, reply) => this.showReply(entry, reply),
      () => this.draw(),
    );
    this.note = this.noteInput("note", { rows: 2, "aria-label": "意见或原因", placeholder: "意见；重新打开要写原因" });
    this.measureNote = this.noteInput("measure", {
      rows: 1,
      "aria-label": "与建议不同的原因",
      placeholder: "与建议不同的，写原因",
    });
    this.measure = dropDown([["", "请选择"], ...this.spec.measures], "", { "aria-label": "处理意见" });
    this.element = tag("section", { class: "xsign xui" });
    element.append(this.element);
    this.draw();
    this.outbox.resume();
    const refreshSoon = debounced(PAUSE_BEFORE_REFRESH, () => this.refresh());
    this.stops = [subscribe([REFRESH, SAVED], refreshSoon), subscribe([SAVING_CHANGED], () => this.draw())];
  }

  close() {
    for (const stop of this.stops) stop();
    this.outbox.close();
  }

  noteInput(name, attributes) {
    const draftName = this.draftName(name);
    const input = tag("textarea", {
      class: "xi",
      maxlength: 2000,
      oninput: () => browserStorage.put(draftName, input.value),
      ...attributes,
    });
    input.value = browserStorage.get(draftName) ?? "";
    return input;
  }

  draftName(name) {
    return `${this.outbox.prefix}draft:${name}`;
  }

  async refresh() {
    try {
      const reply = await this.outbox.ask({ op: "state", mark: this.mark });
      this.mark = reply.mark ?? this.mark;
      this.state = reply.state ?? this.state;
      this.draw();
    } catch {
      /* the bar shows that the connection is gone */
    }
  }

  showReply(entry, reply) {
    const saved = reply.kind === "saved";
    this.state = reply.state ?? this.state;
    this.result = saved
      ? { text: `${entry.label}：已存 ${reply.at}`, bad: false }
      : { text: `${entry.label}没有存：${reply.message}`, bad: true };
    if (reply.kind === "conflict") this.outbox.drop(entry);
    if (saved && entry.message.op === "sign") this.clearNote("note", this.note, entry);
    if (saved && entry.message.op === "measure") this.clearNote("measure", this.measureNote, entry);
    this.draw();
    announce(REFRESH);
    announce(SAVED);
  }

  /** Empties a blank whose text is saved now; what was typed into it meanwhile stays. */
  clearNote(name, input, entry) {
    if (input.value.trim() !== entry.message.body.note) return;
    input.value = "";
    browserStorage.drop(this.draftName(name));
  }

  refuse(reason) {
    this.result = { text: reason, bad: true };
    this.draw();
  }

  takeStep(step) {
    const note = this.note.value.trim();
    if (step === "reopen" && !note) {
      this.refuse("重新打开要写原因");
      this.note.focus();
      return;
    }
    if (step === "sign" && this.state.left.length && this.stepToConfirm !== step) {
      this.stepToConfirm = step;
      this.draw();
      return;
    }
    this.stepToConfirm = "";
    this.outbox.save({ op: "sign", step, seen: this.state.seen, body: { note } }, [step], this.spec.steps[step]);
    this.draw();
  }

  decideMeasure() {
    const { suggested, measure_seen: seen } = this.state;
    const body = { measure: this.measure.value, note: this.measureNote.value.trim() };
    if (!body.measure) this.refuse("请先选处理意见");
    else if (body.measure !== suggested && !body.note) this.refuse(`与建议（${suggested}）不同，要写原因`);
    else {
      this.outbox.save({ op: "measure", seen, body }, ["measure"], `处理意见 ${body.measure}`);
      this.draw();
    }
  }

  // ---- drawing ----

  draw() {
    const { state } = this;
    const saving = pageSaving();
    const unsaved = saving.saving + saving.failed + saving.conflict > 0;
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    const undecided = state.waiting ? `还有 ${state.waiting} 条疑点没有认定。` : "疑点都已认定。";
    this.element.replaceChildren(
      tag("h2", { id: "xj-sign", tabindex: -1 }, "签署"),
      tag("p", null, undecided),
      ...measurePart(state, this.measureForm()),
      ...signaturePart(state, this.signatureForm(unsaved)),
      unsaved ? tag("p", { class: "faint" }, "还有修改没有存好，存好以后才能签署。") : "",
      this.resultLine(),
      trailPart(state.trail, this.trailOpen, (open) => {
        this.trailOpen = open;
      }),
    );
    if (focused) this.focusAgain(focused);
  }

  /** Gives the focus back: to what is still there, to the same step's button, else to the heading. */
  focusAgain(focused) {
    const { step } = focused.dataset;
    const again = this.element.contains(focused)
      ? focused
      : this.element.querySelector(`[data-step="${step}"]:enabled`);
    (again ?? this.element.querySelector("h2")).focus({ preventScroll: true });
  }

  measureForm() {
    const decide = button("定下处理意见", () => this.decideMeasure(), { disabled: this.outbox.hasUnsaved() });
    return tag("div", { class: "xsign-form" }, this.measure, this.measureNote, decide);
  }

  signatureForm(unsaved) {
    const buttons = this.state.may.map((step) => this.stepButton(step, unsaved));
    return tag("div", { class: "xsign-form" }, this.note, tag("div", { class: "xf-buttons" }, ...buttons));
  }

  stepButton(step, unsaved) {
    const reopens = step === "reopen";
    const label = this.spec.steps[step];
    const confirming = this.stepToConfirm === step;
    return button(confirming ? `上面列的没有做完，仍要${label}` : label, () => this.takeStep(step), {
      class: `xb${reopens ? "" : " xb-main"}`,
      "data-step": step,
      disabled: this.outbox.hasUnsaved() || (unsaved && !reopens),
    });
  }

  resultLine() {
    const { text, bad } = this.result;
    return text ? tag("p", { class: bad ? "bad" : "xs-saved", role: "status" }, text) : "";
  }
}

export default widget((model, element) => new SignOff(model, element));
