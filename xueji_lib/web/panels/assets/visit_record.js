// 现场检查记录 on a school's page: what it says so far, the school's word on it, and who signs it.
import { browserStorage } from "./browser_storage.js";
import { button, debounced, faint, tag } from "./dom.js";
import { Outbox } from "./outbox.js";
import { announce, pollWhileVisible, REFRESH, SAVED, subscribe } from "./page_events.js";
import { SignerRow } from "./signer_row.js";
import { widget } from "./widget.js";

const PAUSE_BEFORE_REFRESH = 700;
const POLL = 60000;

class VisitRecord {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.mark = this.spec.mark;
    this.state = this.spec.state;
    this.openForm = null; // {id of the row, element}
    this.extra = null; // the row of one more inspector
    this.result = { text: "", bad: false };
    this.rows = [];
    this.outbox = new Outbox(
      model,
      (entry, reply) => this.showReply(entry, reply),
      () => this.drawRows(),
    );
    this.note = tag("textarea", {
      class: "xi",
      rows: 3,
      maxlength: 2000,
      "aria-label": "学校陈述意见",
      placeholder: "照学校说的写；有异议的必须写明",
      oninput: () => browserStorage.put(this.draftName(), this.note.value),
    });
    this.note.value = browserStorage.get(this.draftName()) ?? this.state.statement?.note ?? "";
    this.element = tag("section", { class: "xrec xui" });
    element.append(this.element);
    this.draw();
    this.outbox.resume();
    const refreshSoon = debounced(PAUSE_BEFORE_REFRESH, () => this.refresh());
    this.unsubscribe = subscribe([REFRESH, SAVED], refreshSoon);
    this.stopPolling = pollWhileVisible(POLL, () => this.refresh());
  }

  close() {
    this.unsubscribe();
    this.stopPolling();
    this.outbox.close();
  }

  get may() {
    return this.state.may;
  }

  draftName() {
    return `${this.outbox.prefix}draft:statement`;
  }

  waitingAbout(id) {
    return this.outbox.entryAbout(id);
  }

  async refresh() {
    try {
      const reply = await this.outbox.ask({ op: "state", mark: this.mark });
      this.mark = reply.mark ?? this.mark;
      if (reply.state) this.accept(reply.state);
    } catch {
      /* the bar shows that the connection is gone */
    }
  }

  accept(state) {
    const before = JSON.stringify(this.state);
    this.state = state;
    if (JSON.stringify(state) !== before) this.draw();
  }

  showReply(entry, reply) {
    const saved = reply.kind === "saved";
    this.result = saved
      ? { text: `${entry.label}：已存 ${reply.at}`, bad: false }
      : { text: `${entry.label}没有存：${reply.message}`, bad: true };
    if (reply.kind === "conflict") this.outbox.drop(entry);
    if (saved && entry.message.op === "statement") browserStorage.drop(this.draftName());
    this.state = reply.state ?? this.state;
    this.draw();
    if (saved) announce(REFRESH);
  }

  // ---- what people do ----

  takeDown(value) {
    const note = this.note.value.trim();
    if (value === this.spec.objects && !note) {
      this.result = { text: "有异议的，写明学校怎样说", bad: true };
      this.draw();
      this.note.focus();
      return;
    }
    const { seen } = this.state.statement;
    this.outbox.save({ op: "statement", seen, body: { value, note } }, ["statement"], "学校陈述意见");
    this.draw();
  }

  sign(row, { way, name, note }, drawing) {
    const { signer, seen } = row.line;
    const body = { signer, name, way, note, of: row.value };
    this.openForm = null;
    this.extra = null;
    const known = signer === this.spec.inspector ? (this.state.inspectors[name] ?? []) : seen;
    this.outbox.save({ op: "sign", seen: known, body, drawing }, [row.id], `${signer} ${way}`);
    this.draw();
  }

  showForm(form) {
    this.openForm = form;
    if (!form) this.extra = null;
    this.draw();
  }

  addInspector() {
    const line = { signer: this.spec.inspector, name: "", state: "没有签", settled: false, seen: [], note: "", by: "" };
    this.extra = new SignerRow(this, line);
    this.extra.id = "another";
    this.draw();
    this.extra.askFor(this.spec.ways.drawn);
  }

  // ---- drawing ----

  draw() {
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    const heading = tag("h2", { id: "xj-record", tabindex: -1 }, "现场检查记录");
    const body = this.state.record ? this.body() : [tag("p", { class: "faint" }, NOTHING)];
    const papers = [tag("h3", null, "到校检查的文书"), tag("p", { class: "faint" }, this.spec.papers)];
    this.element.replaceChildren(heading, ...body, ...papers);
    this.drawRows();
    if (focused) (this.element.contains(focused) ? focused : heading).focus({ preventScroll: true });
  }

  body() {
    const { record, value } = this.state;
    const open = record.unanswered.length;
    const left = `还有 ${open} 问没有填或意见不一：${record.unanswered.join("　")}。没有填不等于符合，记录上照写。`;
    return [
      tag("p", null, `${record.days}，${record.people}：${record.what}。`),
      open ? tag("p", { class: "xnote" }, left) : "",
      ...this.statementParts(),
      ...this.signatureParts(value),
      this.result.text
        ? tag("p", { class: this.result.bad ? "bad" : "xs-saved", role: "status" }, this.result.text)
        : "",
    ].filter(Boolean);
  }

  statementParts() {
    const { statement, open, may } = this.state;
    const waiting = this.waitingAbout("statement");
    const taken = statement.conflict ? "两人记的不一样，请重新记" : statement.value;
    const now = taken
      ? tag(
          "p",
          null,
          "记下的：",
          tag("b", null, taken),
          statement.note ? ` ${statement.note} ` : " ",
          faint(statement.by),
        )
      : "";
    const choices = this.spec.opinions.map((value) =>
      button(value, () => this.takeDown(value), { "aria-pressed": String(statement.value === value) }),
    );
    return [
      tag("h3", null, "学校陈述意见"),
      now,
      may && open
        ? tag("div", { class: "xrec-statement" }, this.note, tag("div", { class: "xf-buttons" }, ...choices))
        : "",
      waiting ? tag("p", { class: "xs xs-saving" }, waiting.why ? `还没有存：${waiting.why}` : "正在存…") : "",
    ];
  }

  signatureParts(value) {
    this.rows = this.state.signers.map((line, index) => {
      const row = new SignerRow(this, line);
      if (!line.name) row.id = `${row.id}${index}`; // two inspectors who are not named yet
      return row;
    });
    if (this.extra) this.rows.push(this.extra);
    const done = this.state.complete ? "双方都签了。" : "检查人员至少两人签，学校负责人、学籍管理员签。";
    const explanation = `签的是校验值 ${value} 的内容；内容改动以后，签字作废，要重签。`;
    return [
      tag("h3", null, "签字"),
      tag("p", { class: "faint" }, done + explanation),
      tag("ul", { class: "xrec-signers" }, ...this.rows.map((row) => row.element)),
      this.may && !this.extra ? button("另加一名检查人员", () => this.addInspector()) : "",
    ];
  }

  drawRows() {
    for (const row of this.rows) row.draw();
  }
}

const NOTHING = "还没有点名、抽样，也没有填过现场核查，没有可记的。";

export default widget((model, element) => new VisitRecord(model, element));
