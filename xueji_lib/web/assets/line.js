// The line to Python. What is to be saved waits here, in this browser's storage, until Python says it is saved: it is
// sent again after a pause, after the connection came back and after the page was loaded anew. Python takes the same
// message twice for one.
import { shelf } from "./dom.js";

const PATIENCE = 6000; // no answer for so long: shown as not saved
const AGAIN = [3000, 6000, 12000, 20000];

export class Line {
  /** `heard(entry, reply)`: an answer to something saved; `changed()`: what waits has changed. */
  constructor(model, heard, changed) {
    this.model = model;
    this.prefix = `xueji:${model.get("key")}:`;
    this.heard = heard;
    this.changed = changed;
    this.waiting = new Map(); // n → entry
    this.asked = new Map(); // n → {resolve, timer}
    this.savedAt = "";
    this.receive = (message, buffers) => this.#receive(message, buffers);
    model.on("msg:custom", this.receive);
    this.retry = () => this.resend();
    window.addEventListener("online", this.retry);
    this.guard = (event) => this.unsaved() && event.preventDefault();
    window.addEventListener("beforeunload", this.guard);
    this.last = 0;
    publish(this, {});
  }

  /** Takes up what an earlier page of this user left unsaved. */
  resume() {
    for (const name of shelf.names(`${this.prefix}wait:`)) {
      const entry = shelf.get(name);
      if (entry?.message?.n) this.waiting.set(entry.message.n, { ...entry, state: "saving", tries: 0, again: true });
    }
    this.resend();
  }

  close() {
    this.model.off("msg:custom", this.receive);
    window.removeEventListener("online", this.retry);
    window.removeEventListener("beforeunload", this.guard);
    for (const entry of this.waiting.values()) clearTimeout(entry.timer);
    window.xuejiLines?.delete(this);
  }

  number() {
    this.last += 1;
    return `${Date.now().toString(36)}${this.last.toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  }

  /** Ask for something; nothing is to be saved. Rejects where no answer comes. */
  ask(message, buffers, patience = 15000) {
    const n = message.n ?? this.number();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.asked.delete(n);
        lost(this, true);
        reject(new Error("没有回音，可能与后台断开了"));
      }, patience);
      this.asked.set(n, { resolve, timer });
      this.model.send({ ...message, n }, undefined, buffers);
    });
  }

  /** Save something: `about` are the rows it is about, `label` says what it is. */
  save(message, about, label) {
    const entry = { message: { ...message, n: this.number() }, about, label, state: "saving", tries: 0 };
    this.waiting.set(entry.message.n, entry);
    shelf.put(`${this.prefix}wait:${entry.message.n}`, { message: entry.message, about, label });
    this.#send(entry);
    return entry;
  }

  of(id) {
    return [...this.waiting.values()].find((entry) => entry.about.includes(id));
  }

  unsaved() {
    return this.waiting.size > 0;
  }

  drop(entry) {
    clearTimeout(entry.timer);
    this.waiting.delete(entry.message.n);
    shelf.drop(`${this.prefix}wait:${entry.message.n}`);
    this.#tell();
  }

  resend() {
    for (const entry of this.waiting.values()) if (entry.state !== "conflict") this.#send(entry);
  }

  #send(entry) {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      entry.state = "failed";
      entry.why = "没有回音，可能与后台断开了";
      lost(this, true);
      this.#later(entry);
      this.#tell();
    }, PATIENCE);
    try {
      this.model.send(entry.message);
    } catch {
      /* the connection is gone: the timer above says so */
    }
    this.#tell();
  }

  #later(entry) {
    const pause = AGAIN[Math.min(entry.tries, AGAIN.length - 1)];
    entry.tries += 1;
    entry.timer = setTimeout(() => this.#send(entry), pause);
  }

  #receive(message, buffers) {
    if (!message || typeof message.re !== "string") return;
    lost(this, false);
    const asked = this.asked.get(message.re);
    if (asked) {
      if (message.kind === "working") return; // the answer takes its time and comes by itself
      clearTimeout(asked.timer);
      this.asked.delete(message.re);
      asked.resolve({ ...message, buffers });
      return;
    }
    const entry = this.waiting.get(message.re);
    if (!entry) return;
    clearTimeout(entry.timer);
    entry.why = message.message;
    if (message.kind === "saved") {
      this.savedAt = message.at;
      this.drop(entry);
    } else if (message.kind === "refused") {
      this.drop(entry);
    } else if (message.kind === "conflict") {
      entry.state = "conflict";
    } else {
      entry.state = "failed";
      if (message.kind === "failed") this.#later(entry);
    }
    this.heard(entry, message);
    this.#tell();
  }

  #tell() {
    const states = [...this.waiting.values()].map((entry) => entry.state);
    const count = (state) => states.filter((one) => one === state).length;
    publish(this, { saving: count("saving"), failed: count("failed"), conflict: count("conflict"), at: this.savedAt });
    this.changed();
  }
}

// What all lines of the page have to say together, for whoever shows it: window.xuejiLines, event "xueji-lines".

function publish(line, state) {
  const lines = (window.xuejiLines ??= new Map());
  lines.set(line, { ...(lines.get(line) ?? {}), ...state });
  window.dispatchEvent(new CustomEvent("xueji-lines"));
}

function lost(line, gone) {
  const before = window.xuejiLines?.get(line)?.lost ?? false;
  if (before !== gone) publish(line, { lost: gone });
}

/** All lines of the page, added up. */
export function together() {
  const all = [...(window.xuejiLines ?? new Map()).values()];
  const sum = (name) => all.reduce((total, one) => total + (one[name] ?? 0), 0);
  const at = all.reduce((latest, one) => ((one.at ?? "") > latest ? one.at : latest), "");
  const gone = all.some((one) => one.lost);
  return { saving: sum("saving"), failed: sum("failed"), conflict: sum("conflict"), lost: gone, at };
}

export function resendAll() {
  for (const line of (window.xuejiLines ?? new Map()).keys()) line.resend();
}
