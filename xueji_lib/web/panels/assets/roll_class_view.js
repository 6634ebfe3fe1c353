// How the class that is open is drawn: a card for each student, the unregistered, the note, the foot.
import { button, tag } from "./dom.js";
import { studentCard, unregisteredPerson } from "./roll_cards.js";
import { rollFoot } from "./roll_foot.js";
import { skipLinks } from "./skip_links.js";

export class ClassView {
  constructor(openClass) {
    this.openClass = openClass;
    this.foot = tag("div", { class: "xroll-foot" });
    this.people = tag("ul", { class: "xroll-strangers" });
    this.element = tag("div", null, tag("p", { class: "xs-saving" }, `正在打开${openClass.label}…`));
  }

  showFailure(reason) {
    const again = button("再试", () => this.openClass.load());
    this.element.replaceChildren(tag("p", { class: "bad" }, `打不开：${reason} `, again));
  }

  draw() {
    const { openClass } = this;
    const cards = (registered) =>
      openClass.students.filter((student) => student.registered === registered).map((student) => this.card(student));
    const reportedBesides = cards(false);
    this.element.replaceChildren(
      tag("h3", { tabindex: -1 }, `${openClass.label}，${openClass.where.day}`),
      skipLinks([["跳过名单", ".xroll-save"]]),
      ...historyNotes(openClass),
      tag("ul", { class: "xroll-cards" }, ...cards(true)),
      ...(reportedBesides.length
        ? [
            tag("h4", null, "学校报了、这个班的名册上没有的"),
            tag("ul", { class: "xroll-cards xroll-besides" }, ...reportedBesides),
          ]
        : []),
      tag("h4", null, "坐在班里，名册上没有、学校也没有报的"),
      this.people,
      openClass.editable ? button("补登一人", () => openClass.addPerson()) : "",
      this.noteInput(),
      this.foot,
    );
    this.drawPeople();
    this.drawFoot();
  }

  card(student) {
    const { openClass } = this;
    return studentCard(student, {
      reason: openClass.draft.absent[student.reference],
      words: openClass.panel.spec,
      editable: openClass.editable,
      onChange: (reference, reason) => openClass.setAbsence(reference, reason),
    });
  }

  /** Draws one student anew, with the focus on what is to be done next. */
  drawCard(reference) {
    const card = this.card(this.openClass.students.find((student) => student.reference === reference));
    this.element.querySelector(`[data-ref="${reference}"]`).replaceWith(card);
    const unexplained = this.openClass.draft.absent[reference] === "";
    card.querySelector(unexplained ? "select" : "button").focus();
  }

  noteInput() {
    const note = tag("textarea", {
      class: "xi",
      rows: 2,
      maxlength: 500,
      "aria-label": "点名说明",
      placeholder: "说明",
      disabled: !this.openClass.editable,
      oninput: () => this.openClass.setNote(note.value),
    });
    note.value = this.openClass.draft.note;
    return note;
  }

  drawPeople({ focusLast = false } = {}) {
    const { openClass } = this;
    const people = openClass.draft.extra.map((person) =>
      unregisteredPerson(person, {
        situations: openClass.panel.spec.extra,
        editable: openClass.editable,
        onChange: (field, text) => openClass.changePerson(person, field, text),
        onRemove: () => openClass.removePerson(person),
      }),
    );
    this.people.replaceChildren(...people);
    if (focusLast) this.people.lastChild?.querySelector("input").focus();
  }

  drawFoot() {
    this.foot.replaceChildren(...rollFoot(this.openClass));
  }
}

function historyNotes({ saved, resumed }) {
  const conflict = saved?.conflict ? "；两人点得不一样，请看过再存" : "";
  const advice = "这是上次点了还没有保存的，看过后请保存。补登学生的身份证号不留在这台电脑上，要重填。";
  return [
    saved ? tag("p", { class: "faint" }, `${saved.who} ${saved.at} 点过名${conflict}`) : "",
    resumed ? tag("p", { class: "xnote" }, advice) : "",
  ];
}
