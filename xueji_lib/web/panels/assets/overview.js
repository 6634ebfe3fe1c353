// The head of a school's page: the bar that stays in view, and the summary below it.
import { debounced, tag } from "./dom.js";
import { Outbox } from "./outbox.js";
import { ProgressBar } from "./overview_bar.js";
import { summary } from "./overview_summary.js";
import { announce, pollWhileVisible, REFRESH, SAVED, SAVING_CHANGED, subscribe } from "./page_events.js";
import { widget } from "./widget.js";

const POLL = 45000;
const PAUSE_AFTER_SAVE = 600;

class Overview {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.mark = this.spec.mark; // what Python said the figures were as of
    this.figures = this.spec.figures;
    this.outbox = new Outbox(model);
    this.bar = new ProgressBar({
      school: this.spec.school,
      onRefresh: () => this.refreshPage(),
      onSection: (id) => this.scrollTo(id),
    });
    this.summary = tag("section", { class: "xover xui" });
    element.append(this.summary);
    this.placeBar();
    const refreshSoon = debounced(PAUSE_AFTER_SAVE, () => this.refresh());
    this.stops = [
      subscribe([SAVING_CHANGED], () => this.bar.drawSaving()),
      subscribe([SAVED], refreshSoon),
      pollWhileVisible(POLL, () => this.refresh()),
    ];
    this.draw();
    this.bar.drawSaving();
  }

  close() {
    for (const stop of this.stops) stop();
    this.bar.element.remove();
    this.outbox.close();
  }

  /** On a page of its own the bar goes to the top and stays there; in JupyterLab it stays in its cell. */
  placeBar() {
    const page = document.body.dataset.voila ? document.querySelector("#rendered_cells") : null;
    if (!page) {
      this.summary.before(this.bar.element);
      return;
    }
    page.prepend(this.bar.element);
    const publishHeight = () => {
      document.documentElement.style.setProperty("--bar", `${this.bar.element.offsetHeight}px`);
    };
    new ResizeObserver(publishHeight).observe(this.bar.element);
    document.title = `${this.spec.school} 现场核查`;
  }

  async refreshPage() {
    this.bar.refreshButton.disabled = true;
    announce(REFRESH);
    await this.refresh();
    this.bar.refreshButton.disabled = false;
  }

  async refresh() {
    try {
      const reply = await this.outbox.ask({ op: "figures", mark: this.mark });
      this.mark = reply.mark ?? this.mark;
      if (!reply.figures) return;
      this.figures = reply.figures;
      this.draw();
    } catch {
      /* the bar shows that the connection is gone */
    }
  }

  draw() {
    this.bar.drawFigures(this.figures);
    this.summary.replaceChildren(...summary(this.spec, this.figures, (id) => this.scrollTo(id)));
  }

  scrollTo(id) {
    const target = document.getElementById(id);
    if (!target) return;
    const top = target.getBoundingClientRect().top + window.scrollY - this.bar.element.offsetHeight - 8;
    window.scrollTo({ top });
    target.focus({ preventScroll: true });
  }
}

export default widget((model, element) => new Overview(model, element));
