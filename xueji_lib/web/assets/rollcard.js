// One student as a large target: a tap says not there, and asks why.
import { h } from "./dom.js";

export function card(student, { reason, reasons, shut, changed }) {
  const [ref, name, sex, number, status] = student;
  const away = reason !== undefined;
  const suspended = status !== "在读";
  const button = h("button", { type: "button", class: "xroll-tap", "aria-pressed": String(away), disabled: shut, onclick: () => changed(ref, away ? undefined : "") },
    h("span", { class: "xroll-name" }, name), h("span", { class: "xroll-mark" }, away ? "不在" : suspended ? status : "在"),
    h("span", { class: "faint" }, `${sex} ${number}`));
  const why = away ? h("select", { class: `xi${reason ? "" : " xroll-ask"}`, "aria-label": `${name}不在的情形`, disabled: shut, onchange: (event) => changed(ref, event.target.value) },
    h("option", { value: "" }, "为什么不在？"), reasons.map((one) => h("option", { value: one }, one))) : "";
  if (why) why.value = reason;
  return h("li", { class: `xroll-card${away ? " xroll-away" : ""}${suspended ? " xroll-suspended" : ""}`, "data-ref": ref }, button, why);
}

/** The blanks for one who sits there and is not on the register. */
export function stranger(person, { situations, shut, changed, removed }) {
  const field = (name, label, width) => h("input", { type: "text", class: "xi", value: person[name] ?? "", placeholder: label, "aria-label": label, maxlength: 60,
    style: `flex:1 1 ${width}`, disabled: shut || person.kept !== undefined, oninput: (event) => changed({ ...person, [name]: event.target.value }, false) });
  const choice = (name, label, options) => {
    const select = h("select", { class: "xi", "aria-label": label, disabled: shut || person.kept !== undefined, onchange: (event) => changed({ ...person, [name]: event.target.value }, true) },
      h("option", { value: "" }, label), options.map((one) => h("option", { value: one }, one)));
    select.value = person[name] ?? "";
    return select;
  };
  return h("li", { class: "xroll-stranger" }, field("name", "姓名（必填）", "7em"), choice("sex", "性别", ["男", "女"]), field("number", "身份证号", "12em"),
    choice("situation", "情形", situations), field("origin", "从哪里来", "9em"),
    shut ? "" : h("button", { type: "button", class: "xb", onclick: removed }, "去掉"));
}

/** Two roll-calls that say the same, numbers apart. */
export function same(one, other) {
  const plain = (roll) => JSON.stringify([Object.entries(roll.absent).sort(),
    roll.extra.map((person) => [person.name, person.sex ?? "", person.situation ?? "", person.origin ?? ""]), roll.note.trim()]);
  return plain(one) === plain(other);
}

/** Another's roll-call beside one's own; a person chooses. */
export function sides(students, theirs, absent, settle) {
  const named = (refs) => students.filter((one) => refs[one[0]] !== undefined).map((one) => `${one[1]}（${refs[one[0]]}）`).join("、") || "无";
  return h("div", { class: "xconflict", role: "alert" }, h("div", { class: "xconflict-sides" },
    h("div", null, h("b", null, "现在的"), h("p", null, `不在：${named(theirs?.absent ?? {})}`), h("p", { class: "faint" }, theirs ? `${theirs.who} ${theirs.at}` : "")),
    h("div", null, h("b", null, "您的"), h("p", null, `不在：${named(absent)}`))),
  h("div", { class: "xf-buttons" }, h("button", { type: "button", class: "xb", onclick: () => settle(false) }, "保留现在的"),
    h("button", { type: "button", class: "xb xb-main", onclick: () => settle(true) }, "改用我的")));
}
