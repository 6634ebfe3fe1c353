// The parts of the sign-off that follow from its state alone.
import { faint, tag } from "./dom.js";

/** The measure that is suggested and the one that was decided. `form`: where it may be decided. */
export function measurePart(state, form) {
  const reasons = state.reasons.length ? `（${state.reasons.join("；")}）` : "";
  return [
    tag("h3", null, "处理意见"),
    tag("p", null, "按已属实的问题，建议：", tag("b", null, state.suggested), reasons),
    decidedMeasure(state),
    state.may_measure ? form : "",
  ];
}

function decidedMeasure(state) {
  if (!state.measure) {
    return tag("p", { class: "faint" }, "还没有定。由局负责人定，可以与建议不同，不同的要写原因。");
  }
  const measure = tag("b", null, state.measure);
  return tag("p", null, "已定：", measure, ` ${state.measure_note} `, faint(state.measure_by));
}

/** What nobody has looked at so far, where this user may sign; it is written into the signature. */
function leftPart(state) {
  if (!state.may.includes("sign")) return "";
  if (!state.left.length) return tag("p", null, "各问都填了，抽样都看了，抽到的班都点了名，疑点都认定了。");
  return tag(
    "div",
    { class: "xnote xsign-left" },
    tag("p", null, "还没有做完的（可以签署，会写进签署和现场检查记录）："),
    tag("ul", null, ...state.left.map((line) => tag("li", null, line))),
  );
}

/** Who signed so far. `form`: where this user may take a step. */
export function signaturePart(state, form) {
  const history = state.history.map((event) =>
    tag(
      "li",
      null,
      `${event.what} ${event.who} `,
      faint(event.at),
      event.note ? ` ${event.note}` : "",
      event.left ? tag("p", { class: "faint" }, event.left) : "",
    ),
  );
  return [
    tag("h3", null, "签署和会签"),
    tag("p", null, "现在：", tag("b", null, state.signed)),
    history.length ? tag("ol", { class: "xsign-history" }, ...history) : "",
    leftPart(state),
    state.may.length ? form : "",
  ];
}

/** The last lines of the audit trail; `onToggle(open)`. */
export function trailPart(trail, open, onToggle) {
  const advice = "把校验值抄在纸上，以后用 xueji verify 核对，可知此前的记录有没有被动过。下面是本校最近的几条。";
  const lines = trail.lines.map((line) => tag("li", null, line));
  const details = tag(
    "details",
    { open },
    tag("summary", null, `留痕：全县共 ${trail.n} 条，末条校验值 ${trail.hash}`),
    tag("p", { class: "faint" }, advice),
    tag("ol", { class: "xsign-history" }, ...lines),
  );
  details.addEventListener("toggle", () => onToggle(details.open));
  return details;
}
