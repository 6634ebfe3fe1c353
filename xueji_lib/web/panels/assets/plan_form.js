// The form that a plan of visits is asked for with; the list of inspectors is typed in or read from a CSV file.
import { browserStorage } from "./browser_storage.js";
import { button, mainButton, tag } from "./dom.js";

const DRAW_PATIENCE = 60000; // milliseconds: the county is put in order before the lot is drawn
const LARGEST_LIST = 100000; // bytes

const FIELDS = [
  { name: "days", label: "到校几个工作日", type: "number", value: "5", min: 1, max: 60 },
  { name: "first", label: "从哪天起", type: "date" },
  { name: "schools", label: "共几所（不填：每组每天两所）", type: "number", min: 1 },
  { name: "by_lot", label: "其中抽签几所（不填：一半）", type: "number", min: 0 },
  { name: "seed", label: "种子（不填：程序随机取）", type: "text", maxlength: 40 },
];

export class PlanForm {
  /** `panel`: has `outbox`, `spec`, `seen()` and `accept(reply)`. */
  constructor(panel) {
    this.panel = panel;
    this.confirming = false;
    this.inputs = new Map(FIELDS.map((field) => [field.name, this.input(field)]));
    this.inputs.get("first").value ||= panel.spec.first;
    const heads = panel.spec.heads.join(",");
    this.people = tag("textarea", { class: "xi", rows: 6, "aria-describedby": "xplan-people-hint" });
    this.people.value = browserStorage.get(this.draftName("people")) ?? `${heads}\n`;
    this.people.addEventListener("input", () => browserStorage.put(this.draftName("people"), this.people.value));
    this.file = tag("input", { type: "file", accept: ".csv,text/csv", class: "xi", onchange: () => this.readFile() });
    this.told = tag("p", { role: "status" });
    this.main = mainButton("抽取方案", () => this.draw());
    this.element = tag(
      "details",
      { class: "xplan-new", open: !panel.state.plans.length },
      tag("summary", null, "抽一个新方案"),
      tag("div", { class: "xplan-fields" }, ...FIELDS.map(({ name, label }) => labelled(label, this.inputs.get(name)))),
      labelled("督查人员名单", this.people),
      tag(
        "p",
        { class: "faint", id: "xplan-people-hint" },
        `一行一人：${heads}。回避写学校（校名或标识码）或乡镇，几个之间用顿号；单位是学校、乡镇的自动回避。不写名单，就不分组。`,
      ),
      labelled("或者选一个 CSV 文件", this.file),
      tag(
        "div",
        { class: "xf-buttons" },
        button("查一查名单", () => this.check()),
        this.main,
      ),
      this.told,
    );
  }

  input({ name, label: _label, value = "", ...attributes }) {
    const element = tag("input", { class: "xi", autocomplete: "off", ...attributes });
    element.value = browserStorage.get(this.draftName(name)) ?? value;
    element.addEventListener("input", () => browserStorage.put(this.draftName(name), element.value));
    element.addEventListener("input", () => this.calm());
    return element;
  }

  draftName(name) {
    return `${this.panel.outbox.prefix}draft:${name}`;
  }

  say(text, bad = false) {
    this.told.className = bad ? "bad" : "xs-saved";
    this.told.textContent = text;
  }

  calm() {
    this.confirming = false;
    this.main.textContent = "抽取方案";
  }

  async readFile() {
    const [file] = this.file.files;
    if (!file) return;
    if (file.size > LARGEST_LIST) this.say("文件太大，不是人员名单", true);
    else await this.check([await file.arrayBuffer()]);
    this.file.value = "";
  }

  /** Has the list looked at, as typed or as in a file. */
  async check(buffers) {
    try {
      const reply = await this.panel.outbox.ask({ op: "people", people: this.people.value }, { buffers });
      if (buffers && reply.text !== undefined) this.people.value = reply.text;
      browserStorage.put(this.draftName("people"), this.people.value);
      this.say(reply.problem ?? reply.message, reply.problem !== undefined || reply.kind !== "data");
    } catch (error) {
      this.say(error.message, true);
    }
  }

  async draw() {
    if (!this.confirming) {
      this.confirming = true;
      this.main.textContent = "抽取后记入留痕，不能撤回：再点一次就抽";
      return;
    }
    this.calm();
    this.main.disabled = true;
    this.say("正在抽取…");
    const asked = Object.fromEntries([...this.inputs].map(([name, input]) => [name, input.value.trim()]));
    const message = { op: "draw", seen: this.panel.seen(), people: this.people.value, ...asked };
    try {
      const reply = await this.panel.outbox.ask(message, { patience: DRAW_PATIENCE });
      if (reply.state) this.panel.accept(reply);
      if (reply.kind === "saved") this.say(`抽好了：第 ${reply.state.shown} 次，${reply.at}`);
      else this.say(`没有抽：${reply.message}`, true);
    } catch (error) {
      this.say(`${error.message}。再点一次不会抽两个`, true);
    }
    this.main.disabled = false;
  }
}

function labelled(text, input) {
  return tag("label", { class: "xplan-field" }, text, input);
}
