// The class that is open: its students, what was called so far, and the saving of it. A class that was left while it
// was being saved takes its own answer, whatever class is shown by then.
import { browserStorage } from "./browser_storage.js";
import { announce, REFRESH, SAVED } from "./page_events.js";
import { ClassView } from "./roll_class_view.js";
import { draftOf, draftSince, extraToSend, sameDraft, storeDraft } from "./roll_draft.js";

const CLASS_PATIENCE = 30000;
const JUDGING_PATIENCE = 600000;

export class OpenClass {
  /** `panel`: the roll-call panel; `where`: `{grade, class_no, day}`. */
  constructor(panel, label, where) {
    this.panel = panel;
    this.label = label;
    this.where = where;
    this.draftName = panel.draftName(where);
    this.students = []; // see `studentOf`; the number masked
    this.saved = null; // the roll-call as Python has it
    this.draft = draftOf(null);
    this.unsaved = false;
    this.resumed = false; // the draft is from an earlier visit of the page
    this.saving = false;
    this.savedAt = "";
    this.problem = "";
    this.rival = undefined; // another's roll-call that stands in the way; null where it was taken back
    this.judged = null; // {working}, {message} or {new, gone, awaiting, later, as_of}
    this.view = new ClassView(this);
  }

  get editable() {
    return this.panel.editable;
  }

  async load() {
    try {
      const reply = await this.panel.outbox.ask({ op: "class", ...this.where }, { patience: CLASS_PATIENCE });
      if (!reply.students) throw new Error(reply.message);
      if (this.unsaved || this.saving) return; // called meanwhile: that is not to be taken away
      this.students = reply.students.map(studentOf);
      this.panel.editable = reply.open ?? this.panel.editable;
      this.takeSaved(reply.roll, browserStorage.get(this.draftName));
      this.resumed = this.unsaved;
      this.view.draw();
    } catch (error) {
      this.view.showFailure(error.message);
    }
  }

  /** Loads again, unless that would take away what was called and not saved. */
  refresh() {
    if (!this.unsaved && !this.saving) this.load();
  }

  /** Takes the roll-call as Python has it; a draft that says something else is gone on with. */
  takeSaved(saved, draft = null) {
    this.saved = saved;
    this.draft = draftOf(saved, this.students);
    this.resumed = false;
    this.unsaved = Boolean(draft) && !sameDraft(draft, this.draft);
    if (this.unsaved) this.draft = draft;
    else browserStorage.drop(this.draftName);
    this.panel.publishState();
  }

  // ---- calling the roll ----

  keepDraft() {
    this.unsaved = true;
    storeDraft(this.draftName, this.draft);
    this.panel.publishState();
    this.view.drawFoot();
  }

  /** `reason`: undefined where the student is there after all. */
  setAbsence(reference, reason) {
    if (reason === undefined) delete this.draft.absent[reference];
    else this.draft.absent[reference] = reason;
    this.keepDraft();
    this.view.drawCard(reference);
  }

  setNote(text) {
    this.draft.note = text;
    this.keepDraft();
  }

  addPerson() {
    this.draft.extra.push({ name: "" });
    this.keepDraft();
    this.view.drawPeople({ focusLast: true });
  }

  changePerson(person, field, text) {
    person[field] = text;
    this.keepDraft();
  }

  removePerson(person) {
    this.draft.extra = this.draft.extra.filter((other) => other !== person);
    this.keepDraft();
    this.view.drawPeople();
  }

  // ---- saving ----

  /** What is still to be filled in before the roll-call can be saved, "" where nothing is. */
  incomplete() {
    const { absent, extra } = this.draft;
    const unexplained = this.students.filter((student) => absent[student.reference] === "");
    if (unexplained.length) return `还要选情形：${unexplained.map((student) => student.name).join("、")}`;
    return extra.some((person) => !person.name?.trim()) ? "补登的学生要有姓名" : "";
  }

  async save() {
    this.problem = this.incomplete();
    if (this.problem) {
      this.view.drawFoot();
      return;
    }
    this.saving = true;
    this.judged = null; // what an earlier roll-call changed
    this.panel.savingBegins();
    this.view.drawFoot();
    const sent = { text: JSON.stringify(this.draft), extra: this.draft.extra.slice() };
    const reply = await this.sendDraft();
    this.saving = false;
    this.panel.savingEnds(this, !["saved", "conflict"].includes(reply.kind));
    this.takeReply(reply, sent);
  }

  /** Python's answer to the draft; where none came, one that says so. */
  async sendDraft() {
    const { absent, extra, note, seen } = this.draft;
    const message = { op: "save", ...this.where, absent, extra: extraToSend(extra), note, seen };
    try {
      return await this.panel.outbox.ask(message, { patience: CLASS_PATIENCE });
    } catch (error) {
      return { kind: "lost", message: `${error.message}。已留在这台电脑上，请再存一次` };
    }
  }

  takeReply(reply, sent) {
    if (reply.kind === "saved") {
      this.savedAt = reply.at;
      this.panel.spec.classes = reply.classes;
      const later = draftSince(sent, this.draft, reply.roll);
      if (later) storeDraft(this.draftName, later);
      this.takeSaved(reply.roll, later);
      this.view.draw();
      this.judge();
      return;
    }
    if (reply.kind === "conflict") this.rival = reply.roll;
    this.problem = reply.kind === "conflict" ? reply.message : `没有存上：${reply.message}`;
    this.view.drawFoot();
  }

  async judge() {
    this.judged = { working: true };
    this.view.drawFoot();
    try {
      const reply = await this.panel.outbox.ask({ op: "judge", ...this.where }, { patience: JUDGING_PATIENCE });
      this.judged = reply.kind === "data" ? reply : { message: reply.message };
    } catch (error) {
      this.judged = { message: error.message };
    }
    this.view.drawFoot();
    announce(REFRESH);
    announce(SAVED);
  }

  /** The other's roll-call stands, this user's own is dropped. */
  takeRival() {
    const { rival } = this;
    this.forgetRival();
    this.takeSaved(rival);
    this.view.draw();
  }

  /** This user's own is saved in the knowledge of the other's. */
  overrideRival() {
    this.draft.seen = this.rival?.seen ?? [];
    this.draft.extra = this.draft.extra.filter((person) => person.kept === undefined);
    this.forgetRival();
    this.keepDraft();
    this.save();
  }

  forgetRival() {
    this.rival = undefined;
    this.problem = "";
  }
}

/** Python sends a student as a list, in this order. `registered`: on the register of this class; `reported`: what the
 * school reported of him, in words; `preset`: how he is called as long as nobody touches him. */
function studentOf([reference, name, sex, number, status, registered, reported, preset]) {
  return { reference, name, sex, number, status, registered, reported, preset };
}
