// What the panels of one page tell one another, by events of the window.

/** How saving stands has changed somewhere on the page. */
export const SAVING_CHANGED = "xueji-saving";
/** Something was saved: figures drawn from it may be old. */
export const SAVED = "xueji-saved";
/** Every panel is to ask Python for what it shows. */
export const REFRESH = "xueji-refresh";

/** The roll of a class, by the event's `{grade, class_no}`, is to be opened. */
export const OPEN_CLASS = "xueji-open-class";
/** A row, by the id that the event carries, is to be shown by the table that has it. */
export const SHOW_ROW = "xueji-show-row";

export function announce(eventName, detail) {
  window.dispatchEvent(new CustomEvent(eventName, { detail }));
}

/** Calls `action` on each of the events; returns what ends that. */
export function subscribe(eventNames, action) {
  for (const eventName of eventNames) window.addEventListener(eventName, action);
  return () => {
    for (const eventName of eventNames) window.removeEventListener(eventName, action);
  };
}

/** Calls `action` again and again while somebody may be looking at the page; returns what ends that. */
export function pollWhileVisible(milliseconds, action) {
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") action();
  }, milliseconds);
  return () => clearInterval(timer);
}
