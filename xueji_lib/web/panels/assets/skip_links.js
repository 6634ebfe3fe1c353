// Links at the top of a page for the keyboard, seen only while they have the focus: past what stands above, to where
// the work is.
import { button, tag } from "./dom.js";

/** `places`: [label, selector of the element that gets the focus]. */
export function skipLinks(places) {
  const links = places.map(([label, selector]) => button(label, () => document.querySelector(selector)?.focus()));
  return tag("div", { class: "xskip" }, ...links);
}
