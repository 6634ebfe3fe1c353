// One line below a form: what is being done, and what became of it.
import { tag } from "./dom.js";

export class StatusLine {
  constructor() {
    this.element = tag("p", { class: "xs xs-saved", role: "status" });
  }

  /** `kind`: saving, saved or failed. */
  say(text, kind) {
    this.element.className = `xs xs-${kind}`;
    this.element.textContent = text;
  }

  showReply(reply) {
    if (reply.kind === "saved") this.say(`已存 ${reply.at}`, "saved");
    else this.say(`没有存：${reply.message}`, "failed");
  }
}
