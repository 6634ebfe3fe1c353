// What the keyboard does on a row: go to another, choose a step by its number, confirm it, take it back.

/** On the button that opens the row. */
export function handleOpenerKey(row, event) {
  const offset = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (offset) {
    event.preventDefault();
    neighbourOf(event.target, offset)?.focus();
  } else if (event.key === "Escape" && !row.choice && row.open) row.toggle();
  else handleStepKey(row, event, "open");
}

/** On the drop-down of steps, whose own keys only choose. */
export function handleStateKey(row, event) {
  handleStepKey(row, event, "state");
}

function handleStepKey(row, event, part) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const doIt = keyAction(row, event.key);
  if (!doIt) return;
  event.preventDefault();
  event.stopPropagation();
  row.focusPart = part;
  doIt();
}

function keyAction(row, key) {
  const step = /^[1-9]$/.test(key) ? row.stepNames()[Number(key) - 1] : "";
  if (step) return () => row.chooseStep(step);
  if (key === "Enter" && row.choice) return () => row.confirmChoice();
  if (key === "Escape" && row.choice) return () => row.cancelChoice();
  return null;
}

/** The opener so many rows below (above where negative), in the next table where this one ends. */
function neighbourOf(opener, offset) {
  const openers = [...document.querySelectorAll(".xt .xr-open")].filter((other) => other.offsetParent);
  return openers[openers.indexOf(opener) + offset];
}
