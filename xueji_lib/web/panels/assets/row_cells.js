// The cells of a row: text, a tag, marks, the button that opens the row, the drop-down of steps.
import { button, dropDown, mainButton, tag } from "./dom.js";
import { handleOpenerKey, handleStateKey } from "./row_keys.js";

export function checkboxCell(row) {
  const box = tag("input", {
    type: "checkbox",
    "data-part": "box",
    "aria-label": "选中这一条",
    onchange: (event) => row.table.choose(row.data.id, event.target.checked),
  });
  box.checked = row.table.chosenIds.has(row.data.id);
  return tag("td", { class: "xc-box" }, tag("label", { class: "xr-box" }, box));
}

export function columnCell(row, column) {
  const text = row.data.cells[column.name] ?? "";
  const narrow = column.narrow ? ` xc-narrow${isLong(text) ? " xc-long" : ""}` : "";
  const blank = text ? "" : " xc-blank";
  const attributes = { class: `xc xc-${column.kind}${narrow}${blank}`, "data-label": column.label };
  switch (column.kind) {
    case "open":
      return tag("td", attributes, openingButton(row, text), smallPrint(row.data.cells[column.below]));
    case "tag":
      return tag("td", attributes, text ? tag("span", { class: `xtag xtag-${text}` }, text) : "");
    case "marks":
      return tag(
        "td",
        attributes,
        ...row.data.marks.map((mark) => tag("span", { class: `xmark xmark-${mark}` }, mark)),
      );
    case "state":
      return tag("td", { ...attributes, class: "xc xc-state" }, stateOrSteps(row), confirming(row), savingStatus(row));
    default:
      return tag("td", attributes, text);
  }
}

/** Wider than ten Chinese characters: the one long name must not push the other columns off the page. */
function isLong(text) {
  return text.length > 10 && [...text].reduce((width, character) => width + (character > "\u2e7f" ? 2 : 1), 0) > 20;
}

function smallPrint(text) {
  return text ? tag("div", { class: "xr-evidence faint" }, text) : "";
}

function openingButton(row, text) {
  return button(text || "（无标题）", () => row.toggle(), {
    class: "xr-open",
    "data-part": "open",
    "aria-expanded": String(row.open),
    onkeydown: (event) => handleOpenerKey(row, event),
  });
}

/** The state as text where the row allows no step, else the drop-down of steps, on the step under way. */
function stateOrSteps(row) {
  const { state, steps, cells } = row.data;
  if (!Object.keys(steps).length) return tag("span", { class: `xstate xstate-${state}` }, state);
  const underWay = stepUnderWay(row);
  const choices = [state, ...row.stepNames()];
  const options = choices.map((action) => [action, action === state ? action : row.table.labelOf(action)]);
  const select = dropDown(options, choices.includes(underWay) ? underWay : state, {
    class: `xi xstate xstate-${underWay || state}`,
    "data-part": "state",
    "aria-label": `处理：${Object.values(cells).filter(Boolean).slice(0, 3).join(" ")}`,
    "aria-disabled": String(row.outboxEntry()?.state === "saving"),
    onkeydown: (event) => handleStateKey(row, event),
  });
  let byPointer = false; // who points at a step that asks for something goes on in its form
  select.addEventListener("pointerdown", () => (byPointer = true));
  select.addEventListener("keydown", () => (byPointer = false));
  select.addEventListener("change", () => {
    row.focusPart = "state";
    row.chooseStep(select.value);
    if (byPointer) row.form?.focus();
  });
  return select;
}

/** The step that is being saved, or that is chosen. */
function stepUnderWay(row) {
  const entry = row.outboxEntry();
  return entry && entry.state !== "conflict" ? entry.message.action : row.choice;
}

/** What saves a chosen step that asks for nothing; a form has buttons of its own. */
function confirming(row) {
  if (!row.isReady()) return "";
  const label = row.table.labelOf(row.choice);
  return tag(
    "div",
    { class: "xr-confirm" },
    mainButton("确定", () => row.confirmChoice(), { "data-part": "confirm", "aria-label": `确定：${label}` }),
    button("取消", () => row.cancelChoice(), { "data-part": "cancel", "aria-label": `取消：${label}` }),
  );
}

function savingStatus(row) {
  const entry = row.outboxEntry();
  if (row.isReady()) return status("chosen", "选了，还没有存");
  if (entry?.state === "saving") return status("saving", "正在存…");
  if (entry?.state === "failed") {
    const attributes = { class: "xb xb-small", title: entry.why };
    return status(
      "failed",
      "没存上 ",
      button("重试", () => row.table.outbox.resend(), attributes),
    );
  }
  if (entry?.state === "conflict") return status("failed", "有冲突，见下");
  if (row.refusal) return status("failed", "没存，见下");
  return row.saved ? status("saved", row.saved) : "";
}

function status(kind, ...content) {
  return tag("div", { class: `xs xs-${kind}`, role: "status" }, ...content);
}
