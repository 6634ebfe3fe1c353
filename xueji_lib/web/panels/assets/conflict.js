// Two versions of one thing side by side: somebody else was quicker, and a person chooses.
import { button, mainButton, tag } from "./dom.js";

/** `current` and `own`: `{label, text, details}`, what stands and what this user wanted. */
export function conflictBox({ why = "", current, own, keepCurrent, useOwn }) {
  return tag(
    "div",
    { class: "xconflict", role: "alert" },
    why ? tag("p", null, why) : "",
    tag("div", { class: "xconflict-sides" }, side(current), side(own)),
    tag("div", { class: "xf-buttons" }, button("保留现在的", keepCurrent), mainButton("改用我的", useOwn)),
  );
}

function side({ label, text, details = "" }) {
  return tag(
    "div",
    null,
    tag("b", null, label),
    tag("p", null, text),
    details ? tag("p", { class: "faint" }, details) : "",
  );
}
