// What this browser keeps between two visits of the page, as JSON by name.

/** A browser that keeps nothing still works, it only forgets. */
export const browserStorage = {
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
      return Object.keys(localStorage)
        .filter((name) => name.startsWith(prefix))
        .sort();
    } catch {
      return [];
    }
  },
};
