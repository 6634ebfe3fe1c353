// One on-site question, or one drawn pupil: a choice is saved at once, a note when typing pauses.
import { attachments } from "./attachments.js";
import { browserStorage } from "./browser_storage.js";
import { conflictBox } from "./conflict.js";
import { button, debounced, faint, tag, uniqueId } from "./dom.js";

const TYPING_PAUSE = 800;
const LONG_NOTE = 60; // characters, from which on the blank has more lines
const OFFSETS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** `panel`: `{outbox, spec: {values, noted}, editable, op, attaches}`. `noted`: the choice that needs a note; `op`: the
 * message that saves a choice. `slot` is where the panel puts what belongs to the question besides. */
export class Question {
  constructor(panel, data) {
    this.panel = panel;
    this.label = data.label ?? data.id;
    this.slot = tag("div", { class: "xq-slot" });
    this.data = data;
    this.savedAt = "";
    this.refusal = "";
    this.draftName = `${panel.outbox.prefix}draft:${data.id}`;
    // what the page shows as the answer; `seen`: what it was given in the knowledge of, so that another's answer
    // meanwhile is a conflict
    this.wanted = browserStorage.get(this.draftName) ?? this.storedAnswer();
    this.buttons = new Map(panel.spec.values.map((value) => [value, this.valueButton(value)]));
    this.note = this.noteInput();
    this.status = tag("div", { class: "xs", role: "status" });
    this.conflict = tag("div", { class: "xq-clash" });
    this.more = tag("div", { class: "xq-more" });
    this.element = this.build();
    this.draw();
  }

  build() {
    const id = uniqueId("ask");
    const values = tag(
      "div",
      { class: "xq-values", role: "radiogroup", "aria-labelledby": id },
      ...this.buttons.values(),
    );
    return tag(
      "li",
      { class: "xq", "data-id": this.data.id },
      tag(
        "div",
        { class: "xq-ask", id },
        faint(this.label),
        " ",
        this.data.ask,
        this.data.county ? faint("（县里加的）") : "",
      ),
      tag("div", { class: "xq-answer" }, values, this.note, this.status),
      this.conflict,
      this.slot,
      this.more,
    );
  }

  valueButton(value) {
    return button(value, () => this.choose(value), {
      class: "xb xq-value",
      role: "radio",
      onkeydown: (event) => this.handleKey(event, value),
    });
  }

  noteInput() {
    const saveAfterPause = debounced(TYPING_PAUSE, () => this.save());
    const note = tag("textarea", {
      class: "xi",
      rows: 1,
      maxlength: 2000,
      "aria-label": "说明",
      placeholder: "说明",
      oninput: () => {
        this.want({ note: this.note.value });
        saveAfterPause();
      },
      onblur: () => this.save(),
    });
    note.value = this.wanted.note;
    return note;
  }

  // ---- the answer ----

  storedAnswer() {
    return { value: this.data.value, note: this.data.note, seen: this.data.seen };
  }

  isStored() {
    return this.wanted.value === this.data.value && this.wanted.note.trim() === this.data.note;
  }

  lacksNote() {
    return this.wanted.value === this.panel.spec.noted && !this.wanted.note.trim();
  }

  outboxEntry() {
    return this.panel.outbox.entryAbout(this.data.id);
  }

  want(change) {
    this.wanted = { ...this.wanted, ...change };
    browserStorage.put(this.draftName, this.wanted);
    this.draw();
  }

  choose(value) {
    this.want({ value: this.wanted.value === value ? "" : value });
    if (this.lacksNote()) this.note.focus();
    this.save();
  }

  handleKey(event, value) {
    const offset = OFFSETS[event.key];
    if (!offset) return;
    event.preventDefault();
    const values = [...this.buttons.keys()];
    const next = (values.indexOf(value) + offset + values.length) % values.length;
    this.buttons.get(values[next]).focus();
  }

  /** Saves what is wanted, if it can be and is not saved already; one message under way at a time. */
  save() {
    if (this.isStored()) {
      browserStorage.drop(this.draftName);
      this.draw();
      return;
    }
    const nothingToSave = !this.wanted.value && !this.data.value;
    if (this.outboxEntry() || this.lacksNote() || nothingToSave) return;
    const { id } = this.data;
    const value = this.wanted.value === "冲突" ? "" : this.wanted.value;
    const body = { value, note: this.wanted.note.trim() };
    const { op, outbox } = this.panel;
    outbox.save({ op, id, seen: this.wanted.seen, body }, [id], `${this.label} ${value || "撤回"}`);
    this.draw();
  }

