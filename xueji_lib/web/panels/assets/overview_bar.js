// The bar that stays in view: how far the inspection is, whether everything is saved, and links to the sections.
import { button, mainButton, tag } from "./dom.js";
import { pageSaving, resendWholePage } from "./saving_state.js";
import { skipLinks } from "./skip_links.js";

export class ProgressBar {
  /** `onRefresh()`; `onSection(id)`: a link to the element with that id was chosen. */
  constructor({ school, onRefresh, onSection }) {
    this.onSection = onSection;
    this.progress = tag("div", { class: "xbar-progress" });
    this.saving = tag("div", { class: "xbar-saved", role: "status" });
    this.refreshButton = button("刷新", onRefresh);
    this.links = tag("nav", { class: "xbar-links", "aria-label": "跳到" });
    const name = tag("b", { class: "xbar-school" }, school);
    this.element = tag(
      "div",
      { class: "xbar xui", role: "region", "aria-label": "进度" },
      skipLinks([
        ["跳到第一条待核实的疑点", ".xt .xr-waiting .xr-open"],
        ["跳到点名", "#xj-roll"],
        ["跳到签署", "#xj-sign"],
      ]),
      tag("div", { class: "xbar-line" }, name, this.progress, this.saving, this.refreshButton),
      this.links,
    );
  }

  drawFigures({ sections, signed }) {
    const total = (name) => sections.reduce((sum, section) => sum + section[name], 0);
    const decided = total("total") - total("left");
    this.progress.replaceChildren(
      tag("span", null, "疑点已核 ", tag("b", null, `${decided}/${total("total")}`)),
      tag("span", null, "现场询问 ", tag("b", null, `${total("answered")}/${total("asked")}`)),
      tag("span", null, signed),
    );
    this.links.replaceChildren(
      ...sections.map((section) => this.sectionLink(section)),
      this.link("xj-roll", "点名"),
      this.link("xj-sign", "签署"),
    );
  }

  sectionLink(section) {
    const unanswered = section.asked - section.answered;
    const title = `${section.title}：疑点还有 ${section.left} 条没有认定，现场询问还有 ${unanswered} 问`;
    const name = section.title.split("、").at(-1);
    return this.link(`xj-${section.n}`, name, { openCount: section.left + unanswered, title });
  }

  link(id, label, { openCount = 0, title = null } = {}) {
    const attributes = { class: `xbar-link${openCount ? " xbar-rest" : ""}`, title };
    const link = button(label, () => this.onSection(id), attributes);
    if (openCount) link.append(tag("span", { class: "xbar-n" }, openCount));
    return link;
  }

  drawSaving() {
    const state = pageSaving();
    this.saving.replaceChildren(...savingParts(state));
    this.element.classList.toggle("xbar-bad", Boolean(state.lost || state.failed));
  }
}

/** How saving stands on the page, the worst first. */
function savingParts(state) {
  if (state.lost) return lostParts(state.saving + state.failed);
  if (state.failed) return [bad(`${state.failed} 处没存上`), " ", button("重试", resendWholePage)];
  if (state.conflict) return [bad(`${state.conflict} 处有冲突，待您定`)];
  if (state.saving) return [tag("span", { class: "xs-saving" }, `正在存 ${state.saving} 处…`)];
  return [tag("span", { class: "xs-saved" }, state.at ? `已存 ${state.at}` : "没有未存的修改")];
}

function lostParts(unsaved) {
  const unsavedNote = unsaved ? `${unsaved} 处修改还没存，已留在这台电脑上，重新打开后自动补存 ` : "";
  return [bad("与后台断开了"), ` ${unsavedNote}`, mainButton("重新打开本页", () => location.reload())];
}

function bad(text) {
  return tag("b", { class: "bad" }, text);
}
