// A table of findings, students or schools: filter, sort, open, decide one or many. Columns, steps and forms are data.
import { h, settle, settled, shelf } from "./dom.js";
import { Line } from "./line.js";
import { Row } from "./row.js";
import { Bulk } from "./bulk.js";

const FIRST = 20;
const MORE = 100;
const POLL = 45000;

class Table {
  constructor(model, element) {
    this.model = model;
    this.spec = model.get("spec");
    this.mark = this.spec.mark;
    this.chosen = new Set();
    this.sorted = null;
    this.text = "";
    this.filters = new Map();
    this.limit = FIRST;
    this.bulk = this.spec.actions.some((action) => action.bulk);
    this.titled = this.spec.columns.find((column) => column.kind === "open")?.name ?? "";
    this.width = this.spec.columns.length + (this.bulk ? 1 : 0);
    this.line = new Line(model, (entry, reply) => this.heard(entry, reply), () => this.drawAll(true));
    this.rows = new Map();
    this.accept(model.get("rows"));
    this.bar = new Bulk(this);
    this.head = h("thead");
    this.body = h("tbody");
    this.foot = h("div", { class: "xt-foot" });
    this.count = h("span", { class: "xt-count", role: "status" });
    this.element = h("section", { class: "xt xui" }, this.tools(), this.bar.element,
      h("table", { class: "xt-table" }, this.spec.title ? h("caption", null, this.spec.title) : "", this.head, this.body), this.foot);
    element.append(this.element);
    this.drawAll();
    this.line.resume();
    this.timer = setInterval(() => document.visibilityState === "visible" && this.refresh(), POLL + Math.random() * 10000);
    this.onRefresh = () => this.refresh();
    window.addEventListener("xueji-refresh", this.onRefresh);
  }

  close() {
    clearInterval(this.timer);
    window.removeEventListener("xueji-refresh", this.onRefresh);
    this.line.close();
  }

  // ---- data ----

  accept(list) {
    const before = this.rows;
    this.rows = new Map();
    for (const data of list) {
      const known = before.get(data.id);
      if (known) {
        if (JSON.stringify(known.data) !== JSON.stringify(data)) known.update(data);
        this.rows.set(data.id, known);
      } else this.rows.set(data.id, new Row(this, data));
    }
    for (const id of this.chosen) if (!this.rows.has(id)) this.chosen.delete(id);
  }

  heard(entry, reply) {
    for (const data of reply.rows ?? []) this.rows.get(data.id)?.update(data);
    for (const id of entry.about) {
      const row = this.rows.get(id);
      if (!row) continue;
      row.refused = reply.kind === "refused" ? `${entry.label}：${reply.message}` : "";
      if (row.refused && entry.message.op === "step") shelf.put(row.draft(entry.message.action), entry.message.body); // not typed in vain
      if (reply.kind === "saved") row.savedAt = reply.at;
      row.draw();
    }
    window.dispatchEvent(new CustomEvent("xueji-saved"));
  }

  async refresh() {
    try {
      const reply = await this.line.ask({ op: "rows", mark: this.mark });
      this.mark = reply.mark ?? this.mark;
      if (reply.all) {
        this.accept(reply.all);
        this.drawAll();
      }
    } catch {
      /* the line has said so */
    }
  }

  label(action) {
    return this.spec.actions.find((one) => one.name === action)?.label ?? action;
  }

  fieldsOf(action) {
    return (this.spec.actions.find((one) => one.name === action)?.fields ?? []).map((name) => this.spec.fields[name]);
  }

  // ---- choosing ----

  choose(id, on) {
    if (on) this.chosen.add(id);
    else this.chosen.delete(id);
    this.rows.get(id)?.main.classList.toggle("xr-chosen", on);
    this.bar.draw();
    this.drawHead();
  }

  unchoose() {
    const rows = [...this.chosen].map((id) => this.rows.get(id));
    this.chosen.clear();
    for (const row of rows) row?.draw();
    this.drawAll();
  }

  beside(row, step) {
    const list = this.listed.slice(0, this.limit);
    return list[list.indexOf(row) + step];
  }

  // ---- drawing ----

