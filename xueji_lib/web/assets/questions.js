// The head of a section and its on-site questions. A choice is saved at once, a note when typing pauses.
import { h, settled, shelf, unique } from "./dom.js";
import { Line } from "./line.js";
import { files } from "./files.js";

class Question {
  constructor(panel, data) {
    this.panel = panel;
    this.data = data;
    this.savedAt = "";
    this.name = `${panel.line.prefix}draft:${data.id}`;
    // `seen`: what the answer was given in the knowledge of; another's answer meanwhile is a conflict
    this.wanted = shelf.get(this.name) ?? this.stored();
    const id = unique("ask");
    this.buttons = new Map(panel.spec.values.map((value) => [value,
      h("button", { type: "button", class: "xb xq-value", role: "radio", onclick: () => this.choose(value),
        onkeydown: (event) => this.keys(event, value) }, value)]));
    this.note = h("textarea", { class: "xi", rows: 1, maxlength: 2000, "aria-label": "说明", placeholder: "说明" });
    this.note.value = this.wanted.note;
    const later = settled(800, () => this.flush());
    this.note.addEventListener("input", () => {
      this.want({ note: this.note.value });
      later();
    });
    this.note.addEventListener("blur", () => this.flush());
    this.state = h("div", { class: "xs", role: "status" });
    this.clash = h("div", { class: "xq-clash" });
    this.more = h("div", { class: "xq-more" });
    this.element = h("li", { class: "xq", "data-id": data.id }, h("div", { class: "xq-ask", id }, h("span", { class: "faint" }, data.id), " ", data.ask),
      h("div", { class: "xq-answer" }, h("div", { class: "xq-values", role: "radiogroup", "aria-labelledby": id }, [...this.buttons.values()]),
        this.note, this.state), this.clash, this.more);
    this.draw();
  }

  stored() {
    return { value: this.data.value, note: this.data.note, seen: this.data.seen };
  }

  get same() {
    return this.wanted.value === this.data.value && this.wanted.note.trim() === this.data.note;
  }

  want(change) {
    this.wanted = { ...this.wanted, ...change };
    shelf.put(this.name, this.wanted);
    this.draw();
  }

  choose(value) {
    this.want({ value: this.wanted.value === value ? "" : value });
    if (this.wanted.value === "不符合" && !this.wanted.note.trim()) this.note.focus();
    this.flush();
  }

