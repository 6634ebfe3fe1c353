// The head of a section of the page: what could not be checked, the on-site questions, and what was found on site.
import { tag } from "./dom.js";
import { Outbox } from "./outbox.js";
import { findingOfAnswer, OnSiteFindings } from "./on_site_findings.js";
import { announce, pollWhileVisible, REFRESH, SAVED, subscribe } from "./page_events.js";
import { Question } from "./question.js";
import { Sample } from "./sample.js";
import { widget } from "./widget.js";

const NOT_AS_ASKED = "不符合";
const POLL = 45000;
const POLL_SPREAD = 10000; // milliseconds by which the sections of a page are out of step

class Questions {
  constructor(model, element) {
    this.spec = { ...model.get("spec"), noted: NOT_AS_ASKED };
    this.op = "answer"; // what a question sends
    this.attaches = true;
    this.mark = this.spec.mark; // what Python said the answers were as of
    this.editable = this.spec.open;
    this.questions = new Map(); // id → Question
    this.samples = new Map(); // id of a question → Sample
    this.findings = new OnSiteFindings(this);
    this.outbox = new Outbox(
      model,
      (entry, reply) => this.showReply(entry, reply),
      () => this.drawAll(),
    );
    for (const item of this.spec.items) this.addQuestion(item);
    this.acceptItems(this.spec);
    element.append(this.build());
    this.outbox.resume();
    this.unsubscribe = subscribe([REFRESH], () => this.refresh());
    this.stopPolling = pollWhileVisible(POLL + Math.random() * POLL_SPREAD, () => this.refresh());
    for (const question of this.questions.values()) question.save(); // what an earlier page did not come to send
  }

  addQuestion(item) {
    const question = new Question(this, item);
    question.findingPlace = tag("div");
    question.slot.append(question.findingPlace);
    this.questions.set(item.id, question);
    if (!item.sample) return;
    const onFinding = (drawn) =>
      this.findings.writeFrom(item.id, `${drawn.place} ${drawn.name}：${drawn.note}`, [{ item: drawn.id }]);
    const sample = new Sample(this, item.id, { onFinding });
    this.samples.set(item.id, sample);
    question.slot.append(sample.element);
  }

  close() {
    this.stopPolling();
    this.unsubscribe();
    this.outbox.close();
  }

  build() {
    const elements = [...this.questions.values()].map((question) => question.element);
    return tag(
      "section",
      { class: "xsec xui" },
      tag("h2", { id: `xj-${this.spec.number}`, tabindex: -1 }, this.spec.title),
      this.spec.unexamined.length ? unexaminedChecks(this.spec.unexamined) : "",
      tag("h3", null, "现场询问"),
      tag("ul", { class: "xq-list" }, ...elements),
      this.findings.element,
      tag("h3", null, "系统查出的疑点和现场发现"),
    );
  }

  async refresh() {
    try {
      const reply = await this.outbox.ask({ op: "items", mark: this.mark });
      this.mark = reply.mark ?? this.mark;
      this.acceptItems(reply);
    } catch {
      /* the bar shows that the connection is gone */
    }
  }

  /** Takes questions as Python has them now. `refusedId`: the one whose last answer was refused. */
  acceptItems(reply, refusedId = "") {
    this.editable = reply.open ?? this.editable;
    if (reply.findings) this.findingsNow = reply.findings;
    for (const item of reply.items ?? []) {
      const question = this.questions.get(item.id);
      question?.update(item, item.id === refusedId);
      this.samples.get(item.id)?.update(item.sample, refusedId);
      if (question) this.drawFindingButton(question, item);
    }
    if (reply.findings) this.findings.update(reply.findings);
  }

  drawFindingButton(question, item) {
    const content = JSON.stringify([item.value, item.note, this.editable, this.findingsNow]);
    if (content === question.findingContent) return;
    question.findingContent = content;
    const wanted = item.value === NOT_AS_ASKED && this.editable;
    const hadFocus = question.findingPlace.contains(document.activeElement);
    const write = () => this.findings.writeFrom(item.id, item.note);
    question.findingPlace.replaceChildren(wanted ? findingOfAnswer(this.findingsNow ?? [], item, write) : "");
    if (hadFocus) question.findingPlace.querySelector("button")?.focus({ preventScroll: true });
  }

  showReply(entry, reply) {
    const [about] = entry.about;
    const [questionId] = about.split(/[#/]/);
    this.acceptItems(reply, reply.kind === "refused" ? about : "");
    if (about.includes("#")) {
      (this.samples.get(questionId) ?? this.findings).showReply(reply);
      if (reply.kind === "conflict") this.outbox.drop(entry);
      announce(REFRESH);
    } else (this.samples.get(questionId)?.items.get(about) ?? this.questions.get(questionId))?.showReply(reply);
    announce(SAVED);
  }

  drawAll() {
    for (const question of this.questions.values()) question.draw();
  }
}

function unexaminedChecks(sentences) {
  return tag(
    "details",
    { class: "xnote" },
    tag("summary", null, `有 ${sentences.length} 项检查没有查成或没有查全，不等于没有问题`),
    tag("ul", null, ...sentences.map((sentence) => tag("li", null, sentence))),
  );
}

export default widget((model, element) => new Questions(model, element));
