// HTML that Python laid out, shown so that what is the same stays in place.

/** The HTML is Python's own: its templates escape everything that comes from a record. */
export function showHtml(element, html) {
  const made = document.createElement("div");
  made.innerHTML = html;
  bringInLine(element, made);
}

/** Makes an element's content that of `wanted` and leaves what is the same in place: what is unfolded, scrolled or has
 * the focus stays so. */
function bringInLine(element, wanted) {
  const now = [...element.childNodes];
  const next = [...wanted.childNodes];
  for (const node of now.slice(next.length)) node.remove();
  for (const [index, node] of next.entries()) {
    const old = now[index];
    if (!old) element.append(node);
    else if (old.nodeName !== node.nodeName) old.replaceWith(node);
    else if (node.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== node.data) old.data = node.data;
    } else {
      bringAttributes(old, node);
      bringInLine(old, node);
    }
  }
}

function bringAttributes(element, wanted) {
  for (const { name } of [...element.attributes]) {
    if (!wanted.hasAttribute(name) && !(name === "open" || name === "tabindex")) element.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (name !== "open" && element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
}
