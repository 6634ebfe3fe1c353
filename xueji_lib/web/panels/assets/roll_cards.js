// One student as a large target: a tap says not there, and asks why. And the blanks for one who is not on the register.
import { button, dropDown, faint, tag } from "./dom.js";

/** `reason`: why the student is away, "" while that is still to be chosen, undefined where he is there; `words`:
 * `{absent, notMet, notLookedFor}`, what there is to choose from; `onChange(reference, reason)`. */
export function studentCard(student, { reason, words, editable, onChange }) {
  const away = reason !== undefined;
  const unseen = reason === words.notLookedFor;
  const suspended = student.status !== "在读";
  const attributes = { class: "xroll-tap", "aria-pressed": String(away), disabled: !editable };
  const firstReason = student.registered ? "" : words.notMet;
  const target = button("", () => onChange(student.reference, away ? undefined : firstReason), attributes);
  target.append(
    tag("span", { class: "xroll-name" }, student.name),
    tag("span", { class: "xroll-mark" }, markOf(student, { away, unseen, suspended })),
    faint(`${student.sex} ${student.number}`),
    student.reported ? tag("span", { class: "xroll-reported" }, student.reported) : "",
  );
  const looks = [unseen ? "unseen" : away ? "away" : "", suspended ? "suspended" : ""].filter(Boolean);
  return tag(
    "li",
    {
      class: ["xroll-card", ...looks.map((look) => `xroll-${look}`)].join(" "),
      "data-ref": student.reference,
    },
    target,
    away ? reasonChooser(student, { reason, words, editable, onChange }) : "",
  );
}

function markOf(student, { away, unseen, suspended }) {
  if (unseen) return "没看";
  if (away) return student.registered ? "不在" : "没见到";
  if (suspended) return student.status;
  return student.registered ? "在" : "见到";
}

/** What a student who is away may be called as: `[value, label]` or a plain text. */
function reasonsFor(student, { absent, notMet, notLookedFor }) {
  if (!student.registered) return [notMet, notLookedFor];
  const own = student.preset && ![...absent, notLookedFor].includes(student.preset) ? [student.preset] : [];
  return [["", "为什么不在？"], ...absent, ...own, notLookedFor];
}

function reasonChooser(student, { reason, words, editable, onChange }) {
  return dropDown(reasonsFor(student, words), reason, {
    class: `xi${reason ? "" : " xroll-ask"}`,
    "aria-label": `${student.name}不在的情形`,
    disabled: !editable,
    onchange: (event) => onChange(student.reference, event.target.value),
  });
}

/** The blanks for one who sits there and is not on the register; one who is saved already can only be removed.
 * `onChange(field, text)`, `onRemove()`. */
export function unregisteredPerson(person, { situations, editable, onChange, onRemove }) {
  const disabled = !editable || person.kept !== undefined;
  const blank = (field, label, width) =>
    tag("input", {
      type: "text",
      class: "xi",
      value: person[field] ?? "",
      placeholder: label,
      "aria-label": label,
      maxlength: 60,
      style: `flex:1 1 ${width}`,
      disabled,
      oninput: (event) => onChange(field, event.target.value),
    });
  const choice = (field, label, options) =>
    dropDown([["", label], ...options], person[field] ?? "", {
      "aria-label": label,
      disabled,
      onchange: (event) => onChange(field, event.target.value),
    });
  return tag(
    "li",
    { class: "xroll-stranger" },
    blank("name", "姓名（必填）", "7em"),
    choice("sex", "性别", ["男", "女"]),
    blank("number", "身份证号", "12em"),
    choice("situation", "情形", situations),
    blank("origin", "从哪里来", "9em"),
    editable ? button("去掉", onRemove) : "",
  );
}
