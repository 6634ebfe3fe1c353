// 逐班点名: pick a class, tap who is not there, add who sits there unregistered; a draft is kept until it is saved.
import { h, shelf } from "./dom.js";
import { Line } from "./line.js";
import { card, same, sides, stranger } from "./rollcard.js";

class Roll {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.open = this.spec.open;
    this.line = new Line(model, () => {}, () => {});
    this.now = null; // the class that is open: {grade, class_no, day, label}
    this.place = h("div", { class: "xroll-class" });
    this.picker = h("div", { class: "xroll-classes", role: "group", "aria-label": "选一个班" });
    this.day = h("input", { type: "date", class: "xi", value: this.spec.day, max: this.spec.day, "aria-label": "点名日期", onchange: () => this.now && this.pick(this.now) });
    element.append(h("section", { class: "xroll xui" }, h("h2", { id: "xj-roll", tabindex: -1 }, "逐班点名"),
      h("p", { class: "faint" }, "选一个班，不在的点一下并选情形。点名存下后，与学校报的核对表比较，并重新核查。"),
      h("p", null, "点名日期 ", this.day), this.picker, this.place));
    this.refresh = () => this.reload();
    window.addEventListener("xueji-refresh", this.refresh);
    this.drawPicker();
    this.tell();
  }

  close() {
    window.removeEventListener("xueji-refresh", this.refresh);
    this.line.close();
  }

  // ---- drafts: without numbers, which this browser does not keep ----

  name(where) {
    return `${this.line.prefix}draft:${where.grade}:${where.class_no}:${where.day}`;
  }

  keep() {
    this.touched = true;
    const extra = this.extra.map((one) => (one.number && one.kept === undefined ? { ...one, number: "", lost: true } : one));
    shelf.put(this.name(this.now), { absent: this.absent, extra, note: this.note, seen: this.seen });
    this.tell();
  }

  drafts() {
    return shelf.names(`${this.line.prefix}draft:`).map((name) => name.slice(`${this.line.prefix}draft:`.length));
  }

  /** The bar counts a class that was called and not saved. */
  tell() {
    const lines = (window.xuejiLines ??= new Map());
    lines.set(this.line, { ...(lines.get(this.line) ?? {}), saving: this.saving ? 1 : 0, failed: this.failed ? 1 : 0 });
    window.dispatchEvent(new CustomEvent("xueji-lines"));
    this.drawPicker();
  }

  // ---- a class ----

  async pick(one) {
    this.now = { grade: one.grade, class_no: one.class_no, label: one.label, day: this.day.value };
    this.result = null;
    this.place.replaceChildren(h("p", { class: "xs-saving" }, `正在打开${one.label}…`));
    this.drawPicker();
    await this.reload(true);
  }

  async reload(fresh) {
    if (!this.now || (this.touched && !fresh)) return;
    const asked = this.now;
    try {
      const reply = await this.line.ask({ op: "class", grade: asked.grade, class_no: asked.class_no, day: asked.day }, undefined, 30000);
      if (asked !== this.now) return;
      if (!reply.students) throw new Error(reply.message);
      this.students = reply.students;
      this.take(reply, shelf.get(this.name(asked)));
    } catch (error) {
      if (asked === this.now) {
        this.place.replaceChildren(h("p", { class: "bad" }, `打不开：${error.message} `,
          h("button", { type: "button", class: "xb", onclick: () => this.reload(true) }, "再试")));
      }
    }
  }

  take(reply, draft) {
    this.open = reply.open ?? this.open;
    this.roll = reply.roll;
    const saved = { absent: { ...(reply.roll?.absent ?? {}) }, extra: (reply.roll?.extra ?? []).map((one, kept) => ({ ...one, kept })), note: reply.roll?.note ?? "", seen: reply.roll?.seen ?? [] };
    this.touched = Boolean(draft) && !same(draft, saved);
    if (draft && !this.touched) shelf.drop(this.name(this.now));
    Object.assign(this, this.touched ? { absent: draft.absent, extra: draft.extra, note: draft.note, seen: draft.seen } : saved);
    this.tell();
    this.draw();
  }

  change(ref, reason) {
    if (reason === undefined) delete this.absent[ref];
    else this.absent[ref] = reason;
    this.keep();
    const old = this.place.querySelector(`[data-ref="${ref}"]`);
    const fresh = this.card(this.students.find((one) => one[0] === ref));
    old.replaceWith(fresh);
    fresh.querySelector(reason === "" ? "select" : "button").focus();
    this.drawFoot();
  }

  card(student) {
    return card(student, { reason: this.absent[student[0]], reasons: this.spec.absent, shut: !this.open, changed: (ref, reason) => this.change(ref, reason) });
  }

  async save() {
    const asked = this.students.filter((one) => this.absent[one[0]] === "");
    if (asked.length || this.extra.some((one) => !one.name?.trim())) {
      this.problem = asked.length ? `还要选情形：${asked.map((one) => one[1]).join("、")}` : "补登的学生要有姓名";
      this.drawFoot();
      return;
    }
    this.problem = "";
    this.saving = true;
    this.tell();
    this.drawFoot();
    const extra = this.extra.map((one) => (one.kept === undefined ? { name: one.name, sex: one.sex ?? "", number: one.number ?? "", situation: one.situation ?? "", origin: one.origin ?? "" } : { kept: one.kept }));
    const where = { grade: this.now.grade, class_no: this.now.class_no, day: this.now.day };
    try {
      const reply = await this.line.ask({ op: "save", ...where, absent: this.absent, extra, note: this.note, seen: this.seen }, undefined, 30000);
      this.saving = false;
      this.failed = reply.kind !== "saved";
      if (reply.kind === "saved") {
        shelf.drop(this.name(this.now));
        this.spec.classes = reply.classes;
        this.take({ roll: reply.roll }, null);
        this.savedAt = reply.at;
        this.draw();
        this.judge(where);
      } else if (reply.kind === "conflict") {
        this.failed = false;
        this.rival = reply.roll;
        this.problem = reply.message;
      } else this.problem = `没有存上：${reply.message}`;
    } catch (error) {
      this.saving = false;
      this.failed = true;
      this.problem = `没有存上：${error.message}。已留在这台电脑上，请再存一次`;
    }
    this.tell();
    this.drawFoot();
  }

  async judge(where) {
    this.result = { working: true };
    this.drawFoot();
    try {
      const reply = await this.line.ask({ op: "judge", ...where }, undefined, 600000);
      this.result = reply.kind === "data" ? reply : { message: reply.message };
    } catch (error) {
      this.result = { message: error.message };
    }
    this.drawFoot();
    window.dispatchEvent(new CustomEvent("xueji-refresh"));
    window.dispatchEvent(new CustomEvent("xueji-saved"));
  }

  // ---- drawing ----

  drawPicker() {
    const drafts = this.drafts();
    this.picker.replaceChildren(...this.spec.classes.map((one) => {
      const draft = drafts.some((name) => name.startsWith(`${one.grade}:${one.class_no}:`));
      const chosen = this.now?.grade === one.grade && this.now?.class_no === one.class_no;
      return h("button", { type: "button", class: "xb", "aria-pressed": String(chosen), onclick: () => this.pick(one) }, `${one.label}（${one.n}）`,
        draft ? h("b", { class: "xroll-draft" }, "未保存") : one.called ? h("span", { class: "xroll-called" }, `✓ ${one.called.slice(5)}`) : "");
    }));
    if (!this.spec.classes.length) this.picker.replaceChildren(h("p", { class: "xnote" }, "学籍名册里没有本校的班。请先导入名册。"));
  }

  draw() {
    this.foot = h("div", { class: "xroll-foot" });
    this.people = h("ul", { class: "xroll-strangers" });
    const note = h("textarea", { class: "xi", rows: 2, maxlength: 500, "aria-label": "点名说明", placeholder: "说明", disabled: !this.open, oninput: (event) => { this.note = event.target.value; this.keep(); this.drawFoot(); } });
    note.value = this.note;
    this.place.replaceChildren(h("h3", null, `${this.now.label}，${this.now.day}`),
      this.roll ? h("p", { class: "faint" }, `${this.roll.who} ${this.roll.at} 点过名${this.roll.conflict ? "；两人点得不一样，请看过再存" : ""}`) : "",
      this.touched ? h("p", { class: "xnote" }, "这是上次点了还没有保存的，看过后请保存。补登学生的身份证号不留在这台电脑上，要重填。") : "",
      h("ul", { class: "xroll-cards" }, this.students.map((one) => this.card(one))),
      h("h4", null, "坐在班里而名册上没有的"), this.people,
      this.open ? h("button", { type: "button", class: "xb", onclick: () => { this.extra.push({ name: "" }); this.keep(); this.drawPeople(true); this.drawFoot(); } }, "补登一人") : "",
      note, this.foot);
    this.drawPeople();
    this.drawFoot();
  }

  drawPeople(focus) {
    this.people.replaceChildren(...this.extra.map((person, place) => stranger(person, {
      situations: this.spec.extra, shut: !this.open,
      changed: (fresh) => { Object.assign(person, fresh); this.keep(); this.drawFoot(); },
      removed: () => { this.extra.splice(place, 1); this.keep(); this.drawPeople(); this.drawFoot(); },
    })));
    if (focus) this.people.lastChild?.querySelector("input").focus();
  }

  drawFoot() {
    if (!this.foot) return;
    const away = Object.keys(this.absent).length;
    const there = this.students.filter((one) => one[4] === "在读" && this.absent[one[0]] === undefined).length;
    const parts = [h("p", { class: "xroll-sum" }, `在 ${there} 人，不在 ${away} 人，未登记 ${this.extra.length} 人`)];
    if (this.open) {
      parts.push(h("div", { class: "xf-buttons" }, h("button", { type: "button", class: "xb xb-main xroll-save", disabled: this.saving, onclick: () => this.save() }, this.saving ? "正在存…" : "保存点名"),
        this.touched ? h("span", { class: "xs xs-failed" }, "还没有保存") : this.savedAt ? h("span", { class: "xs xs-saved" }, `已存 ${this.savedAt}`) : ""));
    }
    if (this.problem) parts.push(h("p", { class: "bad", role: "alert" }, this.problem));
    if (this.rival !== undefined) parts.push(this.clash());
    if (this.roll && !this.touched) {
      parts.push(h("div", { class: `xnote${this.roll.compared.bad ? " bad" : ""}` }, this.roll.compared.lines.map((line) => h("p", null, line))));
    }
    if (this.result) parts.push(this.delta());
    this.foot.replaceChildren(...parts);
  }

  delta() {
    const { result } = this;
    if (result.working) return h("p", { class: "xs-saving", role: "status" }, "点名已存。正在按点名重新核查，可以接着做别的…");
    if (result.message) return h("p", { class: "bad" }, `点名已存，重新核查没有做成：${result.message}`);
    const list = (label, items) => (items.length ? h("div", null, h("b", null, `${label} ${items.length} 条`), h("ul", null, items.map((item) => h("li", null, item)))) : "");
    return h("div", { class: "xnote", role: "status" }, h("p", null, result.new.length + result.gone.length ? "按点名重新核查后：" : "按点名重新核查，疑点没有变化。"),
      list("新增疑点", result.new), list("不再发现", result.gone));
  }

  clash() {
    const theirs = this.rival;
    const settle = (mine) => {
      this.rival = undefined;
      this.problem = "";
      if (mine) {
        this.seen = theirs?.seen ?? [];
        this.extra = this.extra.filter((one) => one.kept === undefined);
        this.keep();
        this.save();
      } else {
        shelf.drop(this.name(this.now));
        this.take({ roll: theirs }, null);
      }
    };
    return sides(this.students, theirs, this.absent, settle);
  }
}

export default {
  render({ model, el }) {
    const roll = new Roll(model, el);
    return () => roll.close();
  },
};
