// What is left, the measure, the signatures, the audit trail.
import { h, settled, shelf } from "./dom.js";
import { Line, together } from "./line.js";

class SignOff {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.mark = this.spec.mark;
    this.state = this.spec.state;
    this.line = new Line(model, (entry, reply) => this.heard(entry, reply), () => this.draw());
    this.note = h("textarea", { class: "xi", rows: 2, maxlength: 2000, "aria-label": "意见或原因", placeholder: "意见；重新打开要写原因" });
    this.measureNote = h("textarea", { class: "xi", rows: 1, maxlength: 2000, "aria-label": "与建议不同的原因", placeholder: "与建议不同的，写原因" });
    this.measure = h("select", { class: "xi", "aria-label": "处理意见" }, h("option", { value: "" }, "请选择"),
      this.spec.measures.map((one) => h("option", { value: one }, one)));
    for (const [name, field] of [["note", this.note], ["measure", this.measureNote]]) {
      field.value = shelf.get(`${this.line.prefix}draft:${name}`) ?? "";
      field.addEventListener("input", () => shelf.put(`${this.line.prefix}draft:${name}`, field.value));
    }
    this.place = h("section", { class: "xsign xui" });
    element.append(this.place);
    this.draw();
    this.line.resume();
    this.ask = settled(900, () => this.refresh());
    this.redraw = () => this.draw();
    for (const event of ["xueji-refresh", "xueji-saved"]) window.addEventListener(event, this.ask);
    window.addEventListener("xueji-lines", this.redraw);
  }

  close() {
    for (const event of ["xueji-refresh", "xueji-saved"]) window.removeEventListener(event, this.ask);
    window.removeEventListener("xueji-lines", this.redraw);
    this.line.close();
  }

  async refresh() {
    try {
      const reply = await this.line.ask({ op: "state", mark: this.mark });
      this.mark = reply.mark ?? this.mark;
      if (reply.state) this.state = reply.state;
      this.draw();
    } catch {
      /* shown by the bar */
    }
  }

  heard(entry, reply) {
    if (reply.state) this.state = reply.state;
    this.said = reply.kind === "saved" ? { text: `${entry.label}：已存 ${reply.at}` } : { text: `${entry.label}没有存：${reply.message}`, bad: true };
    if (reply.kind === "conflict") this.line.drop(entry);
    if (reply.kind === "saved") {
      const field = entry.message.op === "sign" ? this.note : this.measureNote;
      field.value = "";
      shelf.drop(`${this.line.prefix}draft:${entry.message.op === "sign" ? "note" : "measure"}`);
    }
    this.draw();
    window.dispatchEvent(new CustomEvent("xueji-refresh"));
    window.dispatchEvent(new CustomEvent("xueji-saved"));
  }

  step(step) {
    const note = this.note.value.trim();
    if (step === "reopen" && !note) {
      this.said = { text: "重新打开要写原因", bad: true };
      this.draw();
      this.note.focus();
      return;
    }
    if (step === "sign" && this.state.waiting && this.sure !== step) {
      this.sure = step;
      this.draw();
      return;
    }
    this.sure = "";
    this.line.save({ op: "sign", step, seen: this.state.seen, body: { note } }, [step], this.spec.steps[step]);
    this.draw();
  }

  decide() {
    const measure = this.measure.value;
    const note = this.measureNote.value.trim();
    if (!measure || (measure !== this.state.suggested && !note)) {
      this.said = { text: measure ? `与建议（${this.state.suggested}）不同，要写原因` : "请先选处理意见", bad: true };
      this.draw();
      return;
    }
    this.line.save({ op: "measure", seen: this.state.measure_seen, body: { measure, note } }, ["measure"], `处理意见 ${measure}`);
    this.draw();
  }

  draw() {
    const { state } = this;
    const all = together();
    const unsaved = all.saving + all.failed + all.conflict;
    const focused = this.place.contains(document.activeElement) ? document.activeElement : null;
    const busy = this.line.unsaved();
    const button = (step) => h("button", { type: "button", class: `xb${step === "reopen" ? "" : " xb-main"}`, disabled: busy || (unsaved > 0 && step !== "reopen"), onclick: () => this.step(step) },
      this.sure === step ? `还有 ${state.waiting} 条没有认定，仍要${this.spec.steps[step]}` : this.spec.steps[step]);
    this.place.replaceChildren(
      h("h2", { id: "xj-sign", tabindex: -1 }, "签署"),
      h("p", null, state.waiting ? `还有 ${state.waiting} 条疑点没有认定。` : "疑点都已认定。"),
      h("h3", null, "处理意见"),
      h("p", null, "按已属实的问题，建议：", h("b", null, state.suggested), state.reasons.length ? `（${state.reasons.join("；")}）` : ""),
      state.measure ? h("p", null, "已定：", h("b", null, state.measure), ` ${state.measure_note} `, h("span", { class: "faint" }, state.measure_by)) : h("p", { class: "faint" }, "还没有定。由局负责人定，可以与建议不同，不同的要写原因。"),
      state.may_measure ? h("div", { class: "xsign-form" }, this.measure, this.measureNote,
        h("button", { type: "button", class: "xb", disabled: busy, onclick: () => this.decide() }, "定下处理意见")) : "",
      h("h3", null, "签署和会签"),
      h("p", null, "现在：", h("b", null, state.signed)),
      state.history.length ? h("ol", { class: "xsign-history" }, state.history.map((one) =>
        h("li", null, `${one.what} ${one.who} `, h("span", { class: "faint" }, one.at), one.note ? ` ${one.note}` : ""))) : "",
      state.may.length ? h("div", { class: "xsign-form" }, this.note, h("div", { class: "xf-buttons" }, state.may.map(button))) : "",
      unsaved ? h("p", { class: "faint" }, "还有修改没有存好，存好以后才能签署。") : "",
      this.said ? h("p", { class: this.said.bad ? "bad" : "xs-saved", role: "status" }, this.said.text) : "",
      h("details", null, h("summary", null, `留痕：全县共 ${state.trail.n} 条，末条校验值 ${state.trail.hash}`),
        h("p", { class: "faint" }, "把校验值抄在纸上，以后用 xueji verify 核对，可知此前的记录有没有被动过。下面是本校最近的几条。"),
        h("ol", { class: "xsign-history" }, state.trail.lines.map((line) => h("li", null, line)))));
    const details = this.place.querySelector("details");
    details.open = Boolean(this.trailOpen);
    details.addEventListener("toggle", () => { this.trailOpen = details.open; });
    if (focused && this.place.contains(focused)) focused.focus();
  }
}

export default {
  render({ model, el }) {
    const sign = new SignOff(model, el);
    if (model.xuejiShown) sign.refresh();
    model.xuejiShown = true;
    return () => sign.close();
  },
};
