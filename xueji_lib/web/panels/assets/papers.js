// Papers to take away, made when asked for; and a place to hand a file in.
import { button, tag } from "./dom.js";
import { handInPanel } from "./hand_in.js";
import { Outbox } from "./outbox.js";
import { fetchFile } from "./save_file.js";
import { widget } from "./widget.js";

const MAKE_PATIENCE = 120000; // milliseconds: a paper may take a minute to make

function offeredPaper(outbox, offer) {
  const state = tag("p", { class: "xp-state", role: "status" });
  const maker = button(offer.label, () => download(outbox, offer, { maker, state }));
  const explanation = tag("div", null, tag("p", { class: "faint" }, offer.hint), state);
  return tag("li", { class: "xp-offer", "data-offer": offer.id }, maker, explanation);
}

async function download(outbox, offer, { maker, state }) {
  maker.disabled = true;
  state.className = "xp-state";
  state.textContent = "正在做…";
  const { text, bad } = await fetchFile(outbox, { op: "make", id: offer.id }, MAKE_PATIENCE);
  state.classList.toggle("bad", bad);
  state.textContent = text;
  maker.disabled = false;
}

export default widget((model, element) => {
  const spec = model.get("spec");
  const outbox = new Outbox(model);
  const offers = spec.offers.map((offer) => offeredPaper(outbox, offer));
  const panel = tag(
    "div",
    { class: "xui xp" },
    offers.length ? tag("ul", { class: "xp-offers" }, ...offers) : "",
    spec.takes ? handInPanel(outbox, spec, model.get("listed")) : "",
  );
  element.replaceChildren(panel);
  return outbox;
});
