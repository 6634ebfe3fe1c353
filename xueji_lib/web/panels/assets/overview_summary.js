// The summary of a school: who and when, and a line for each of the violations.
import { button, dropDown, tag } from "./dom.js";

const HEADS = ["情形", "疑点", "待核实", "属实", "待销号", "已了结", "询问", "没查成"];

/** The elements of the summary. `scrollTo(id)` goes to a section of the page. */
export function summary(spec, figures, scrollTo) {
  const about = `${spec.about}　${spec.term}　检查基准日 ${spec.as_of}　${spec.who}`;
  const signed = `${figures.signed}（${figures.signed_by}），认定、询问和点名不能再改。要改，到最后一节重新打开。`;
  return [
    tag("h1", null, spec.school),
    tag("p", { class: "faint" }, about),
    spec.schools.length ? schoolChooser(spec) : "",
    spec.note ? tag("p", { class: "xnote" }, spec.note) : "",
    tag("div", { class: "xover-scroll" }, violationTable(figures.sections, scrollTo)),
    figures.on_site ? onSiteNote(figures.on_site, scrollTo) : "",
    tag("p", { class: "faint" }, spec.disclaimer),
    figures.open ? "" : tag("p", { class: "xnote" }, signed),
    figures.after?.n ? tag("p", { class: "xnote xover-after" }, afterSigning(figures.after)) : "",
  ];
}

function afterSigning({ n, left }) {
  return `签署以后新查出 ${n} 条，其中 ${left} 条待认定：可以认定，认定后在最后一节再签署一次。`;
}

/** What people saw at the school and is no finding yet. */
function onSiteNote(count, scrollTo) {
  const link = button(`现场发现，待学校说明 ${count} 条`, () => scrollTo("xj-roll"), { class: "xlink" });
  return tag("p", { class: "xnote" }, link, "，还不是疑点，没有计入上表。");
}

function schoolChooser(spec) {
  const openSchool = (event) => {
    location.search = `?school=${encodeURIComponent(event.target.value)}`;
  };
  const schools = dropDown(spec.schools, spec.id, { "aria-label": "换一所学校", onchange: openSchool });
  return tag("p", { class: "xover-choose" }, "换一所学校 ", schools);
}

function violationTable(sections, scrollTo) {
  const heads = HEADS.map((label) => tag("th", { scope: "col", class: label === HEADS[0] ? "" : "num" }, label));
  const rows = sections.map((section) => violationRow(section, scrollTo));
  return tag("table", null, tag("thead", null, tag("tr", null, ...heads)), tag("tbody", null, ...rows));
}

function violationRow(section, scrollTo) {
  return tag(
    "tr",
    null,
    tag(
      "td",
      null,
      button(section.title, () => scrollTo(`xj-${section.n}`), { class: "xlink" }),
    ),
    numberCell(section.total),
    numberCell(section.left, { marked: true }),
    numberCell(section.true),
    numberCell(section.to_close, { marked: true }),
    numberCell(section.closed),
    tag("td", { class: "num" }, `${section.answered}/${section.asked}`),
    numberCell(section.unexamined, { marked: true }),
  );
}

/** `marked`: anything but none is something to do. */
function numberCell(value, { marked = false } = {}) {
  const emphasis = marked ? " bad" : "";
  return tag("td", { class: `num${value ? emphasis : " zero"}` }, String(value));
}
