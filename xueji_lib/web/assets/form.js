// A form for one step: the blanks it may fill, those it must, and a draft that outlives a closed lid.
import { h, shelf, unique } from "./dom.js";

/** `fields`: the blanks, in order; `needs`: names that must be filled; `done(body)` is called with what was filled in. */
export function form({ fields, needs, draft, title, button, done, cancel, values }) {
  const kept = { ...(values ?? {}), ...(shelf.get(draft) ?? {}) };
  const inputs = new Map();
  const blanks = fields.map((field) => {
    const id = unique("blank");
    const input = blank(field, id);
    input.value = kept[field.name] ?? "";
    input.addEventListener("input", () => shelf.put(draft, body()));
    inputs.set(field.name, input);
    const must = needs.includes(field.name);
    if (must) input.setAttribute("aria-required", "true");
    return h("div", { class: `xf-blank xf-${field.kind}` },
      h("label", { for: id }, field.label, must ? h("span", { class: "xf-must" }, "必填") : ""), input);
  });
  const problem = h("p", { class: "xf-problem", role: "alert" });

  function body() {
    const filled = {};
    for (const [name, input] of inputs) if (input.value.trim()) filled[name] = input.value.trim();
    return filled;
  }

  function submit() {
    const filled = body();
    const missing = fields.filter((field) => needs.includes(field.name) && !filled[field.name]);
    if (missing.length) {
      problem.textContent = `还要填：${missing.map((field) => field.label).join("、")}`;
      inputs.get(missing[0].name).focus();
      return;
    }
    shelf.drop(draft);
    done(filled);
  }

  function leave() {
    shelf.drop(draft);
    cancel();
  }

  const element = h("div", { class: "xf", role: "group", "aria-label": title },
    h("div", { class: "xf-title" }, title), h("div", { class: "xf-blanks" }, blanks), problem,
    h("div", { class: "xf-buttons" },
      h("button", { type: "button", class: "xb xb-main", onclick: submit }, button ?? "保存"),
      cancel ? h("button", { type: "button", class: "xb", onclick: leave }, "取消") : ""));
  element.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && cancel) {
      event.stopPropagation();
      leave();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.target.tagName === "INPUT")) {
      event.preventDefault();
      submit();
    }
  });
  return { element, focus: () => [...inputs.values()][0]?.focus(), body };
}

function blank(field, id) {
  const named = { id, class: "xi", placeholder: field.hint || null, autocomplete: "off" };
  if (field.kind === "long") return h("textarea", { ...named, rows: 2, maxlength: 2000 });
  if (field.kind === "date") return h("input", { ...named, type: "date" });
  if (field.kind === "choice") {
    return h("select", named, h("option", { value: "" }, "请选择"),
      field.choices.map((choice) => h("option", { value: choice }, choice)));
  }
  return h("input", { ...named, type: "text", maxlength: 200 });
}