  /** Takes the question as Python has it now; what is typed and not saved yet stays, unless it was refused. */
  update(data, refused) {
    const untouched = this.isStored() && !this.outboxEntry();
    this.data = data;
    if (untouched || refused) {
      this.wanted = this.storedAnswer();
      browserStorage.drop(this.draftName);
      if (this.note.value !== data.note) this.note.value = data.note;
    }
    this.draw();
  }

  showReply(reply) {
    this.refusal = reply.kind === "refused" ? reply.message : "";
    if (reply.kind === "saved") {
      this.savedAt = reply.at;
      this.wanted.seen = this.data.seen;
      this.save(); // what was typed meanwhile
    }
    this.draw();
  }

  // ---- drawing ----

  draw() {
    const { editable } = this.panel;
    const entry = this.outboxEntry();
    this.drawButtons(editable);
    this.note.readOnly = !editable;
    this.note.rows = this.note.value.length > LONG_NOTE ? 3 : 1;
    const { kind, text } = this.standing(entry);
    this.status.className = `xs xs-${kind}`;
    this.status.textContent = text;
    this.conflict.replaceChildren(entry?.state === "conflict" ? this.conflictBox(entry) : "");
    this.drawMore();
  }

  drawButtons(editable) {
    const reachable = this.buttons.has(this.wanted.value) ? this.wanted.value : this.panel.spec.values[0];
    for (const [value, valueButton] of this.buttons) {
      valueButton.setAttribute("aria-checked", String(value === this.wanted.value));
      valueButton.tabIndex = value === reachable ? 0 : -1;
      valueButton.disabled = !editable;
    }
  }

  /** How the answer stands, for people: the first of these that holds. */
  standing(entry) {
    const { data, refusal, savedAt, wanted } = this;
    const unchosen = !wanted.value && wanted.note.trim();
    const rows = [
      [entry?.state === "saving", "saving", "正在存…"],
      [entry?.state === "failed", "failed", `没存上，已留在这台电脑上，会自动再存。${entry?.why ?? ""}`],
      [refusal, "failed", `没存：${refusal}`],
      [this.lacksNote(), "failed", `${this.panel.spec.noted}的要写说明，写了就存`],
      [data.value === "冲突", "failed", "两人答得不一样，请重新选定"],
      [unchosen, "saving", `选了${this.panel.spec.values.join("、")}就存`],
      [savedAt, "saved", `已存 ${savedAt}`],
      [true, "saved", data.who ? `${data.who} ${data.at}` : ""],
    ];
    const [, kind, text] = rows.find(([holds]) => holds);
    return { kind, text };
  }

  drawMore() {
    if (!this.panel.attaches) return;
    const { files, history, id } = this.data;
    const content = JSON.stringify([files, history, this.panel.editable]);
    if (content === this.moreContent) return;
    this.moreContent = content;
    const open = Boolean(this.details?.open);
    const onUploaded = (reply) => this.panel.acceptItems(reply);
    this.details = tag(
      "details",
      { open },
      tag("summary", null, files.length ? `照片和经过（${files.length} 个附件）` : "照片和经过"),
      attachments({ outbox: this.panel.outbox, about: id, items: files, upload: true, onUploaded }),
      tag("ol", { class: "xq-history" }, ...history.map(historyLine)),
    );
    this.more.replaceChildren(this.details);
  }

  conflictBox(entry) {
    const { data, panel } = this;
    const { body } = entry.message;
    return conflictBox({
      why: entry.why,
      current: { label: "现在的", text: `${data.value || "未答"} ${data.note}`, details: `${data.who} ${data.at}` },
      own: { label: "您刚才的", text: `${body.value || "撤回"} ${body.note}` },
      keepCurrent: () => {
        panel.outbox.drop(entry);
        this.wanted = this.storedAnswer();
        this.note.value = data.note;
        browserStorage.drop(this.draftName);
        this.draw();
      },
      useOwn: () => {
        panel.outbox.drop(entry);
        this.want({ ...body, seen: data.seen });
        this.save();
      },
    });
  }
}

function historyLine(answer) {
  return tag("li", null, `${answer.value} ${answer.note} `, faint(`${answer.who} ${answer.at}`));
}
