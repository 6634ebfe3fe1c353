// A roll-call as it is being made: who is away and why, who sits there unregistered, a note.
import { browserStorage } from "./browser_storage.js";

/** The draft that a saved roll-call amounts to; where none was saved, the class as the school itself reported it. A
 * person who is saved already is named by the position in the saved list (`kept`): the page never has that person's
 * identity number. */
export function draftOf(saved, students = []) {
  return {
    // student's reference → reason, "" while it is still to be chosen
    absent: { ...(saved ? saved.absent : asReported(students)) },
    extra: (saved?.extra ?? []).map((person, index) => ({ ...person, kept: index })),
    note: saved?.note ?? "",
    seen: saved?.seen ?? [],
  };
}

function asReported(students) {
  const otherwise = students.filter(({ preset }) => preset);
  return Object.fromEntries(otherwise.map(({ reference, preset }) => [reference, preset]));
}

/** Both say the same, identity numbers apart. */
export function sameDraft(first, second) {
  return comparable(first) === comparable(second);
}

function comparable({ absent, extra, note }) {
  const people = extra.map((person) => [person.name, person.sex ?? "", person.situation ?? "", person.origin ?? ""]);
  return JSON.stringify([Object.entries(absent).sort(), people, note.trim()]);
}

/** Keeps the draft in this browser, without identity numbers. */
export function storeDraft(name, draft) {
  const extra = draft.extra.map((person) => (person.kept === undefined ? { ...person, number: "" } : person));
  browserStorage.put(name, { ...draft, extra });
}

/** What is sent for each person who sits there unregistered. */
export function extraToSend(extra) {
  return extra.map(({ kept, name, sex = "", number = "", situation = "", origin = "" }) =>
    kept === undefined ? { name, sex, number, situation, origin } : { kept },
  );
}

/** What was called while `sent` was being saved, as a draft over what is saved now; null where that is nothing.
 *
 * `sent`: `{text, extra}`, the draft as JSON and its people as they were sent, in the order in which they are saved. */
export function draftSince(sent, draft, saved) {
  if (JSON.stringify(draft) === sent.text) return null;
  const extra = draft.extra.map((person) =>
    person.kept === undefined ? person : { ...person, kept: sent.extra.indexOf(person) },
  );
  return { ...draft, extra, seen: saved.seen };
}