  tools() {
    const search = h("input", { type: "search", class: "xi xt-search", placeholder: "查姓名、班级、说明…", "aria-label": "筛选",
      oninput: settled(150, (event) => { this.text = event.target.value.trim().toLowerCase(); this.limit = FIRST; this.drawAll(); }) });
    const choosers = this.spec.columns.filter((column) => column.choices.length).map((column) =>
      h("select", { class: "xi", "aria-label": `只看${column.label}`, onchange: (event) => {
        if (event.target.value) this.filters.set(column.name, event.target.value);
        else this.filters.delete(column.name);
        this.limit = FIRST;
        this.drawAll();
      } }, h("option", { value: "" }, `${column.label}：全部`), column.choices.map((one) => h("option", { value: one }, one))));
    const waiting = h("button", { type: "button", class: "xb", "aria-pressed": "false", onclick: (event) => {
      this.onlyWaiting = !this.onlyWaiting;
      event.target.setAttribute("aria-pressed", String(this.onlyWaiting));
      this.drawAll();
    } }, `只看${this.spec.waiting}`);
    this.toolbar = h("div", { class: "xt-tools" }, search, choosers, waiting);
    return this.toolbar;
  }

  drawAll(light) {
    if (!this.body) return;
    if (light) {
      for (const row of this.rows.values()) if (row.main.isConnected) row.drawStanding();
      return;
    }
    this.listed = this.order([...this.rows.values()].filter((row) => this.shows(row)));
    const shown = this.listed.slice(0, this.limit);
    settle(this.body, shown.flatMap((row) => [row.main, row.below]));
    this.toolbar.hidden = this.rows.size < 6;
    this.drawHead();
    this.bar.draw();
    const rest = this.listed.length - shown.length;
    this.count.textContent = this.listed.length === this.rows.size ? `共 ${this.rows.size} 条` : `${this.listed.length} / ${this.rows.size} 条`;
    this.foot.replaceChildren(this.rows.size ? this.count : h("p", { class: "faint" }, this.spec.empty));
    if (rest > 0) {
      const more = (number, label) => h("button", { type: "button", class: "xb", onclick: () => { this.limit += number; this.drawAll(); } }, label);
      this.foot.append(more(Math.min(MORE, rest), `再显示 ${Math.min(MORE, rest)} 条`));
      if (rest > MORE) this.foot.append(more(rest, `全部显示（还有 ${rest} 条）`));
    }
  }

  shows(row) {
    if (this.onlyWaiting && !row.data.waiting && !this.line.of(row.data.id)) return false;
    for (const [name, value] of this.filters) if (this.value(row, name) !== value) return false;
    return !this.text || [...Object.values(row.data.cells), row.data.state, ...row.data.marks].join(" ").toLowerCase().includes(this.text);
  }

  value(row, name) {
    return this.spec.columns.find((one) => one.name === name)?.kind === "state" ? row.data.state : row.data.cells[name] ?? "";
  }

  order(rows) {
    if (!this.sorted) return rows;
    const column = this.spec.columns.find((one) => one.name === this.sorted.name);
    const place = (row) => column.choices.indexOf(this.value(row, column.name));
    const compare = column.choices.length ? (a, b) => place(a) - place(b)
      : (a, b) => this.value(a, column.name).localeCompare(this.value(b, column.name), "zh-CN", { numeric: true });
    return rows.sort((a, b) => compare(a, b) * this.sorted.way);
  }

  drawHead() {
    if (!this.head) return;
    const all = h("input", { type: "checkbox", "aria-label": "选中列出的全部", onchange: (event) => {
      for (const row of this.listed) {
        if (event.target.checked) this.chosen.add(row.data.id);
        else this.chosen.delete(row.data.id);
        row.draw();
      }
      this.drawAll();
    } });
    all.checked = this.listed?.length > 0 && this.listed.every((row) => this.chosen.has(row.data.id));
    this.head.replaceChildren(h("tr", null,
      this.bulk ? h("th", { scope: "col", class: "xc-box" }, h("label", { class: "xr-box" }, all, h("span", { class: "xr-all" }, "全选"))) : "",
      this.spec.columns.map((column) => {
        const way = this.sorted?.name === column.name ? this.sorted.way : 0;
        return h("th", { scope: "col", class: `xc-${column.kind}`, "aria-sort": { 1: "ascending", "-1": "descending", 0: "none" }[way] },
          column.kind === "marks" ? column.label
            : h("button", { type: "button", class: "xt-sort", onclick: () => { this.sorted = way === -1 ? null : { name: column.name, way: way === 1 ? -1 : 1 }; this.drawAll(); } },
              column.label, h("span", { "aria-hidden": "true" }, { 1: " ↑", "-1": " ↓", 0: "" }[way])));
      })));
  }
}

export default {
  render({ model, el }) {
    const table = new Table(model, el);
    if (model.xuejiShown) table.refresh(); // shown again in JupyterLab: what the model was made with may be old
    model.xuejiShown = true;
    return () => table.close();
  },
};