  keys(event, value) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const list = [...this.buttons.keys()];
    this.buttons.get(list[(list.indexOf(value) + step + list.length) % list.length]).focus();
  }

  /** Saves what is wanted, if it can be and is not saved already; one message under way at a time. */
  flush() {
    if (this.same) {
      shelf.drop(this.name);
      this.draw();
      return;
    }
    if (this.panel.line.of(this.data.id) || this.missing() || (!this.wanted.value && !this.data.value)) return;
    const body = { value: this.wanted.value === "冲突" ? "" : this.wanted.value, note: this.wanted.note.trim() };
    this.panel.line.save({ op: "answer", id: this.data.id, seen: this.wanted.seen, body }, [this.data.id], `${this.data.id} ${body.value || "撤回"}`);
    this.draw();
  }

  missing() {
    return this.wanted.value === "不符合" && !this.wanted.note.trim();
  }

  update(data, mine) {
    const untouched = this.same && !this.panel.line.of(this.data.id);
    this.data = data;
    if (untouched || mine === "refused") {
      this.wanted = this.stored();
      shelf.drop(this.name);
      if (this.note.value !== data.note) this.note.value = data.note;
    }
    this.draw();
  }

  heard(entry, reply) {
    this.problem = reply.kind === "refused" ? reply.message : "";
    if (reply.kind === "saved") {
      this.savedAt = reply.at;
      this.wanted.seen = this.data.seen;
      this.flush(); // what was typed meanwhile
    }
    this.draw();
  }

  draw() {
    const { line, open } = this.panel;
    const entry = line.of(this.data.id);
    const current = this.wanted.value;
    for (const [value, button] of this.buttons) {
      button.setAttribute("aria-checked", String(value === current));
      button.tabIndex = value === current || (!this.buttons.has(current) && value === this.panel.spec.values[0]) ? 0 : -1;
      button.disabled = !open;
    }
    this.note.readOnly = !open;
    this.note.rows = this.note.value.length > 60 ? 3 : 1;
    const say = (kind, text) => {
      this.state.className = `xs xs-${kind}`;
      this.state.textContent = text;
    };
    if (entry?.state === "saving") say("saving", "正在存…");
    else if (entry?.state === "failed") say("failed", `没存上，已留在这台电脑上，会自动再存。${entry.why ?? ""}`);
    else if (this.problem) say("failed", `没存：${this.problem}`);
    else if (this.missing()) say("failed", "不符合的要写说明，写了就存");
    else if (this.data.value === "冲突") say("failed", "两人答得不一样，请重新选定");
    else if (!this.wanted.value && this.wanted.note.trim()) say("saving", "选了符合、不符合或不适用就存");
    else if (this.savedAt) say("saved", `已存 ${this.savedAt}`);
    else say("saved", this.data.who ? `${this.data.who} ${this.data.at}` : "");
    this.clash.replaceChildren(entry?.state === "conflict" ? this.conflict(entry) : "");
    this.drawMore();
  }

  drawMore() {
    const seen = JSON.stringify([this.data.files, this.data.history, this.panel.open]);
    if (seen === this.moreSeen) return;
    this.moreSeen = seen;
    const was = this.details?.open;
    const count = this.data.files.length;
    this.details = h("details", null, h("summary", null, count ? `照片和经过（${count} 个附件）` : "照片和经过"),
      files({ line: this.panel.line, id: this.data.id, items: this.data.files, upload: true, told: (reply) => this.panel.accept(reply) }),
      h("ol", { class: "xq-history" }, this.data.history.map((one) =>
        h("li", null, `${one.value} ${one.note} `, h("span", { class: "faint" }, `${one.who} ${one.at}`)))));
    this.details.open = Boolean(was);
    this.more.replaceChildren(this.details);
  }

  conflict(entry) {
    const { body } = entry.message;
    const keep = () => {
      this.panel.line.drop(entry);
      this.wanted = this.stored();
      this.note.value = this.data.note;
      shelf.drop(this.name);
      this.draw();
    };
    const mine = () => {
      this.panel.line.drop(entry);
      this.want({ ...body, seen: this.data.seen });
      this.flush();
    };
    return h("div", { class: "xconflict", role: "alert" }, h("p", null, entry.why ?? ""),
      h("div", { class: "xconflict-sides" },
        h("div", null, h("b", null, "现在的"), h("p", null, `${this.data.value || "未答"} ${this.data.note}`), h("p", { class: "faint" }, `${this.data.who} ${this.data.at}`)),
        h("div", null, h("b", null, "您刚才的"), h("p", null, `${body.value || "撤回"} ${body.note}`))),
      h("div", { class: "xf-buttons" },
        h("button", { type: "button", class: "xb", onclick: keep }, "保留现在的"),
        h("button", { type: "button", class: "xb xb-main", onclick: mine }, "改用我的")));
  }
}

class Questions {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.mark = this.spec.mark;
    this.open = this.spec.open;
    this.line = new Line(model, (entry, reply) => this.heard(entry, reply), () => this.drawAll());
    this.questions = new Map(this.spec.items.map((item) => [item.id, new Question(this, item)]));
    const missed = this.spec.unexamined;
    element.append(h("section", { class: "xsec xui" },
      h("h2", { id: `xj-${this.spec.number}`, tabindex: -1 }, this.spec.title),
      missed.length ? h("details", { class: "xnote" }, h("summary", null, `有 ${missed.length} 项检查没有查成或没有查全，不等于没有问题`),
        h("ul", null, missed.map((text) => h("li", null, text)))) : "",
      h("h3", null, "现场询问"), h("ul", { class: "xq-list" }, [...this.questions.values()].map((one) => one.element)),
      h("h3", null, "系统查出的疑点")));
    this.line.resume();
    this.refresh = () => this.ask();
    window.addEventListener("xueji-refresh", this.refresh);
    this.timer = setInterval(() => document.visibilityState === "visible" && this.ask(), 45000 + Math.random() * 10000);
    for (const one of this.questions.values()) one.flush(); // what an earlier page did not come to send
  }

  close() {
    clearInterval(this.timer);
    window.removeEventListener("xueji-refresh", this.refresh);
    this.line.close();
  }

  async ask() {
    try {
      const reply = await this.line.ask({ op: "items", mark: this.mark });
      this.mark = reply.mark ?? this.mark;
      this.accept(reply);
    } catch {
      /* shown by the bar */
    }
  }

  accept(reply, mine) {
    if (reply.open !== undefined) this.open = reply.open;
    for (const item of reply.items ?? []) this.questions.get(item.id)?.update(item, item.id === mine ? reply.kind : "");
  }

  heard(entry, reply) {
    this.accept(reply, entry.about[0]);
    this.questions.get(entry.about[0])?.heard(entry, reply);
    window.dispatchEvent(new CustomEvent("xueji-saved"));
  }

  drawAll() {
    for (const one of this.questions?.values() ?? []) one.draw();
  }
}

export default {
  render({ model, el }) {
    const questions = new Questions(model, el);
    if (model.xuejiShown) questions.ask();
    model.xuejiShown = true;
    return () => questions.close();
  },
};
