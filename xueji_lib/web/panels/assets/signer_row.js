// One line of who signs the record: how it stands, and the ways to sign it.
import { button, faint, mainButton, tag } from "./dom.js";
import { SignaturePad } from "./signature_pad.js";

const LONGEST_NAME = 30;

export class SignerRow {
  /** `panel`: what signs (`sign(line, {way, name, note}, drawing)`), knows what waits (`waitingAbout(id)`) and which
   * form is open (`openForm`, `showForm(form)`). */
  constructor(panel, line) {
    this.panel = panel;
    this.line = line;
    this.value = panel.state.value; // of the content that is on the screen: what is signed
    this.id = `${line.signer}/${line.name}`;
    this.element = tag("li", { class: "xrec-signer", "data-signer": line.signer });
  }

  draw() {
    const { line, panel } = this;
    const waiting = panel.waitingAbout(this.id);
    const isOpen = panel.openForm?.id === this.id;
    this.element.replaceChildren(
      tag("div", { class: "xrec-who" }, tag("b", null, line.signer), line.name ? ` ${line.name}` : ""),
      tag("div", { class: "xrec-state" }, ...this.stateParts(waiting)),
      panel.may && !waiting && !isOpen ? this.buttons() : "",
      isOpen ? panel.openForm.element : "",
    );
  }

  stateParts(waiting) {
    const { line, panel } = this;
    if (waiting) return [tag("span", { class: "xs xs-saving" }, waiting.why ? `还没有存：${waiting.why}` : "正在存…")];
    const tone = line.settled ? "xs-saved" : line.state === panel.spec.void ? "bad" : "faint";
    const words = line.state === panel.spec.ways.paper ? "纸上手签（打印后签）" : line.state;
    return [
      line.picture
        ? tag("img", {
            class: "xrec-picture",
            src: `data:image/png;base64,${line.picture}`,
            alt: `${line.name} 的签名`,
          })
        : tag("span", { class: tone }, words),
      line.note ? tag("span", null, ` ${line.note}`) : "",
      line.by ? faint(` ${line.by}`) : "",
    ];
  }

  buttons() {
    const { ways } = this.panel.spec;
    if (this.line.settled)
      return tag(
        "div",
        { class: "xf-buttons" },
        button("撤回", () => this.askFor(ways.back)),
      );
    return tag(
      "div",
      { class: "xf-buttons" },
      mainButton("在屏幕上签", () => this.askFor(ways.drawn)),
      button("纸上手签", () => this.askFor(ways.paper)),
      this.line.mayRefuse ? button("拒绝签字", () => this.askFor(ways.refused)) : "",
    );
  }

  /** Opens what a way of signing asks for. */
  askFor(way) {
    const { ways } = this.panel.spec;
    const name = tag("input", { class: "xi", maxlength: LONGEST_NAME, value: this.line.name, autocomplete: "off" });
    const note = tag("textarea", { class: "xi", rows: 2, maxlength: 2000 });
    const problem = tag("p", { class: "bad", role: "alert" });
    const close = () => this.panel.showForm(null);
    const sign = (drawing = "") => {
      const body = { way, name: name.value.trim(), note: way === ways.refused ? note.value.trim() : "" };
      if (!body.name) problem.textContent = "请写签字人的姓名";
      else if (way === ways.refused && !body.note) problem.textContent = "请写拒绝的情况和在场人";
      else this.panel.sign(this, body, drawing);
    };
    const parts = {
      [ways.drawn]: () => [new SignaturePad({ label: this.line.signer, onSave: sign, onCancel: close }).element],
      [ways.paper]: () => [actions("记为纸上手签", sign, close)],
      [ways.refused]: () => [
        tag("label", { class: "xrec-field" }, "情况和在场人", note),
        actions("记为拒绝签字", sign, close),
      ],
      [ways.back]: () => [tag("p", null, "撤回以后要重新签；撤回也记入留痕。"), actions("撤回这个签字", sign, close)],
    };
    const heading = tag("label", { class: "xrec-field" }, "姓名", name);
    const element = tag("div", { class: "xrec-form" }, way === ways.back ? "" : heading, ...parts[way](), problem);
    this.panel.showForm({ id: this.id, element });
    if (way !== ways.back && !name.value) name.focus();
    else element.querySelector("textarea, button")?.focus();
  }
}

function actions(label, sign, close) {
  return tag(
    "div",
    { class: "xf-buttons" },
    mainButton(label, () => sign()),
    button("不记了", close),
  );
}
