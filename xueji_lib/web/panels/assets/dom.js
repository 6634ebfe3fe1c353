// Elements of a page, built from text only: what comes from a record is never read as HTML.

/** An element. `attributes`: a name that starts with "on" is a listener, `value` is set as a property, true and false
 * switch an attribute on and off. `children`: elements and texts, lists of them, and blanks, which are left out. */
export function tag(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes ?? {})) {
    if (attribute.startsWith("on")) element.addEventListener(attribute.slice(2), value);
    else if (attribute === "value") element.value = value;
    else if (value === true) element.setAttribute(attribute, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(attribute, value);
  }
  element.append(...children.flat(3).filter((child) => ![null, undefined, false, ""].includes(child)));
  return element;
}

/** A button that does `action`; `attributes` go before its own. */
export function button(label, action, attributes) {
  return tag("button", { type: "button", class: "xb", onclick: action, ...attributes }, label);
}

/** The button that a person most likely wants among several. */
export function mainButton(label, action, attributes) {
  return button(label, action, { class: "xb xb-main", ...attributes });
}

/** A drop-down with `value` chosen. `options`: values, or [value, label] where the two differ. */
export function dropDown(options, value, attributes) {
  const pairs = options.map((option) => (Array.isArray(option) ? option : [option, option]));
  const entries = pairs.map(([optionValue, label]) => tag("option", { value: optionValue }, label));
  const select = tag("select", { class: "xi", ...attributes }, entries);
  select.value = value;
  return select;
}

/** Small print. */
export function faint(text) {
  return tag("span", { class: "faint" }, text);
}

/** Makes `children` the element's children and leaves in place what is there already: who types is not disturbed. */
export function setChildren(element, children) {
  for (const child of [...element.childNodes]) if (!children.includes(child)) child.remove();
  let next = element.firstChild;
  for (const child of children) {
    if (child === next) next = next.nextSibling;
    else element.insertBefore(child, next);
  }
}

let idsMade = 0;

/** An id that no other element of the page has. */
export function uniqueId(prefix) {
  idsMade += 1;
  return `${prefix}-${idsMade}-${Math.random().toString(36).slice(2, 8)}`;
}

/** `action`, called once when nothing more came for so many milliseconds. */
export function debounced(milliseconds, action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}
