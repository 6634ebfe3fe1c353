// A table to work in: filter, sort, open, decide one or many. Columns, steps and forms are data.
import { BulkBar } from "./bulk.js";
import { decisionBar } from "./decision_bar.js";
import { button, setChildren, tag } from "./dom.js";
import { showLinkedRow } from "./linked_row.js";
import { Outbox } from "./outbox.js";
import { announce, pollWhileVisible, REFRESH, SAVED, SHOW_ROW, subscribe } from "./page_events.js";
import { Row } from "./row.js";
import { goTo } from "./skip_links.js";
import { TableGroups } from "./table_groups.js";
import { keyHintText, tableHeadRow, tableTools } from "./table_head.js";
import { TableView } from "./table_view.js";
import { widget } from "./widget.js";

const MORE_ROWS = 100;
const SMALL_TABLE = 6; // so few rows need no search
const POLL = 45000;
const POLL_SPREAD = 10000; // milliseconds by which the tables of a page are out of step

class Table {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.mark = this.spec.mark; // what Python said the rows were as of
    this.hasBulk = this.spec.actions.some((action) => action.bulk);
    this.titleColumn = this.spec.columns.find((column) => column.kind === "open")?.name ?? "";
    this.columnCount = this.spec.columns.length + (this.hasBulk ? 1 : 0);
    this.chosenIds = new Set();
    this.view = new TableView(this.spec.columns);
    this.groups = new TableGroups(this);
    this.rows = new Map(); // id → Row, in Python's order
    this.listed = []; // rows that pass search and filters, in the order of the page
    this.outbox = new Outbox(
      model,
      (entry, reply) => this.showReply(entry, reply),
      () => this.drawStandings(),
    );
    this.acceptRows(model.get("rows"));
    this.build(element);
    this.drawAll();
    this.outbox.resume();
    showLinkedRow(this);
    this.stops = [
      pollWhileVisible(POLL + Math.random() * POLL_SPREAD, () => this.refresh()),
      subscribe([REFRESH], () => this.refresh()),
      subscribe([SHOW_ROW], (event) => this.show(event.detail)),
    ];
  }

  close() {
    decisionBar().publish(this, []);
    for (const stop of this.stops) stop();
    this.outbox.close();
  }

  // ---- data ----

  acceptRows(plainRows) {
    const before = this.rows;
    this.rows = new Map();
    for (const data of plainRows) {
      const row = before.get(data.id) ?? new Row(this, data);
      if (row.data !== data && JSON.stringify(row.data) !== JSON.stringify(data)) row.update(data);
      this.rows.set(data.id, row);
    }
    for (const id of this.chosenIds) if (!this.rows.has(id)) this.chosenIds.delete(id);
  }

  showReply(entry, reply) {
    for (const data of reply.rows ?? []) this.rows.get(data.id)?.update(data);
    for (const id of entry.about) this.rows.get(id)?.showReply(entry, reply);
    if (reply.kind === "saved") this.offerUndo(entry);
    announce(SAVED);
  }

  /** Says at the foot of the page what was saved; the way back is there where every row of it has one. */
  offerUndo(entry) {
    const rows = entry.about.map((id) => this.rows.get(id)).filter(Boolean);
    if (entry.message.op.startsWith("undo")) decisionBar().saved(`已撤销 ${rows.length} 条。`, null);
    else if (rows.length && rows.every((row) => row.data.undo)) {
      decisionBar().saved(`已存：${entry.label}，${rows.length} 条。`, () => this.undo(rows));
    }
  }

  /** Takes back the last step of each of the rows, all or none. */
  undo(rows) {
    if (rows.length === 1) {
      rows[0].undo();
      return;
    }
    const chosen = Object.fromEntries(rows.map((row) => [row.data.id, row.data.seen]));
    this.outbox.save({ op: "undo_many", chosen }, Object.keys(chosen), "撤销");
    this.drawStandings();
  }

  /** Tells the foot of the page which rows are chosen and not confirmed. */
  drawDecisions() {
    decisionBar().publish(
      this,
      [...this.rows.values()].filter((row) => row.isReady()),
    );
  }

  async refresh() {
    try {
      const reply = await this.outbox.ask({ op: "rows", mark: this.mark });
      this.mark = reply.mark ?? this.mark;
      if (!reply.all) return;
      this.acceptRows(reply.all);
      this.drawAll();
    } catch {
      /* the bar shows that the connection is gone */
    }
  }

  labelOf(actionName) {
    return this.spec.actions.find(({ name }) => name === actionName)?.label ?? actionName;
  }

  fieldsOf(actionName) {
    const names = this.spec.actions.find(({ name }) => name === actionName)?.fields ?? [];
    return names.map((name) => this.spec.fields[name]);
  }

  // ---- choosing ----

  choose(id, chosen) {
    if (chosen) this.chosenIds.add(id);
    else this.chosenIds.delete(id);
    this.rows.get(id)?.element.classList.toggle("xr-chosen", chosen);
    this.bulkBar.draw();
    this.drawHead();
  }

  /** Adds the rows to those that are chosen. */
  chooseRows(rows) {
    for (const row of rows) {
      this.chosenIds.add(row.data.id);
      row.draw();
    }
    this.bulkBar.draw();
    this.drawHead();
  }

  chooseListed(chosen) {
    for (const row of this.listed) {
      if (chosen) this.chosenIds.add(row.data.id);
      else this.chosenIds.delete(row.data.id);
      row.draw();
    }
    this.drawAll();
  }

  chooseNone() {
    const rows = [...this.chosenIds].map((id) => this.rows.get(id));
    this.chosenIds.clear();
    for (const row of rows) row?.draw();
    this.drawAll();
  }

  /** What search and filters hide is not chosen: nobody decides what he does not see listed. */
  dropHiddenChoices() {
    const listedIds = new Set(this.listed.map((row) => row.data.id));
    for (const id of this.chosenIds) {
      if (listedIds.has(id)) continue;
      this.chosenIds.delete(id);
      this.rows.get(id)?.draw();
    }
  }

  // ---- drawing ----

  build(element) {
    this.bulkBar = new BulkBar(this);
    this.keyHint = tag("p", { class: "xt-keys faint" });
    this.tools = tableTools(this);
    this.head = tag("thead");
    this.body = tag("tbody");
    this.foot = tag("div", { class: "xt-foot" });
    this.count = tag("span", { class: "xt-count", role: "status" });
    const caption = this.spec.title ? tag("caption", null, this.spec.title) : "";
    const grid = tag("table", { class: "xt-table" }, caption, this.head, this.body);
    element.append(tag("section", { class: "xt xui" }, this.tools, this.bulkBar.element, grid, this.foot));
  }

  shownRows() {
    return this.listed.slice(0, this.view.limit);
  }

  /** Brings a row of this table into view, whatever was searched for, and gives it the focus. */
  show(id) {
    const row = this.rows.get(id);
    if (!row) return;
    if (!this.listed.includes(row)) {
      this.view.reset();
      const tools = tableTools(this);
      this.tools.replaceWith(tools);
      this.tools = tools;
      this.drawAll();
    }
    this.view.limit = Math.max(this.view.limit, this.listed.indexOf(row) + 1);
    this.drawAll();
    goTo(row.element.querySelector(".xr-open"));
  }

  drawAll() {
    const focusedAt = this.shownRows().findIndex(({ element }) => element.contains(document.activeElement));
    this.listed = this.groups.inOrder(this.view.listed([...this.rows.values()]));
    this.dropHiddenChoices();
    setChildren(this.body, this.groups.elements(this.shownRows()));
    if (focusedAt >= 0 && !this.body.contains(document.activeElement)) this.shownRows().at(focusedAt)?.focus("open");
    this.tools.hidden = this.rows.size < SMALL_TABLE;
    this.keyHint.textContent = keyHintText(this);
    this.drawHead();
    this.bulkBar.draw();
    this.drawFoot();
  }

  /** How the last changes stand, and nothing else: whoever types or chooses is not disturbed. */
  drawStandings() {
    for (const row of this.rows.values()) if (row.element.isConnected) row.drawStanding();
  }

  drawHead() {
    this.head.replaceChildren(tableHeadRow(this));
  }

  drawFoot() {
    const total = this.rows.size;
    const filtered = this.listed.length !== total;
    this.count.textContent = filtered ? `${this.listed.length} / ${total} 条` : `共 ${total} 条`;
    this.foot.replaceChildren(total ? this.count : tag("p", { class: "faint" }, this.spec.empty));
    const hidden = this.listed.length - this.shownRows().length;
    const next = Math.min(MORE_ROWS, hidden);
    if (hidden > 0) this.foot.append(this.moreButton(next, `再显示 ${next} 条`));
    if (hidden > MORE_ROWS) this.foot.append(this.moreButton(hidden, `全部显示（还有 ${hidden} 条）`));
  }

  moreButton(rowCount, label) {
    const show = () => {
      this.view.limit += rowCount;
      this.drawAll();
    };
    return button(label, show);
  }
}

export default widget((model, element) => new Table(model, element));
