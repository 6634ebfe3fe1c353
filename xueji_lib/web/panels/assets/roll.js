// 逐班点名: pick a class, tap who is not there, add who sits there unregistered; a draft is kept until it is saved.
import { browserStorage } from "./browser_storage.js";
import { button, tag } from "./dom.js";
import { Outbox } from "./outbox.js";
import { OPEN_CLASS, REFRESH, subscribe } from "./page_events.js";
import { OpenClass } from "./roll_class.js";
import { publishSaving } from "./saving_state.js";
import { goTo } from "./skip_links.js";
import { widget } from "./widget.js";

class RollCall {
  constructor(model, element) {
    this.spec = model.get("spec");
    this.editable = this.spec.open;
    this.outbox = new Outbox(model);
    this.openClass = null;
    this.savesUnderWay = 0;
    this.failedDrafts = new Set(); // names of drafts whose last save failed
    this.classArea = tag("div", { class: "xroll-class" });
    this.picker = tag("div", { class: "xroll-classes", role: "group", "aria-label": "选一个班" });
    this.day = this.dayInput();
    element.append(this.build());
    const stops = [
      subscribe([REFRESH], () => this.refresh()),
      subscribe([OPEN_CLASS], (event) => this.open(event.detail)),
    ];
    this.unsubscribe = () => stops.forEach((stop) => stop());
    this.publishState();
  }

  close() {
    this.unsubscribe();
    this.outbox.close();
  }

  build() {
    const advice =
      "选一个班，名单是名册和学校自己报的，先照学校报的摆好。与看到的不同的点一下：不在的选情形，没有去看的选“没有看”。" +
      "点名存下后，与学校报的核对表比较，并重新核查。";
    return tag(
      "section",
      { class: "xroll xui" },
      tag("h2", { id: "xj-roll", tabindex: -1 }, "逐班点名"),
      tag("p", { class: "faint" }, advice),
      tag("p", null, "点名日期 ", this.day),
      this.picker,
      this.classArea,
    );
  }

  dayInput() {
    return tag("input", {
      type: "date",
      class: "xi",
      value: this.spec.day,
      max: this.spec.day,
      "aria-label": "点名日期",
      onchange: () => this.openClass && this.pick(this.openClass.label, this.openClass.where),
    });
  }

  refresh() {
    this.openClass?.refresh();
  }

  /** Opens the roll of a class that another panel names. */
  open({ grade, class_no }) {
    const named = this.spec.classes.find((known) => known.grade === grade && known.class_no === class_no);
    if (!named) return;
    goTo(document.querySelector("#xj-roll"));
    this.pick(named.label, named);
  }

  pick(label, { grade, class_no }) {
    this.openClass = new OpenClass(this, label, { grade, class_no, day: this.day.value });
    this.classArea.replaceChildren(this.openClass.view.element);
    this.drawPicker();
    this.openClass.load().then(() => this.classArea.querySelector("h3")?.focus({ preventScroll: true }));
  }

  // ---- what is not saved ----

  draftPrefix() {
    return `${this.outbox.prefix}draft:`;
  }

  draftName({ grade, class_no, day = "" }) {
    return `${this.draftPrefix()}${grade}:${class_no}:${day}`;
  }

  savingBegins() {
    this.savesUnderWay += 1;
    this.publishState();
  }

  savingEnds(openClass, failed) {
    this.savesUnderWay -= 1;
    if (failed) this.failedDrafts.add(openClass.draftName);
    else this.failedDrafts.delete(openClass.draftName);
    this.publishState();
  }

  publishState() {
    publishSaving(this.outbox, { saving: this.savesUnderWay, failed: this.failedDrafts.size });
    this.drawPicker();
  }

  // ---- drawing ----

  drawPicker() {
    const drafts = browserStorage.names(this.draftPrefix());
    const classes = this.spec.classes.map((schoolClass) =>
      this.classButton(schoolClass, {
        drafted: drafts.some((name) => name.startsWith(this.draftName(schoolClass))),
      }),
    );
    const noClasses = tag("p", { class: "xnote" }, "学籍名册里没有本校的班。请先导入名册。");
    this.picker.replaceChildren(...(classes.length ? classes : [noClasses]));
  }

  classButton(schoolClass, { drafted }) {
    const { grade, class_no, label, n: studentCount, called } = schoolClass;
    const where = this.openClass?.where;
    const chosen = where?.grade === grade && where?.class_no === class_no;
    const picker = button(`${label}（${studentCount}）`, () => this.pick(label, schoolClass), {
      "aria-pressed": String(chosen),
    });
    if (drafted) picker.append(tag("b", { class: "xroll-draft" }, "未保存"));
    else if (called) picker.append(tag("span", { class: "xroll-called" }, `✓ ${monthAndDay(called)}`));
    return picker;
  }
}

/** Of an ISO date. */
function monthAndDay(date) {
  return date.slice(date.indexOf("-") + 1);
}

export default widget((model, element) => new RollCall(model, element));
