// A piece of a page that Python lays out: made anew when something was decided, with links into the same page.
import { debounced, tag } from "./dom.js";
import { Outbox } from "./outbox.js";
import { announce, pollWhileVisible, REFRESH, SAVED, SHOW_ROW, subscribe } from "./page_events.js";
import { showHtml } from "./shown_html.js";
import { goTo, skipLinks } from "./skip_links.js";
import { widget } from "./widget.js";

const PAUSE = 700; // milliseconds after a decision, so that several make one question
const POLL = 50000;
const PATIENCE = 60000; // milliseconds: the figures of a county take a while

class LivePiece {
  constructor(model, element) {
    const { mark, html, skips } = model.get("spec");
    this.mark = mark; // what Python said the piece was as of
    this.outbox = new Outbox(model);
    this.content = tag("div", { onclick: (event) => followLink(event) });
    showHtml(this.content, html);
    element.append(skips.length ? tag("div", { class: "xui" }, skipLinks(skips)) : "", this.content);
    const refreshSoon = debounced(PAUSE, () => this.refresh());
    this.stops = [subscribe([REFRESH, SAVED], refreshSoon), pollWhileVisible(POLL, () => this.refresh())];
  }

  close() {
    for (const stop of this.stops) stop();
    this.outbox.close();
  }

  async refresh() {
    try {
      const reply = await this.outbox.ask({ op: "html", mark: this.mark }, { patience: PATIENCE });
      this.mark = reply.mark ?? this.mark;
      if (reply.html) showHtml(this.content, reply.html);
    } catch {
      /* the next question asks again */
    }
  }
}

/** A link to a part of the page, or to a row of one of its tables (`data-row`), scrolls to it and gives it the focus;
 * the address stays. */
function followLink(event) {
  const link = event.target.closest('a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  if (link.dataset.row) {
    announce(SHOW_ROW, link.dataset.row);
    return;
  }
  goTo(document.getElementById(link.getAttribute("href").slice(1)));
}

export default widget((model, element) => new LivePiece(model, element));
