// The bar that stays in view, and the summary below it.
import { h, settled } from "./dom.js";
import { Line, resendAll, together } from "./line.js";

const POLL = 45000;

class Overview {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.mark = this.spec.mark;
    this.figures = this.spec.figures;
    this.line = new Line(model, () => {}, () => {});
    this.bar = h("div", { class: "xbar xui", role: "region", "aria-label": "进度" });
    this.saved = h("div", { class: "xbar-saved", role: "status" });
    this.progress = h("div", { class: "xbar-progress" });
    this.refreshing = h("button", { type: "button", class: "xb", onclick: () => this.refresh(true) }, "刷新");
    this.bar.append(
      h("div", { class: "xbar-line" }, h("b", { class: "xbar-school" }, this.spec.school), this.progress, this.saved, this.refreshing),
      this.links = h("nav", { class: "xbar-links", "aria-label": "跳到" }));
    this.summary = h("section", { class: "xover xui" });
    element.append(this.summary);
    // On a page of its own the bar goes to the top and stays there; in JupyterLab it stays in its cell.
    const page = document.body.dataset.voila ? document.querySelector("#rendered_cells") : null;
    if (page) {
      page.prepend(this.bar);
      new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${this.bar.offsetHeight}px`)).observe(this.bar);
      document.title = `${this.spec.school} 现场核查`;
    } else this.summary.before(this.bar);
    this.hear = () => this.drawSaved();
    this.heard = settled(600, () => this.refresh(false));
    window.addEventListener("xueji-lines", this.hear);
    window.addEventListener("xueji-saved", this.heard);
    this.timer = setInterval(() => document.visibilityState === "visible" && this.refresh(false), POLL);
    this.draw();
    this.drawSaved();
  }

  close() {
    clearInterval(this.timer);
    window.removeEventListener("xueji-lines", this.hear);
    window.removeEventListener("xueji-saved", this.heard);
    this.bar.remove();
    this.line.close();
  }

  async refresh(all) {
    if (all) {
      this.refreshing.disabled = true;
      window.dispatchEvent(new CustomEvent("xueji-refresh"));
    }
    try {
      const reply = await this.line.ask({ op: "figures", mark: this.mark });
      this.mark = reply.mark ?? this.mark;
      if (reply.figures) {
        this.figures = reply.figures;
        this.draw();
      }
    } catch {
      /* shown by the bar */
    }
    this.refreshing.disabled = false;
  }

  sum(name) {
    return this.figures.sections.reduce((total, one) => total + one[name], 0);
  }

  drawSaved() {
    const all = together();
    let parts;
    if (all.lost) {
      parts = [h("b", { class: "bad" }, "与后台断开了"), ` ${all.saving + all.failed ? `${all.saving + all.failed} 处修改还没存，已留在这台电脑上，重新打开后自动补存 ` : ""}`,
        h("button", { type: "button", class: "xb xb-main", onclick: () => location.reload() }, "重新打开本页")];
    } else if (all.failed) {
      parts = [h("b", { class: "bad" }, `${all.failed} 处没存上`), " ", h("button", { type: "button", class: "xb", onclick: resendAll }, "重试")];
    } else if (all.conflict) parts = [h("b", { class: "bad" }, `${all.conflict} 处有冲突，待您定`)];
    else if (all.saving) parts = [h("span", { class: "xs-saving" }, `正在存 ${all.saving} 处…`)];
    else parts = [h("span", { class: "xs-saved" }, all.at ? `已存 ${all.at}` : "没有未存的修改")];
    this.saved.replaceChildren(...parts);
    this.bar.classList.toggle("xbar-bad", Boolean(all.lost || all.failed));
  }

  draw() {
    const { sections } = this.figures;
    const total = this.sum("total");
    const left = this.sum("left");
    const asked = this.sum("asked");
    const answered = this.sum("answered");
    this.progress.replaceChildren(
      h("span", null, "疑点已核 ", h("b", null, `${total - left}/${total}`)),
      h("span", null, "现场询问 ", h("b", null, `${answered}/${asked}`)),
      h("span", null, this.figures.signed));
    const link = (target, label, rest, title) => h("button", { type: "button", class: `xbar-link${rest ? " xbar-rest" : ""}`, title,
      onclick: () => this.go(target) }, label, rest ? h("span", { class: "xbar-n" }, rest) : "");
    this.links.replaceChildren(
      ...sections.map((one) => link(`xj-${one.n}`, one.title.split("、")[0], one.left + one.asked - one.answered,
        `${one.title}：疑点还有 ${one.left} 条没有认定，现场询问还有 ${one.asked - one.answered} 问`)),
      link("xj-roll", "点名"), link("xj-sign", "签署"));
    const number = (value, mark) => h("td", { class: `num${value ? "" : " zero"}${mark && value ? " bad" : ""}` }, String(value));
    this.summary.replaceChildren(
      h("h1", null, this.spec.school),
      h("p", { class: "faint" }, `${this.spec.about}　${this.spec.term}　检查基准日 ${this.spec.as_of}　${this.spec.who}`),
      this.chooser(), this.spec.note ? h("p", { class: "xnote" }, this.spec.note) : "",
      h("div", { class: "xover-scroll" }, h("table", null,
        h("thead", null, h("tr", null, ["情形", "疑点", "待核实", "属实", "已了结", "询问", "没查成"].map((label, place) =>
          h("th", { scope: "col", class: place ? "num" : "" }, label)))),
        h("tbody", null, sections.map((one) => h("tr", null,
          h("td", null, h("button", { type: "button", class: "xlink", onclick: () => this.go(`xj-${one.n}`) }, one.title)),
          number(one.total), number(one.left, true), number(one.true), number(one.closed),
          h("td", { class: "num" }, `${one.answered}/${one.asked}`), number(one.unexamined, true)))))),
      h("p", { class: "faint" }, this.spec.disclaimer),
      this.figures.open ? "" : h("p", { class: "xnote" }, `${this.figures.signed}（${this.figures.signed_by}），认定、询问和点名不能再改。要改，到最后一节重新打开。`));
  }

  chooser() {
    if (!this.spec.schools.length) return "";
    const select = h("select", { class: "xi", "aria-label": "换一所学校", onchange: (event) => {
      location.search = `?school=${encodeURIComponent(event.target.value)}`;
    } }, this.spec.schools.map(([id, name]) => h("option", { value: id }, name)));
    select.value = this.spec.id;
    return h("p", { class: "xover-choose" }, "换一所学校 ", select);
  }

  go(target) {
    const place = document.getElementById(target);
    if (!place) return;
    window.scrollTo({ top: place.getBoundingClientRect().top + window.scrollY - this.bar.offsetHeight - 8 });
    place.focus({ preventScroll: true });
  }
}

export default {
  render({ model, el }) {
    const overview = new Overview(model, el);
    if (model.xuejiShown) overview.refresh(false);
    model.xuejiShown = true;
    return () => overview.close();
  },
};
