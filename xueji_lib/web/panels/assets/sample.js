// What is drawn for a question: the pupils or classes, each with what is held against what and its own tick.
import { button, faint, mainButton, tag } from "./dom.js";
import { announce, OPEN_CLASS } from "./page_events.js";
import { Question } from "./question.js";
import { fetchFile } from "./save_file.js";
import { StatusLine } from "./status_line.js";
import { StepForm } from "./step_form.js";

const MAKE_PATIENCE = 60000;
const WHY = { name: "why", label: "理由", kind: "long", hint: "如：学生今天请假；记入留痕，印在抽样清单和检查记录上" };

export class Sample {
  /** `panel`: the section. `onFinding(item)`: writes down a finding about a drawn pupil. */
  constructor(panel, questionId, { onFinding }) {
    Object.assign(this, { panel, questionId, onFinding });
    this.items = new Map(); // id of a drawn pupil → Question
    this.content = "";
    this.body = tag("div");
    this.form = tag("div");
    this.status = new StatusLine();
    this.element = tag(
      "div",
      { class: "xsample", "data-sample": questionId },
      this.body,
      this.form,
      this.status.element,
    );
  }

  /** Takes the sample as Python has it now; ticks that are being typed stay. */
  update(sample, refusedId) {
    this.sample = sample;
    const editable = this.panel.editable;
    const items = sample.drawn?.items ?? [];
    const content = JSON.stringify([sample.drawn?.stamp, editable, items.map(({ called }) => called)]);
    if (content !== this.content) {
      this.content = content;
      this.draw(editable);
    } else for (const item of items) this.items.get(item.id)?.update(this.asQuestion(item), item.id === refusedId);
    for (const item of items) this.drawFindingButton(item);
  }

  draw(editable) {
    const { drawn, n, unit, against } = this.sample;
    const hadFocus = this.element.contains(document.activeElement);
    this.items.clear();
    this.form.replaceChildren();
    if (!drawn) {
      const start = button(
        `抽样（${n} ${unit === "班" ? "个" : "名"}${unit}）`,
        () => this.send({ op: "draw", body: {} }, "抽样"),
        {
          class: "xb xsample-draw",
          disabled: !editable,
        },
      );
      this.body.replaceChildren(start);
    } else {
      const rows = drawn.items.map((item) => this.row(item, editable));
      this.body.replaceChildren(
        tag("p", { class: "xsample-words" }, tag("b", null, "抽样 "), drawn.words),
        against ? tag("p", { class: "faint" }, `对照：${against}`) : "",
        ...[drawn.again, ...drawn.replaced].filter(Boolean).map((line) => tag("p", { class: "faint" }, line)),
        tag("ol", { class: "xsample-items" }, ...rows),
        this.foot(editable),
      );
    }
    if (hadFocus) this.element.querySelector("button:enabled")?.focus({ preventScroll: true });
  }

  foot(editable) {
    const again = button("重抽…", () => this.askWhy("重抽的理由", (why) => this.drawAgain(why)), {
      disabled: !editable,
    });
    const list = button("下载抽样清单.xlsx", () => this.download());
    return tag("div", { class: "xf-buttons" }, list, again);
  }

  row(item, editable) {
    const { number } = item;
    const change = button(
      "换一个…",
      () => this.askWhy(`换下第 ${number} 个（${nameOf(item)}）的理由`, (why) => this.replaceItem(number, why)),
      { class: "xb xb-small", disabled: !editable },
    );
    const records = item.records.map((record) => tag("li", null, record));
    const below = [tag("ul", { class: "xsample-records" }, ...records)];
    if (this.sample.roll) {
      const where = { grade: item.grade, class_no: item.class_no };
      const call = mainButton(item.called ? "看点名" : "点名", () => announce(OPEN_CLASS, where));
      const called = faint(item.called ? `✓ ${item.called} 点过名` : "还没有点名");
      const line = tag("div", { class: "xq-ask" }, faint(`第 ${number} 个 `), nameOf(item));
      return tag("li", { class: "xq" }, line, ...below, tag("div", { class: "xf-buttons" }, call, change, called));
    }
    const question = new Question(this.itemPanel(), this.asQuestion(item));
    this.items.set(item.id, question);
    question.save(); // what an earlier page did not come to send
    question.findingPlace = tag("span");
    question.slot.append(...below, tag("div", { class: "xf-buttons" }, question.findingPlace, change));
    return question.element;
  }

  /** A drawn pupil, as a question that is answered. */
  asQuestion(item) {
    const ask = `${nameOf(item)} ${item.ref}`.trim();
    return { ...item, ask, label: `第 ${item.number} 个`, files: [], history: [] };
  }

  itemPanel() {
    const { panel, sample } = this;
    return {
      outbox: panel.outbox,
      op: "check",
      attaches: false,
      spec: { values: sample.values, noted: sample.values[1] },
      get editable() {
        return panel.editable;
      },
    };
  }

  drawFindingButton(item) {
    const place = this.items.get(item.id)?.findingPlace;
    if (!place) return;
    const wanted = item.value === this.sample.values[1] && this.panel.editable;
    if (wanted === Boolean(place.firstChild)) return;
    const write = button("记为发现", () => this.onFinding(item), { class: "xb xb-small xb-main" });
    place.replaceChildren(wanted ? write : "");
  }

  // ---- steps ----

  send(message, label) {
    const stamp = this.sample.drawn?.stamp ?? "";
    const id = this.questionId;
    this.status.say(`正在${label}…`, "saving");
    this.panel.outbox.save({ id, stamp, ...message }, [`${id}#sample`], `${id} ${label}`);
  }

  drawAgain(why) {
    this.send({ op: "draw", body: { why } }, "重抽");
  }

  replaceItem(number, why) {
    this.send({ op: "replace", number, body: { why } }, "换下一个");
  }

  askWhy(title, act) {
    const close = () => {
      this.form.replaceChildren();
      this.element.querySelector("button:enabled")?.focus({ preventScroll: true });
    };
    const form = new StepForm({
      fields: [WHY],
      required: ["why"],
      draftName: `${this.panel.outbox.prefix}why:${this.questionId}`,
      title,
      onSave: ({ why }) => {
        close();
        act(why);
      },
      onCancel: close,
    });
    this.form.replaceChildren(form.element);
    form.focus();
  }

  async download() {
    this.status.say("正在做抽样清单…", "saving");
    const { text, bad } = await fetchFile(this.panel.outbox, { op: "sheet", id: this.questionId }, MAKE_PATIENCE);
    this.status.say(text, bad ? "failed" : "saved");
  }

  showReply(reply) {
    this.status.showReply(reply);
  }
}

function nameOf({ place, name }) {
  return `${place} ${name}`.trim();
}
