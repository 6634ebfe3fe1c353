// Papers to take away, made when asked for; and a place to hand a file in, with what was found in it.
import { h, unique } from "./dom.js";
import { Line } from "./line.js";

const PIECE = 512 * 1024;

function save(reply) {
  const url = URL.createObjectURL(new Blob([reply.buffers[0]], { type: reply.media }));
  const link = h("a", { href: url, download: reply.name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

function offerOf(line, offer) {
  const state = h("p", { class: "xp-state", role: "status" });
  const button = h("button", { type: "button", class: "xb", onclick: async () => {
    button.disabled = true;
    state.className = "xp-state";
    state.textContent = "正在做…";
    try {
      const reply = await line.ask({ op: "make", id: offer.id }, undefined, 120000);
      if (!reply.buffers?.length) throw new Error(reply.message);
      save(reply);
      state.textContent = `已下载 ${reply.name}`;
    } catch (error) {
      state.classList.add("bad");
      state.textContent = `没有做成：${error.message}`;
    }
    button.disabled = false;
  } }, offer.label);
  return h("li", { class: "xp-offer", "data-offer": offer.id }, button, h("div", null, h("p", { class: "faint" }, offer.hint), state));
}

function listOf(items) {
  if (!items.length) return h("p", { class: "faint" }, "还没有交过。");
  return h("ul", { class: "xp-listed" }, items.map((one) => h("li", null,
    h("span", { class: `xp-tag xp-${one.state}` }, one.state), h("b", null, ` ${one.name} `),
    h("span", { class: "faint" }, [one.said, one.at].filter(Boolean).join(" · ")),
    one.note ? h("div", { class: one.state === "退回" ? "bad" : "faint" }, one.note) : "")));
}

function handIn(line, spec, listed) {
  const result = h("div", { class: "xp-result", role: "status", "aria-live": "polite" });
  const before = h("div", null, listOf(listed));
  const id = unique("hand-in");
  const input = h("input", { type: "file", id, class: "xp-input", accept: spec.accept, onchange: () => {
    const [file] = input.files;
    input.value = "";
    if (file) send(file);
  } });
  const zone = h("label", { class: "xp-zone", for: id,
    ondragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
    ondragleave: () => zone.classList.remove("over"),
    ondrop: (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
    } }, input, h("b", null, "选文件，或拖到这里"),
  h("span", { class: "faint" }, `一次一个，不超过 ${Math.round(spec.limit / 1048576)} MB`));

  function say(bad, message, lines) {
    result.className = `xp-result ${bad ? "xp-bad" : "xp-good"}`;
    result.replaceChildren(h("p", null, h("b", null, message)), lines?.length ? h("ul", null, lines.map((one) => h("li", null, one))) : "");
  }

  async function send(file) {
    if (file.size > spec.limit) return say(true, `${file.name} 太大，没有传。最多 ${Math.round(spec.limit / 1048576)} MB`);
    result.className = "xp-result";
    const parts = Math.max(1, Math.ceil(file.size / PIECE));
    const n = line.number();
    try {
      for (let part = 0; part < parts; part += 1) {
        result.textContent = part + 1 === parts ? `正在检查 ${file.name} …` : `正在传 ${file.name} … ${Math.round((100 * part) / parts)}%`;
        const bytes = await file.slice(part * PIECE, (part + 1) * PIECE).arrayBuffer();
        const message = { op: "part", n, id: "", part };
        if (part === 0) Object.assign(message, { name: file.name.slice(-100), size: file.size, parts });
        const reply = await line.ask(message, [bytes], 180000);
        if (reply.kind === "saved") {
          before.replaceChildren(listOf(reply.listed));
          return say(false, reply.message, reply.lines);
        }
        if (reply.kind !== "part") throw new Error(reply.message);
      }
    } catch (error) {
      say(true, error.message);
    }
    return undefined;
  }

  return h("div", { class: "xp-hand" }, zone, result, h("h4", null, "交过的"), before);
}

export default {
  render({ model, el }) {
    const spec = model.get("spec");
    const line = new Line(model, () => {}, () => {});
    const root = h("div", { class: "xui xp" },
      spec.offers.length ? h("ul", { class: "xp-offers" }, spec.offers.map((offer) => offerOf(line, offer))) : "",
      spec.takes ? handIn(line, spec, model.get("listed")) : "");
    el.replaceChildren(root);
    return () => line.close();
  },
};
