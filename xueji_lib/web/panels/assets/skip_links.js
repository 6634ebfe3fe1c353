// Links at the top of a page for the keyboard, seen only while they have the focus: past what stands above, to where
// the work is.
import { button, tag } from "./dom.js";

/** `places`: [label, selector of the element to go to]. */
export function skipLinks(places) {
  const links = places.map(([label, selector]) => button(label, () => goTo(document.querySelector(selector))));
  return tag("div", { class: "xskip" }, ...links);
}

/** Scrolls to an element and gives it the focus; the address of the page stays. */
export function goTo(element) {
  if (!element) return;
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.scrollIntoView();
  element.focus({ preventScroll: true });
}
