// How saving stands on the whole page: each outbox publishes its own state, the bar shows the sum.
import { announce, SAVING_CHANGED } from "./page_events.js";

function published() {
  return (window.xuejiOutboxes ??= new Map());
}

/** Adds `state` to what `outbox` has published: `saving`, `failed` and `conflict` are numbers of changes, `lost` says
 * that the connection is gone, `at` is the time of the last save. */
export function publishSaving(outbox, state) {
  published().set(outbox, { ...published().get(outbox), ...state });
  announce(SAVING_CHANGED);
}

export function publishConnection(outbox, lost) {
  const before = published().get(outbox)?.lost ?? false;
  if (before !== lost) publishSaving(outbox, { lost });
}

export function withdrawSaving(outbox) {
  published().delete(outbox);
}

/** The states of all outboxes, added up. */
export function pageSaving() {
  const states = [...published().values()];
  const total = (name) => states.reduce((sum, state) => sum + (state[name] ?? 0), 0);
  return {
    saving: total("saving"),
    failed: total("failed"),
    conflict: total("conflict"),
    lost: states.some((state) => state.lost),
    at: states.reduce((latest, state) => ((state.at ?? "") > latest ? state.at : latest), ""),
  };
}

export function resendWholePage() {
  for (const outbox of published().keys()) outbox.resend();
}
