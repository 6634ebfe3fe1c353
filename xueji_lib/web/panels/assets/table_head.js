// What stands above a table's rows: search, filters, the heads that sort, the box that chooses all.
import { button, debounced, dropDown, tag } from "./dom.js";

const TYPING_PAUSE = 150;
const ARIA_SORT = { 0: "none", 1: "ascending", "-1": "descending" };
const ARROW = { 0: "", 1: " ↑", "-1": " ↓" };

export function tableTools(table) {
  const { view } = table;
  const search = tag("input", {
    type: "search",
    class: "xi xt-search",
    placeholder: "查姓名、班级、说明…",
    "aria-label": "筛选",
    value: view.text,
    oninput: debounced(TYPING_PAUSE, (event) => {
      view.search(event.target.value);
      table.drawAll();
    }),
  });
  const filters = table.spec.columns.filter((column) => column.choices.length);
  return tag(
    "div",
    { class: "xt-tools" },
    search,
    ...filters.map((column) => columnFilter(table, column)),
    ...table.spec.columns.filter((column) => column.picked).map((column) => columnPicker(table, column)),
    table.spec.groups.length ? grouping(table) : "",
    onlyWaitingButton(table),
    table.keyHint,
  );
}

/** What the keyboard does, with the numbers of the steps that most rows allow. */
export function keyHintText(table) {
  const row = [...table.rows.values()].find(({ data }) => data.waiting && Object.keys(data.steps).length);
  if (!row) return "";
  const steps = row.stepNames().map((action, index) => `${index + 1} ${table.labelOf(action)}`);
  return `键盘：↑↓ 换一条，${steps.join("，")}，回车存下`;
}

function columnFilter(table, column) {
  return dropDown([["", `${column.label}：全部`], ...column.choices], "", {
    "aria-label": `只看${column.label}`,
    onchange: (event) => {
      table.view.filter(column.name, event.target.value);
      table.drawAll();
    },
  });
}

/** A filter of the texts that there are in a column now. */
function columnPicker(table, column) {
  const select = columnFilter(table, { ...column, choices: [] });
  select.classList.add("xt-pick");
  const fill = () => {
    const texts = new Set([...table.rows.values()].map((row) => table.view.value(row, column.name)).filter(Boolean));
    const options = [...texts].sort(new Intl.Collator("zh-CN", { numeric: true }).compare);
    const chosen = select.value;
    select.replaceChildren(select.firstChild, ...options.map((text) => tag("option", { value: text }, text)));
    select.value = options.includes(chosen) ? chosen : "";
  };
  select.addEventListener("focus", fill);
  select.addEventListener("pointerdown", fill);
  return select;
}

function grouping(table) {
  const { groups } = table.spec;
  const options = [["", "不合并"], ...groups.map((group) => [group.label, `同一${group.label}的在一起`])];
  return dropDown(options, table.view.group?.label ?? "", {
    "aria-label": "哪些放在一起",
    onchange: (event) => {
      table.view.group = groups.find((group) => group.label === event.target.value) ?? null;
      table.drawAll();
    },
  });
}

function onlyWaitingButton(table) {
  const toggle = (event) => {
    table.view.onlyWaiting = !table.view.onlyWaiting;
    event.target.setAttribute("aria-pressed", String(table.view.onlyWaiting));
    table.drawAll();
  };
  return button(`只看${table.spec.waiting}`, toggle, { "aria-pressed": "false" });
}

export function tableHeadRow(table) {
  return tag(
    "tr",
    null,
    table.hasBulk ? chooseAllCell(table) : "",
    ...table.spec.columns.map((column) => columnHead(table, column)),
  );
}

function chooseAllCell(table) {
  const box = tag("input", {
    type: "checkbox",
    "aria-label": "选中列出的全部",
    onchange: (event) => table.chooseListed(event.target.checked),
  });
  box.checked = table.listed.length > 0 && table.listed.every((row) => table.chosenIds.has(row.data.id));
  const label = tag("label", { class: "xr-box" }, box, tag("span", { class: "xr-all" }, "全选"));
  return tag("th", { scope: "col", class: "xc-box" }, label);
}

function columnHead(table, column) {
  const direction = table.view.sortDirection(column.name);
  const attributes = { scope: "col", class: `xc-${column.kind}`, "aria-sort": ARIA_SORT[direction] };
  if (column.kind === "marks") return tag("th", attributes, column.label);
  const sort = () => {
    table.view.turnSort(column.name);
    table.drawAll();
  };
  const sorter = button(column.label, sort, { class: "xt-sort" });
  sorter.append(tag("span", { "aria-hidden": "true" }, ARROW[direction]));
  return tag("th", attributes, sorter);
}
