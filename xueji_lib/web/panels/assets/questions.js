// The head of a section of the page: what could not be checked, and the on-site questions.
import { tag } from "./dom.js";
import { Outbox } from "./outbox.js";
import { announce, pollWhileVisible, REFRESH, SAVED, subscribe } from "./page_events.js";
import { Question } from "./question.js";
import { widget } from "./widget.js";

const POLL = 45000;
const POLL_SPREAD = 10000; // milliseconds by which the sections of a page are out of step

class Questions {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.mark = this.spec.mark; // what Python said the answers were as of
    this.editable = this.spec.open;
    this.questions = new Map(); // id → Question
    this.outbox = new Outbox(
      model,
      (entry, reply) => this.showReply(entry, reply),
      () => this.drawAll(),
    );
    for (const item of this.spec.items) this.questions.set(item.id, new Question(this, item));
    element.append(this.build());
    this.outbox.resume();
    this.unsubscribe = subscribe([REFRESH], () => this.refresh());
    this.stopPolling = pollWhileVisible(POLL + Math.random() * POLL_SPREAD, () => this.refresh());
    for (const question of this.questions.values()) question.save(); // what an earlier page did not come to send
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
      tag("h3", null, "系统查出的疑点"),
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
    for (const item of reply.items ?? []) this.questions.get(item.id)?.update(item, item.id === refusedId);
  }

  showReply(entry, reply) {
    const [questionId] = entry.about;
    this.acceptItems(reply, reply.kind === "refused" ? questionId : "");
    this.questions.get(questionId)?.showReply(reply);
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
