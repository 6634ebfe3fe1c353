// One row: its cells, the drop-down of steps, how its last change stands, and what opens below it.
import { h, settle, shelf } from "./dom.js";
import { form } from "./form.js";
import { blocks } from "./detail.js";

export class Row {
  constructor(table, data) {
    this.table = table;
    this.data = data;
    this.savedAt = "";
    this.refused = "";
    this.open = false;
    this.form = null;
    this.main = h("tr", { class: "xr", "data-id": data.id });
    this.room = h("td", { colspan: table.width });
    this.below = h("tr", { class: "xr-below", hidden: true }, this.room);
    this.draw();
    const drafted = Object.keys(data.steps).find((name) => shelf.get(this.draft(name)));
    if (drafted) this.ask(drafted, false);
  }

  draft(action) {
    return `${this.table.line.prefix}draft:${this.data.id}:${action}`;
  }

  /** Draws only where how the last change stands is another: a drop-down that is open stays open. */
  drawStanding() {
    const entry = this.table.line.of(this.data.id);
    if (this.standing !== (entry ? `${entry.message.n}${entry.state}` : "")) this.draw();
  }

  update(data) {
    this.data = data;
    this.draw();
    if (this.open) this.load();
  }

  // ---- the row itself ----

  draw() {
    const { spec, chosen } = this.table;
    const entry = this.table.line.of(this.data.id);
    this.standing = entry ? `${entry.message.n}${entry.state}` : "";
    const focused = this.main.contains(document.activeElement) ? document.activeElement.dataset.part : "";
    const box = h("input", {
      type: "checkbox", "data-part": "box", "aria-label": "选中这一条",
      onchange: (event) => this.table.choose(this.data.id, event.target.checked),
    });
    box.checked = chosen.has(this.data.id);
    this.main.classList.toggle("xr-waiting", this.data.waiting);
    this.main.classList.toggle("xr-chosen", box.checked);
    this.main.replaceChildren(
      ...(this.table.bulk ? [h("td", { class: "xc-box" }, h("label", { class: "xr-box" }, box))] : []),
      ...spec.columns.map((column) => this.cell(column)));
    if (focused) this.main.querySelector(`[data-part="${focused}"]`)?.focus();
    this.drawBelow();
  }

  cell(column) {
    const text = this.data.cells[column.name] ?? "";
    const shown = { class: `xc xc-${column.kind}${column.narrow ? " xc-narrow" : ""}${text ? "" : " xc-blank"}`, "data-label": column.label };
    if (column.kind === "open") {
      return h("td", shown, h("button", {
        type: "button", class: "xr-open", "data-part": "open", "aria-expanded": String(this.open), onclick: () => this.toggle(),
        onkeydown: (event) => this.keys(event),
      }, text || "（无标题）"));
    }
    if (column.kind === "tag") return h("td", shown, text ? h("span", { class: `xtag xtag-${text}` }, text) : "");
    if (column.kind === "marks") return h("td", shown, this.data.marks.map((mark) => h("span", { class: `xmark xmark-${mark}` }, mark)));
    if (column.kind === "state") return h("td", { ...shown, class: "xc xc-state" }, this.stateCell(), this.status());
    return h("td", shown, text);
  }

  stateCell() {
    const steps = Object.keys(this.data.steps);
    const entry = this.table.line.of(this.data.id);
    const pending = entry && entry.state !== "conflict" ? entry.message.action : this.form?.action;
    const names = [this.data.state, ...steps.filter((name) => name !== this.data.state)];
    if (!steps.length) return h("span", { class: `xstate xstate-${this.data.state}` }, this.data.state);
    const select = h("select", {
      class: `xi xstate xstate-${pending ?? this.data.state}`, "data-part": "state",
      "aria-label": `处理：${Object.values(this.data.cells).filter(Boolean).slice(0, 3).join(" ")}`,
      onchange: (event) => this.ask(event.target.value, true),
    }, names.map((name) => h("option", { value: name }, name === this.data.state ? name : this.table.label(name))));
    select.value = pending && names.includes(pending) ? pending : this.data.state;
    select.disabled = entry?.state === "saving";
    return select;
  }

  status() {
    const entry = this.table.line.of(this.data.id);
    const place = (kind, ...what) => h("div", { class: `xs xs-${kind}`, role: "status" }, ...what);
    if (entry?.state === "saving") return place("saving", "正在存…");
    if (entry?.state === "failed") {
      return place("failed", "没存上 ", h("button", { type: "button", class: "xb xb-small", title: entry.why,
        onclick: () => this.table.line.resend() }, "重试"));
    }
    if (entry?.state === "conflict") return place("failed", "有冲突，见下");
    if (this.refused) return place("failed", "没存，见下");
    return this.savedAt ? place("saved", `已存 ${this.savedAt}`) : "";
  }

