// A long list to read: Python searches, filters and sorts, the page shows what it answers.
import { button, debounced, dropDown, tag } from "./dom.js";
import { Outbox } from "./outbox.js";
import { pollWhileVisible, REFRESH, SAVED, subscribe } from "./page_events.js";
import { fetchFile } from "./save_file.js";
import { widget } from "./widget.js";

const PAUSE_OF_TYPING = 200;
const PAUSE_AFTER_SAVE = 900;
const POLL = 55000;
const PATIENCE = 60000; // milliseconds: thousands of rows take a while
const MORE = 100;
const SORTED = { 0: "none", 1: "ascending", "-1": "descending" };
const SIGN = { 0: "", 1: " ↑", "-1": " ↓" };

class LongList {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.outbox = new Outbox(model);
    this.query = { text: "", filters: {}, sort: "", down: 0, many: this.spec.shown };
    this.pickers = new Map(); // column → its drop-down
    this.head = tag("thead");
    this.body = tag("tbody");
    this.foot = tag("div", { class: "xl-foot" });
    this.state = tag("span", { class: "xl-count", role: "status" });
    element.append(this.build());
    this.draw(this.spec.first);
    const refreshSoon = debounced(PAUSE_AFTER_SAVE, () => this.ask(true));
    this.stops = [subscribe([REFRESH, SAVED], refreshSoon), pollWhileVisible(POLL, () => this.ask(true))];
  }

  close() {
    for (const stop of this.stops) stop();
    this.outbox.close();
  }

  build() {
    const search = tag("input", {
      type: "search",
      class: "xi xl-search",
      placeholder: "查校名、姓名、问题…",
      "aria-label": "查找",
      oninput: debounced(PAUSE_OF_TYPING, () => this.change({ text: search.value })),
    });
    for (const column of this.spec.columns.filter((one) => one.picked)) this.pickers.set(column, this.picker(column));
    const clear = button("全部列出", () => {
      search.value = "";
      for (const picker of this.pickers.values()) picker.value = "";
      this.change({ text: "", filters: {}, sort: "", down: 0 });
    });
    return tag(
      "section",
      { class: "xl xui" },
      tag("div", { class: "xl-tools" }, search, ...this.pickers.values(), clear),
      tag(
        "div",
        { class: "xl-scroll", tabindex: 0, role: "region", "aria-label": this.spec.name },
        tag("table", null, this.head, this.body),
      ),
      this.foot,
    );
  }

  picker(column) {
    return dropDown([["", `${column.label}：全部`]], "", {
      "aria-label": `只看${column.label}`,
      onchange: (event) => this.change({ filters: { ...this.query.filters, [column.name]: event.target.value } }),
    });
  }

  change(part) {
    this.query = { ...this.query, many: this.spec.shown, ...part };
    this.ask();
  }

  /** `ifChanged`: only where something was decided since. */
  async ask(ifChanged = false) {
    const asked = this.query;
    const mark = ifChanged ? this.mark : "";
    try {
      const reply = await this.outbox.ask({ op: "query", ...asked, mark }, { patience: PATIENCE });
      if (reply.rows && asked === this.query) this.draw(reply);
      else if (reply.message) this.state.textContent = reply.message;
    } catch (error) {
      if (!ifChanged) this.state.textContent = `没有列出：${error.message}`;
    }
  }

  async export() {
    this.state.textContent = "正在做…";
    this.state.textContent = (await fetchFile(this.outbox, { op: "export", ...this.query }, PATIENCE)).text;
  }

  draw({ rows, listed, total, choices, mark }) {
    this.mark = mark;
    for (const [column, picker] of this.pickers) {
      const chosen = this.query.filters[column.name] ?? "";
      const options = choices[column.name].map((text) => tag("option", { value: text }, text));
      picker.replaceChildren(picker.firstChild, ...options);
      picker.value = chosen;
    }
    this.drawHead();
    this.body.replaceChildren(...rows.map((row) => this.row(row)));
    const { unit, empty } = this.spec;
    const counted = listed === total ? `共 ${total} ${unit}` : `${listed} / ${total} ${unit}`;
    this.state.textContent = listed ? counted : total ? `没有合条件的，共 ${total} ${unit}` : empty;
    const left = listed - rows.length;
    this.foot.replaceChildren(
      this.state,
      left > 0 ? button(`再显示 ${Math.min(MORE, left)} ${unit}`, () => this.change({ many: rows.length + MORE })) : "",
      listed ? button(`导出列出的 ${listed} ${unit}`, () => this.export()) : "",
    );
  }

  drawHead() {
    const focused = this.head.contains(document.activeElement) ? document.activeElement.dataset.column : "";
    this.head.replaceChildren(tag("tr", null, ...this.spec.columns.map((column) => this.headCell(column))));
    if (focused) this.head.querySelector(`[data-column="${focused}"]`)?.focus();
  }

  headCell({ name, label, kind }) {
    const direction = this.query.sort === name ? 1 - 2 * this.query.down : 0;
    const first = kind === "number" ? 1 : 0; // the most first: who sorts numbers looks for the worst
    const turn = () => this.change({ sort: name, down: direction ? Number(direction === 1) : first });
    const sorter = button(label, turn, { class: "xl-sort", "data-column": name });
    sorter.append(tag("span", { "aria-hidden": "true" }, SIGN[direction]));
    return tag("th", { scope: "col", class: `xl-${kind}`, "aria-sort": SORTED[direction] }, sorter);
  }

  row(row) {
    return tag("tr", null, ...this.spec.columns.map((column) => listCell(row, column)));
  }
}

function listCell(row, { name, label, kind, wide }) {
  const text = row[name] === null ? "—" : String(row[name]);
  const attributes = { class: `xl-${kind}${text ? "" : " xl-blank"}${wide ? " xl-wide" : ""}`, "data-label": label };
  if (kind === "link" && row.href) {
    const link = tag(
      "a",
      { href: row.href, class: "xl-new-tab", target: "_blank", rel: "noopener", title: "另开一页" },
      text,
    );
    return tag("td", attributes, link);
  }
  if (kind === "tag" && text) return tag("td", attributes, tag("span", { class: `xtag xtag-${text}` }, text));
  return tag("td", attributes, text);
}

export default widget((model, element) => new LongList(model, element));
