// 现场发现 of a section: what an inspector wrote down, with a form to write, change and take back.
import { attachments } from "./attachments.js";
import { browserStorage } from "./browser_storage.js";
import { button, faint, mainButton, setChildren, tag } from "./dom.js";
import { PupilChooser } from "./pupil_chooser.js";
import { StatusLine } from "./status_line.js";
import { StepForm } from "./step_form.js";

const WITHDRAW = [{ name: "note", label: "撤回的原因", kind: "long", hint: "如：看错了班" }];

export class OnSiteFindings {
  constructor(panel) {
    this.panel = panel;
    this.rows = new Map(); // id → {content, element}
    this.list = tag("ul", { class: "xfound-list" });
    this.form = tag("div");
    this.status = new StatusLine();
    this.add = button("记一条现场发现", () => this.openForm());
    this.empty = tag("p", { class: "faint" }, "没有记现场发现。不符合的点“记为发现”，别的在这里记。");
    this.element = tag("div", { class: "xfound" }, tag("h3", null, "现场发现"), this.empty, this.list, this.form);
    this.element.append(tag("div", { class: "xf-buttons" }, this.add), this.status.element);
  }

  update(findings) {
    this.add.disabled = !this.panel.editable;
    this.empty.hidden = findings.length > 0;
    const elements = findings.map((finding) => {
      const content = JSON.stringify([finding, this.panel.editable]);
      const known = this.rows.get(finding.id);
      if (known?.content === content) return known.element;
      const element = this.row(finding);
      this.rows.set(finding.id, { content, element });
      return element;
    });
    setChildren(this.list, elements);
  }

  row(finding) {
    const { id, withdrawn, severity, state, pupils, files } = finding;
    const head = tag(
      "div",
      { class: "xfound-head" },
      tag("span", { class: `xtag xtag-${severity}` }, severity),
      tag("span", { class: "xtag" }, state),
      tag("b", null, finding.title),
    );
    const who = pupils.length ? `学生：${pupils.map(({ words }) => words).join("、")}。` : "";
    const facts = `${finding.clause}，整改期限 ${finding.due || "未定"}。${who}`;
    const onUploaded = (reply) => this.panel.acceptItems(reply);
    const upload = this.panel.editable && !withdrawn;
    const lines = finding.history.map((step) =>
      tag("li", null, `${step.what} ${step.note} `, faint(`${step.who} ${step.at}`)),
    );
    return tag(
      "li",
      { class: `xfound-item${withdrawn ? " xfound-gone" : ""}`, "data-finding": id },
      head,
      tag("p", null, finding.what),
      tag("p", { class: "faint" }, `${facts}${finding.day} 现场，${finding.who} ${finding.at}`),
      finding.rivals.length > 1 ? tag("p", { class: "bad" }, `两人记得不一样：${finding.rivals.join("；")}`) : "",
      this.buttons(finding),
      tag(
        "details",
        null,
        tag("summary", null, files.length ? `照片和经过（${files.length} 个附件）` : "照片和经过"),
        attachments({ outbox: this.panel.outbox, about: id, items: files, upload, onUploaded }),
        tag("ol", { class: "xq-history" }, ...lines),
      ),
    );
  }

  buttons(finding) {
    if (!finding.open || !this.panel.editable) return "";
    const change = button(finding.withdrawn ? "恢复…" : "改…", () => this.openForm(finding), { class: "xb xb-small" });
    const gone = button("撤回…", () => this.askWithdrawal(finding), { class: "xb xb-small" });
    return tag("div", { class: "xf-buttons" }, change, finding.withdrawn ? "" : gone);
  }

  // ---- steps ----

  /** Writes down at once what the catalogue says of a question, to be changed afterwards. */
  writeFrom(questionId, what, pupils = []) {
    const { title, severity, clause, remedy } = this.panel.spec.writing.forms[questionId];
    const body = { title, what, severity, clause, remedy };
    this.send({ op: "write", question: questionId, body, pupils }, "记为发现");
  }

  /** The form for a new finding, or for `finding`. */
  openForm(finding = null) {
    const { writing } = this.panel.spec;
    const draftName = `${this.panel.outbox.prefix}finding:${finding?.id ?? "new"}`;
    const initial = finding ?? writing.forms[writing.by_hand];
    let pupils = browserStorage.get(`${draftName}:pupils`) ?? finding?.pupils ?? [];
    const chooser = new PupilChooser(this.panel.outbox, writing.classes, pupils, (chosen) => {
      pupils = chosen;
      browserStorage.put(`${draftName}:pupils`, chosen);
    });
    const close = () => {
      browserStorage.drop(`${draftName}:pupils`);
      this.closeForm();
    };
    this.show({
      fields: this.fields(),
      required: ["title", "what", "severity", "clause"],
      draftName,
      initial,
      extra: chooser.element,
      title: finding ? `改现场发现：${finding.title}` : "记一条现场发现",
      onSave: (body) => {
        close();
        if (finding) this.send({ op: "rewrite", id: finding.id, seen: finding.seen, body, pupils }, "改现场发现");
        else this.send({ op: "write", question: writing.by_hand, body, pupils }, "记现场发现");
      },
      onCancel: close,
    });
  }

  fields() {
    const { writing, today } = this.panel.spec;
    return [
      { name: "title", label: "问题", kind: "text" },
      { name: "severity", label: "程度", kind: "choice", choices: writing.severities },
      { name: "clause", label: "依据", kind: "text" },
      { name: "due", label: "整改期限（不填按程度算）", kind: "date", first: today },
      { name: "what", label: "现场看到的", kind: "long", hint: "看到了什么，在哪里，谁在场" },
      { name: "remedy", label: "整改要求", kind: "long" },
    ];
  }

  askWithdrawal(finding) {
    const { id, seen } = finding;
    this.show({
      fields: WITHDRAW,
      required: ["note"],
      draftName: `${this.panel.outbox.prefix}withdraw:${id}`,
      title: `撤回：${finding.title}`,
      saveLabel: "撤回",
      onSave: (body) => {
        this.closeForm();
        this.send({ op: "withdraw", id, seen, body }, "撤回现场发现");
      },
      onCancel: () => this.closeForm(),
    });
  }

  show(options) {
    const form = new StepForm(options);
    this.form.replaceChildren(form.element);
    this.form.scrollIntoView({ block: "nearest" });
    form.focus();
  }

  closeForm() {
    this.form.replaceChildren();
    this.add.focus({ preventScroll: true });
  }

  send(message, label) {
    this.status.say(`正在${label}…`, "saving");
    this.panel.outbox.save(message, [`finding#${this.panel.spec.number}`], label);
  }

  showReply(reply) {
    this.status.showReply(reply);
  }
}

/** A question's button that makes its answer a finding, or what became of it. */
export function findingOfAnswer(findings, item, onWrite) {
  const standing = findings.filter((finding) => finding.question === item.id && !finding.withdrawn);
  const write = standing.length ? button : mainButton;
  const label = standing.length ? "再记一条" : "记为发现";
  return tag(
    "div",
    { class: "xf-buttons" },
    standing.length ? faint(`已记为现场发现 ${standing.length} 条，在下面可以改。`) : "",
    write(label, onWrite),
  );
}
