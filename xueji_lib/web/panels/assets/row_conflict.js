// A step that somebody else was quicker with: what stands, what this user chose, and what becomes of it.
import { browserStorage } from "./browser_storage.js";
import { conflictBox } from "./conflict.js";

export function rowConflict(row, entry) {
  const { outbox } = row.table;
  const { cells, state } = row.data;
  return conflictBox({
    why: entry.why,
    current: { label: "现在的", text: state, details: [cells.note, cells.who].filter(Boolean).join(" · ") },
    own: {
      label: "您刚才的",
      text: entry.label,
      details: Object.values(entry.message.body ?? {})
        .filter(Boolean)
        .join("；"),
    },
    keepCurrent: () => {
      outbox.drop(entry);
      row.draw();
    },
    useOwn: () => {
      outbox.drop(entry);
      takeStepAgain(row, entry.message);
    },
  });
}

/** The same step on the row as it is now, where it still allows it; blanks that it asks for meanwhile are asked for. */
function takeStepAgain(row, message) {
  const required = row.data.steps[message.action];
  if (message.op.startsWith("undo")) row.undo();
  else if (!required) row.refuse(`现在是“${row.data.state}”，不能再改成“${row.table.labelOf(message.action)}”`);
  else if (required.some((name) => !message.body[name])) {
    browserStorage.put(row.draftName(message.action), message.body);
    row.chooseStep(message.action);
    row.confirmChoice();
  } else row.takeStep(message.action, message.body);
}
