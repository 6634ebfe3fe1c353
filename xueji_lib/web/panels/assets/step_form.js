// A form for one step: the blanks it may fill, those it must, and a draft that outlives a closed lid.
import { browserStorage } from "./browser_storage.js";
import { button, dropDown, mainButton, tag, uniqueId } from "./dom.js";

/** `fields`: the blanks, in order; `required`: names of those that must be filled; `initial`: name → text that a blank
 * begins with; `extra`: what stands below the blanks; `draftName`: where this browser keeps what was typed;
 * `onSave(values)`: name → text of the blanks that were filled; `onCancel()`. */
export class StepForm {
  constructor({ fields, required, draftName, title, saveLabel = "保存", onSave, onCancel, initial = {}, extra = "" }) {
    Object.assign(this, { fields, required, draftName, onSave, onCancel });
    this.inputs = new Map(); // field name → element
    this.problem = tag("p", { class: "xf-problem", role: "alert" });
    const draft = browserStorage.get(draftName) ?? {};
    this.element = tag(
      "div",
      { class: "xf", role: "group", "aria-label": title, onkeydown: (event) => this.handleKey(event) },
      tag("div", { class: "xf-title" }, title),
      tag(
        "div",
        { class: "xf-blanks" },
        ...fields.map((field) => this.labelledInput(field, draft[field.name] ?? initial[field.name] ?? "")),
      ),
      extra,
      this.problem,
      tag(
        "div",
        { class: "xf-buttons" },
        mainButton(saveLabel, () => this.save()),
        button("取消", () => this.cancel()),
      ),
    );
  }

  focus() {
    [...this.inputs.values()][0]?.focus();
  }

  labelledInput(field, value) {
    const id = uniqueId("blank");
    const input = inputFor(field, id);
    input.value = value;
    input.addEventListener("input", () => browserStorage.put(this.draftName, this.values()));
    this.inputs.set(field.name, input);
    const required = this.required.includes(field.name);
    if (required) input.setAttribute("aria-required", "true");
    return tag(
      "div",
      { class: `xf-blank xf-${field.kind}` },
      tag("label", { for: id }, field.label, required ? tag("span", { class: "xf-must" }, "必填") : ""),
      input,
    );
  }

  /** Field name → text, of the blanks that were filled. */
  values() {
    const entries = [...this.inputs].map(([name, input]) => [name, input.value.trim()]);
    return Object.fromEntries(entries.filter(([, text]) => text));
  }

  save() {
    const values = this.values();
    const missing = this.fields.filter((field) => this.required.includes(field.name) && !values[field.name]);
    if (missing.length) {
      this.problem.textContent = `还要填：${missing.map((field) => field.label).join("、")}`;
      this.inputs.get(missing[0].name).focus();
      return;
    }
    browserStorage.drop(this.draftName);
    this.onSave(values);
  }

  cancel() {
    browserStorage.drop(this.draftName);
    this.onCancel();
  }

  handleKey(event) {
    if (event.isComposing) return; // the key belongs to the input method
    if (event.key === "Escape") {
      event.stopPropagation();
      this.cancel();
    } else if (event.key === "Enter" && (event.ctrlKey || event.target.tagName === "INPUT")) {
      event.preventDefault();
      this.save();
    }
  }
}

function inputFor(field, id) {
  const common = { id, class: "xi", placeholder: field.hint || null, autocomplete: "off" };
  switch (field.kind) {
    case "long":
      return tag("textarea", { ...common, rows: 2, maxlength: 2000 });
    case "date":
      return tag("input", { ...common, type: "date", min: field.first || null, max: field.last || null });
    case "choice":
      return dropDown([["", "请选择"], ...field.choices], "", common);
    default:
      return tag("input", { ...common, type: "text", maxlength: 200 });
  }
}