  keys(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.table.beside(this, step)?.main.querySelector(".xr-open").focus();
    } else if (event.key === "Escape" && this.open) this.toggle();
  }

  // ---- taking a step ----

  /** A step that needs nothing is saved at once; another asks for what it needs. */
  ask(action, now) {
    this.refused = "";
    const needs = this.data.steps[action];
    if (!needs) {
      this.form = null;
      this.draw();
      return;
    }
    if (!needs.length && now && action !== this.data.state) {
      this.form = null;
      this.take(action, {});
      return;
    }
    const { seen } = this.data; // what is before the eyes as the form opens: a change by someone else meanwhile is a conflict
    const made = form({
      fields: this.table.fieldsOf(action), needs, draft: this.draft(action),
      title: `${this.data.state} → ${this.table.label(action)}：${this.data.cells[this.table.titled] ?? ""}`,
      done: (body) => { this.form = null; this.take(action, body, seen); },
      cancel: () => { this.form = null; this.draw(); this.main.querySelector("[data-part=state]")?.focus(); },
    });
    this.form = { action, ...made };
    this.draw();
    if (now) made.focus();
  }

  take(action, body, seen = this.data.seen) {
    this.table.line.save({ op: "step", id: this.data.id, seen, action, body }, [this.data.id], this.table.label(action));
    this.draw();
  }

  undo() {
    this.table.line.save({ op: "undo", id: this.data.id, seen: this.data.seen }, [this.data.id], "撤销");
    this.draw();
  }

  // ---- below the row ----

  toggle() {
    this.open = !this.open;
    this.draw();
    if (this.open) this.load();
  }

  async load() {
    try {
      const reply = await this.table.line.ask({ op: "open", id: this.data.id });
      this.told(reply);
    } catch (error) {
      this.details = [h("p", { class: "xs-failed" }, `打不开：${error.message}`)];
      this.drawBelow();
    }
  }

  told(reply) {
    const context = { line: this.table.line, id: this.data.id, upload: this.table.spec.upload, told: (more) => this.told(more) };
    this.details = reply.blocks ? blocks(reply.blocks, context) : [h("p", { class: "xs-failed" }, reply.message)];
    this.drawBelow();
  }

  drawBelow() {
    const parts = [];
    const entry = this.table.line.of(this.data.id);
    if (entry?.state === "conflict") parts.push(this.conflict(entry));
    if (entry?.state === "failed") parts.push(h("p", { class: "xnote bad" }, `${entry.why ?? ""}。已留在这台电脑上，会自动再存。`));
    if (this.refused) parts.push(h("p", { class: "xnote bad", role: "alert" }, this.refused));
    if (this.form) parts.push(this.form.element);
    if (this.open) {
      parts.push(h("dl", { class: "xd" }, this.details ?? [h("p", { class: "faint" }, "正在打开…")]));
      const again = this.data.steps[this.data.state];
      parts.push(h("div", { class: "xf-buttons" },
        again && !entry ? h("button", { type: "button", class: "xb", onclick: () => this.ask(this.data.state, true) }, "补写或改说明") : "",
        this.data.undo && !entry ? h("button", { type: "button", class: "xb", onclick: () => this.undo() }, "撤销上一步") : "",
        h("button", { type: "button", class: "xb", onclick: () => { this.toggle(); this.main.querySelector(".xr-open").focus(); } }, "收起")));
    }
    this.below.hidden = !parts.length;
    settle(this.room, parts);
  }

  /** Both versions side by side; a person chooses. */
  conflict(entry) {
    const { message } = entry;
    const mine = Object.values(message.body ?? {}).filter(Boolean).join("；");
    const redo = () => {
      this.table.line.drop(entry);
      if (message.op === "undo") this.undo();
      else if (this.data.steps[message.action]) {
        const needs = this.data.steps[message.action].filter((name) => !message.body[name]);
        if (needs.length) {
          shelf.put(this.draft(message.action), message.body);
          this.ask(message.action, true);
        } else this.take(message.action, message.body);
      } else {
        this.refused = `现在是“${this.data.state}”，不能再改成“${this.table.label(message.action)}”`;
        this.draw();
      }
    };
    return h("div", { class: "xconflict", role: "alert" }, h("p", null, entry.why ?? ""),
      h("div", { class: "xconflict-sides" },
        h("div", null, h("b", null, "现在的"), h("p", null, `${this.data.state}`),
          h("p", { class: "faint" }, [this.data.cells.note, this.data.cells.who].filter(Boolean).join(" · "))),
        h("div", null, h("b", null, "您刚才的"), h("p", null, entry.label), h("p", { class: "faint" }, mine))),
      h("div", { class: "xf-buttons" },
        h("button", { type: "button", class: "xb", onclick: () => { this.table.line.drop(entry); this.draw(); } }, "保留现在的"),
        h("button", { type: "button", class: "xb xb-main", onclick: redo }, "改用我的")));
  }
}
