// Messages to Python. What is to be saved waits here, in this browser's storage, until Python says it is saved: it is
// sent again after a pause, after the connection came back and after the page was loaded anew. Python takes the same
// message twice for one.
import { browserStorage } from "./browser_storage.js";
import { publishConnection, publishSaving, withdrawSaving } from "./saving_state.js";

const SAVE_PATIENCE = 6000; // milliseconds without an answer, after which a change is shown as not saved
const PAUSES = [3000, 6000, 12000, 20000]; // milliseconds before a change is sent again, by how often it was
const NO_ANSWER = "没有回音，可能与后台断开了";

export class Outbox {
  /** `onReply(entry, reply)`: Python has answered something that was to be saved; `onChange()`: what waits is another.
   * An entry is `{message, about: ids of rows, label, state: saving | failed | conflict, why, tries, timer}`. */
  constructor(model, onReply = () => {}, onChange = () => {}) {
    this.model = model;
    this.prefix = `xueji:${model.get("key")}:`;
    this.onReply = onReply;
    this.onChange = onChange;
    this.entries = new Map(); // message number → entry
    this.questions = new Map(); // message number → {resolve, timer}
    this.savedAt = "";
    this.numbersGiven = 0;
    this.receive = (message, buffers) => this.#receive(message, buffers);
    model.on("msg:custom", this.receive);
    this.resendOnline = () => this.resend();
    window.addEventListener("online", this.resendOnline);
    this.askBeforeLeaving = (event) => this.hasUnsaved() && event.preventDefault();
    window.addEventListener("beforeunload", this.askBeforeLeaving);
    publishSaving(this, {});
  }

  close() {
    this.model.off("msg:custom", this.receive);
    window.removeEventListener("online", this.resendOnline);
    window.removeEventListener("beforeunload", this.askBeforeLeaving);
    for (const entry of this.entries.values()) clearTimeout(entry.timer);
    withdrawSaving(this);
  }

  /** A number that no other message of this user has. */
  newNumber() {
    this.numbersGiven += 1;
    const random = Math.random().toString(36).slice(2, 8);
    return `${Date.now().toString(36)}${this.numbersGiven.toString(36)}${random}`;
  }

  /** Python's answer to a message that saves nothing by itself; rejects where none comes within `patience` ms. */
  ask(message, { buffers, patience = 15000 } = {}) {
    const number = message.n ?? this.newNumber();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.questions.delete(number);
        publishConnection(this, true);
        reject(new Error(NO_ANSWER));
      }, patience);
      this.questions.set(number, { resolve, timer });
      this.model.send({ ...message, n: number }, undefined, buffers);
    });
  }

  /** Has Python save something. `about`: ids of the rows it concerns; `label`: what it is, for people. */
  save(message, about, label) {
    const numbered = { ...message, n: this.newNumber() };
    const entry = { message: numbered, about, label, state: "saving", tries: 0 };
    this.entries.set(numbered.n, entry);
    browserStorage.put(this.#storageName(numbered.n), { message: numbered, about, label });
    this.#send(entry);
  }

  /** Sends what an earlier page of this user left unsaved. */
  resume() {
    for (const name of browserStorage.names(this.#storageName(""))) {
      const stored = browserStorage.get(name);
      if (stored?.message?.n) this.entries.set(stored.message.n, { ...stored, state: "saving", tries: 0 });
    }
    this.resend();
  }

  resend() {
    for (const entry of this.entries.values()) if (entry.state !== "conflict") this.#send(entry);
  }

  entryAbout(id) {
    return [...this.entries.values()].find((entry) => entry.about.includes(id));
  }

  hasUnsaved() {
    return this.entries.size > 0;
  }

  drop(entry) {
    clearTimeout(entry.timer);
    this.entries.delete(entry.message.n);
    browserStorage.drop(this.#storageName(entry.message.n));
    this.#publish();
  }

  #storageName(number) {
    return `${this.prefix}wait:${number}`;
  }

  #send(entry) {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      entry.state = "failed";
      entry.why = NO_ANSWER;
      publishConnection(this, true);
      this.#sendAfterPause(entry);
      this.#publish();
    }, SAVE_PATIENCE);
    try {
      this.model.send(entry.message);
    } catch {
      /* the connection is gone: the timer above says so */
    }
    this.#publish();
  }

  #sendAfterPause(entry) {
    const pause = PAUSES[Math.min(entry.tries, PAUSES.length - 1)];
    entry.tries += 1;
    entry.timer = setTimeout(() => this.#send(entry), pause);
  }

  #receive(message, buffers) {
    if (typeof message?.re !== "string") return;
    publishConnection(this, false);
    const question = this.questions.get(message.re);
    const entry = this.entries.get(message.re);
    if (question) this.#answerQuestion(question, message, buffers);
    else if (entry) this.#settleEntry(entry, message);
  }

  #answerQuestion(question, message, buffers) {
    if (message.kind === "working") return; // the answer takes its time and comes by itself
    clearTimeout(question.timer);
    this.questions.delete(message.re);
    question.resolve({ ...message, buffers });
  }

  #settleEntry(entry, reply) {
    clearTimeout(entry.timer);
    entry.why = reply.message;
    if (reply.kind === "saved") this.savedAt = reply.at;
    if (reply.kind === "saved" || reply.kind === "refused") this.drop(entry);
    else if (reply.kind === "conflict") entry.state = "conflict";
    else {
      entry.state = "failed";
      if (reply.kind === "failed") this.#sendAfterPause(entry);
    }
    this.onReply(entry, reply);
    this.#publish();
  }

  #publish() {
    const states = [...this.entries.values()].map((entry) => entry.state);
    const count = (wanted) => states.filter((state) => state === wanted).length;
    publishSaving(this, {
      saving: count("saving"),
      failed: count("failed"),
      conflict: count("conflict"),
      at: this.savedAt,
    });
    this.onChange();
  }
}
