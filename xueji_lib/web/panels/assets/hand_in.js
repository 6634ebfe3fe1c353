// A place to hand a file in: what was found in it, and what was handed in before.
import { button, faint, tag, uniqueId } from "./dom.js";
import { percentSent, uploadInParts } from "./upload.js";

const MEGABYTE = 1024 * 1024;
const CHECK_PATIENCE = 180000; // milliseconds: a file is looked at whole before Python answers

/** `spec`: `limit` in bytes, `accept` the file types, `checks` whether files may be looked at only; `earlier`:
 * `{name, at, said, state, note}` of each file so far. */
export function handInPanel(outbox, spec, earlier) {
  const result = resultPlace("xp-result");
  const list = tag("div", null, handedInList(earlier));
  const zone = dropZone(spec, { className: "xp-input", words: "选文件，或拖到这里" }, (file) =>
    sendFile(outbox, spec, file, { result, list, about: "" }),
  );
  const look = spec.checks ? selfCheck(outbox, spec, list) : [];
  const kept = spec.keeps ? [tag("h3", null, "交过的"), list] : [];
  return tag("div", { class: "xp-hand" }, ...look, zone, result, ...kept);
}

/** A place to have a file looked at without handing it in. */
function selfCheck(outbox, spec, list) {
  const result = resultPlace("xp-look");
  const zone = dropZone(spec, { className: "xp-look-input", words: "选要自查的文件，或拖到这里" }, (file) =>
    sendFile(outbox, spec, file, { result, list, about: "check" }),
  );
  const hint = tag("p", { class: "faint" }, "交以前先看会问到什么：不交，不存，别人看不到。");
  return [tag("h3", null, "先自查"), hint, zone, result, tag("h3", null, "交表")];
}

function resultPlace(className) {
  return tag("div", { class: className, role: "status", "aria-live": "polite" });
}

function handedInList(files) {
  if (!files.length) return tag("p", { class: "faint" }, "还没有交过。");
  return tag("ul", { class: "xp-listed" }, ...files.map(handedInFile));
}

function handedInFile(file) {
  return tag(
    "li",
    null,
    tag("span", { class: `xp-tag xp-${file.state}` }, file.state),
    tag("b", null, ` ${file.name} `),
    faint([file.said, file.at].filter(Boolean).join(" · ")),
    file.note ? tag("div", { class: file.state === "退回" ? "bad" : "faint" }, file.note) : "",
  );
}

function dropZone(spec, { className, words }, send) {
  const id = uniqueId("hand-in");
  const input = tag("input", { type: "file", id, class: className, accept: spec.accept });
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = "";
    if (file) send(file);
  });
  const prompt = tag("b", null, words);
  const zone = tag("label", { class: "xp-zone", for: id }, input, prompt, faint(`一次一个，不超过 ${limitText(spec)}`));
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
  });
  return zone;
}

function limitText(spec) {
  return `${Math.round(spec.limit / MEGABYTE)} MB`;
}

async function sendFile(outbox, spec, file, { result, list, about }) {
  if (file.size > spec.limit) {
    showResult(result, "xp-bad", `${file.name} 太大，没有传。最多 ${limitText(spec)}`);
    return;
  }
  const onPart = (sent, total) => {
    const last = sent + 1 === total;
    result.textContent = last ? `正在检查 ${file.name} …` : `正在传 ${file.name} … ${percentSent(sent, total)}`;
  };
  result.className = plainClass(result);
  try {
    const reply = await uploadInParts(outbox, file, { about, onPart, patience: CHECK_PATIENCE });
    list.replaceChildren(handedInList(reply.listed));
    if (reply.asks) askToTake(outbox, reply, { result, list });
    else showResult(result, "xp-good", reply.message, reply.lines);
  } catch (error) {
    showResult(result, "xp-bad", error.message);
  }
}

/** What the file would change, and whether it is to be handed in all the same. */
function askToTake(outbox, reply, { result, list }) {
  showResult(result, "xp-ask", reply.message, reply.lines);
  const take = button("看过了，交上", () => confirmTaken(outbox, reply.asks, { result, list }));
  const leave = button("不交", () => showResult(result, "xp-good", "没有交，也没有存。"));
  result.append(tag("p", { class: "xp-choose" }, take, " ", leave));
}

async function confirmTaken(outbox, id, { result, list }) {
  for (const each of result.querySelectorAll("button")) each.disabled = true;
  try {
    const reply = await outbox.ask({ op: "confirm", id }, { patience: CHECK_PATIENCE });
    if (reply.kind !== "saved") throw new Error(reply.message);
    list.replaceChildren(handedInList(reply.listed));
    showResult(result, "xp-good", reply.message, reply.lines);
  } catch (error) {
    showResult(result, "xp-bad", error.message);
  }
}

function showResult(result, className, message, lines = []) {
  const details = lines.length ? tag("ul", null, ...lines.map((line) => tag("li", null, line))) : "";
  result.className = `${plainClass(result)} ${className}`;
  result.replaceChildren(tag("p", null, tag("b", null, message)), details);
}

function plainClass(result) {
  return result.className.split(" ")[0];
}
