// Elements, built from text only: what comes from a record is never read as HTML.

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(3).filter((child) => child != null && child !== false && child !== ""));
  return element;
}

/** Makes `children` the element's children and leaves in place what is there already: who types is not disturbed. */
export function settle(element, children) {
  for (const child of [...element.childNodes]) if (!children.includes(child)) child.remove();
  let next = element.firstChild;
  for (const child of children) {
    if (child === next) next = next.nextSibling;
    else element.insertBefore(child, next);
  }
}

let counted = 0;

/** An id that no other element of the page has. */
export function unique(prefix) {
  counted += 1;
  return `${prefix}-${counted}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Waits until nothing more came for a while. */
export function settled(milliseconds, action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

/** Browser storage; a browser that keeps nothing still works, it only forgets. */
export const shelf = {
  get(name) {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  },
  put(name, value) {
    try {
      localStorage.setItem(name, JSON.stringify(value));
    } catch {
      /* full, or forbidden: kept in memory alone */
    }
  },
  drop(name) {
    try {
      localStorage.removeItem(name);
    } catch {
      /* as above */
    }
  },
  names(prefix) {
    try {
      return Object.keys(localStorage).filter((name) => name.startsWith(prefix)).sort();
    } catch {
      return [];
    }
  },
};
