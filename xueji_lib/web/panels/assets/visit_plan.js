// 督查方案 on the bureau's page: a form for a new plan, the plans there are, one of them with its progress.
import { button, debounced, dropDown, tag } from "./dom.js";
import { Outbox } from "./outbox.js";
import { pollWhileVisible, REFRESH, SAVED, subscribe } from "./page_events.js";
import { PlanForm } from "./plan_form.js";
import { fetchFile } from "./save_file.js";
import { showHtml } from "./shown_html.js";
import { widget } from "./widget.js";

const POLL = 60000;
const PAUSE_BEFORE_REFRESH = 1500;
const PATIENCE = 60000;

class VisitPlan {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.mark = this.spec.mark;
    this.state = this.spec.state;
    this.outbox = new Outbox(model);
    this.form = new PlanForm(this);
    this.shown = tag("div", { class: "xplan-shown" });
    this.told = tag("p", { role: "status", class: "xs-saved" });
    this.chooser = tag("div", { class: "xf-buttons xplan-choose" });
    element.append(tag("section", { class: "xplan xui" }, this.form.element, this.chooser, this.told), this.shown);
    this.draw();
    const refreshSoon = debounced(PAUSE_BEFORE_REFRESH, () => this.refresh());
    this.unsubscribe = subscribe([REFRESH, SAVED], refreshSoon);
    this.stopPolling = pollWhileVisible(POLL, () => this.refresh());
  }

  close() {
    this.unsubscribe();
    this.stopPolling();
    this.outbox.close();
  }

  seen() {
    return this.state.seen;
  }

  accept(reply) {
    this.mark = reply.mark ?? this.mark;
    this.state = reply.state;
    this.draw();
  }

  async refresh(drawn = this.state.shown, mark = this.mark) {
    try {
      const reply = await this.outbox.ask({ op: "state", drawn, mark }, { patience: PATIENCE });
      if (reply.state) this.accept(reply);
    } catch {
      /* the bar shows that the connection is gone */
    }
  }

  draw() {
    const { plans, shown, html } = this.state;
    const choices = plans.map(([drawn, label]) => [String(drawn), label]).toReversed();
    const select = dropDown(choices, String(shown), {
      "aria-label": "看哪一次方案",
      onchange: () => this.refresh(Number(select.value), ""),
    });
    const papers = this.spec.papers.map((name) => button(`下载 ${name}`, () => this.download(name)));
    this.chooser.replaceChildren(
      ...(plans.length ? [select, ...papers] : [tag("p", { class: "faint" }, "还没有方案。")]),
    );
    showHtml(this.shown, html);
  }

  async download(name) {
    this.told.textContent = "正在做…";
    const message = { op: "paper", drawn: this.state.shown, name };
    this.told.textContent = (await fetchFile(this.outbox, message, PATIENCE)).text;
  }
}

export default widget((model, element) => new VisitPlan(model, element));
