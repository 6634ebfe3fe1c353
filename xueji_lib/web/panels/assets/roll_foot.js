// Below an open class: the sum, the button that saves, what went wrong, and what the roll-call changes.
import { conflictBox } from "./conflict.js";
import { mainButton, tag } from "./dom.js";

/** The elements that follow from how an `OpenClass` stands. */
export function rollFoot(openClass) {
  const { editable, problem, rival, saved, judged } = openClass;
  return [
    tag("p", { class: "xroll-sum" }, sumText(openClass)),
    untouchedNote(openClass),
    editable ? tag("div", { class: "xf-buttons" }, saveButton(openClass), savedMark(openClass)) : "",
    problem ? tag("p", { class: "bad", role: "alert" }, problem) : "",
    rival === undefined ? "" : rivalBox(openClass),
    saved && !openClass.unsaved ? comparedNote(saved.compared) : "",
    judged ? judgedNote(judged) : "",
  ];
}

function sumText({ students, draft, panel }) {
  const { notMet, notLookedFor } = panel.spec;
  const there = students.filter((student) => !(student.reference in draft.absent));
  const present = there.filter((student) => student.registered && student.status === "在读").length;
  const unregistered = there.filter((student) => !student.registered).length + draft.extra.length;
  const reasons = students.map((student) => draft.absent[student.reference]).filter((reason) => reason !== undefined);
  const count = (reason) => reasons.filter((other) => other === reason).length;
  const [missed, unseen] = [count(notMet), count(notLookedFor)];
  return [
    `在 ${present} 人`,
    `不在 ${reasons.length - missed - unseen} 人`,
    `未登记 ${unregistered} 人`,
    ...(missed ? [`没有见到 ${missed} 人`] : []),
    ...(unseen ? [`没有看 ${unseen} 人`] : []),
  ].join("，");
}

/** Said while the class still stands as the school reported it. */
function untouchedNote({ saved, unsaved, editable }) {
  if (saved || unsaved || !editable) return "";
  return tag(
    "p",
    { class: "faint" },
    "现在是学校自己报的样子。与看到的不同才改；没有去看的，选“没有看”，仍按学校报的。",
  );
}

function saveButton(openClass) {
  return mainButton(openClass.saving ? "正在存…" : "保存点名", () => openClass.save(), {
    class: "xb xb-main xroll-save",
    disabled: openClass.saving,
  });
}

function savedMark({ unsaved, savedAt }) {
  if (unsaved) return tag("span", { class: "xs xs-failed" }, "还没有保存");
  return savedAt ? tag("span", { class: "xs xs-saved" }, `已存 ${savedAt}`) : "";
}

/** The roll-call beside the school's own report. */
function comparedNote({ bad, lines }) {
  return tag("div", { class: `xnote${bad ? " bad" : ""}` }, ...lines.map((line) => tag("p", null, line)));
}

/** Another's roll-call beside this user's own. */
function rivalBox(openClass) {
  const { students, draft, rival } = openClass;
  const names = (absent) =>
    students
      .filter((student) => student.reference in absent)
      .map((student) => `${student.name}（${absent[student.reference]}）`)
      .join("、") || "无";
  return conflictBox({
    current: {
      label: "现在的",
      text: `不在：${names(rival?.absent ?? {})}`,
      details: rival ? `${rival.who} ${rival.at}` : "",
    },
    own: { label: "您的", text: `不在：${names(draft.absent)}` },
    keepCurrent: () => openClass.takeRival(),
    useOwn: () => openClass.overrideRival(),
  });
}

/** What judging the county with the roll-call came to. */
function judgedNote({ working, message, later, as_of, ...delta }) {
  if (working) {
    return tag("p", { class: "xs-saving", role: "status" }, "点名已存。正在按点名重新核查，可以接着做别的…");
  }
  if (message) return tag("p", { class: "bad" }, `点名已存，重新核查没有做成：${message}`);
  const changes = delta.new.length + delta.gone.length;
  return tag(
    "div",
    { class: "xnote", role: "status" },
    tag("p", null, changes ? "按点名重新核查后：" : "按点名重新核查，疑点没有变化。"),
    findingList("新增疑点", delta.new),
    findingList("不再发现", delta.gone),
    findingList("现场发现，待学校说明（还不是疑点，过了期限学校没有更正的才算）", delta.awaiting),
    later ? tag("p", null, laterText(later, as_of)) : "",
  );
}

function laterText(later, asOf) {
  return `疑点是检查基准日 ${asOf} 的；${later} 的点名在它以后，到基准日不早于 ${later} 的核查才计入。`;
}

function findingList(label, findings) {
  if (!findings.length) return "";
  const items = findings.map((finding) => tag("li", null, finding));
  return tag("div", null, tag("b", null, `${label} ${findings.length} 条`), tag("ul", null, ...items));
}
