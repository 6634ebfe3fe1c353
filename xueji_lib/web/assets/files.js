// Photos and scans: sent in parts, looked at in the page.
import { h, shelf } from "./dom.js";

const PART = 512 * 1024;
const LIMIT = 20 * 1024 * 1024;

/** A list of files with a button to add one. `told(blocks)` is called once one is saved. */
export function files({ line, id, items, upload, told }) {
  const list = h("ul", { class: "xfile-list" }, items.map((item) => shown(line, id, item)));
  if (!upload) return items.length ? list : h("p", { class: "faint" }, "没有附件");
  const progress = h("div", { class: "xfile-progress", role: "status" });
  const name = `${line.prefix}file:${id}`;
  const left = shelf.get(name);
  if (left) progress.append(lostFile(left, () => shelf.drop(name)));
  const chooser = h("input", {
    type: "file", accept: "image/jpeg,image/png,application/pdf", multiple: true, class: "xfile-input",
    onchange: async (event) => {
      const chosen = [...event.target.files];
      event.target.value = "";
      for (const file of chosen) await send(file);
    },
  });

  async function send(file) {
    const state = h("p", { class: "xfile-state" }, `正在传 ${file.name} …`);
    progress.append(state);
    if (file.size > LIMIT) {
      state.textContent = `${file.name} 太大（${megabytes(file.size)}），最多 20 MB。请拍小一点或压缩后再传`;
      state.classList.add("bad");
      return;
    }
    shelf.put(name, file.name);
    try {
      const parts = Math.max(1, Math.ceil(file.size / PART));
      const n = line.number();
      for (let part = 0; part < parts; part += 1) {
        const bytes = await file.slice(part * PART, (part + 1) * PART).arrayBuffer();
        const message = { op: "part", n, id, part };
        if (part === 0) Object.assign(message, { name: file.name.slice(-100), size: file.size, parts });
        const reply = await line.ask(message, [bytes], 30000);
        if (reply.kind === "saved") {
          shelf.drop(name);
          told(reply);
          return;
        }
        if (reply.kind !== "part") {
          shelf.drop(name);
          throw new Error(reply.message);
        }
        state.textContent = `正在传 ${file.name} … ${Math.round((100 * (part + 1)) / parts)}%`;
      }
    } catch (error) {
      state.classList.add("bad");
      state.replaceChildren(`${file.name} 没有传上：${error.message}。 `,
        h("button", { type: "button", class: "xb", onclick: () => { state.remove(); send(file); } }, "再传"));
    }
  }

  return h("div", { class: "xfile" }, list,
    h("label", { class: "xb xfile-label" }, "拍照或选文件", chooser),
    h("span", { class: "faint" }, "jpg、png、pdf，每个不超过 20 MB"), progress);
}

function lostFile(fileName, dropped) {
  const note = h("p", { class: "xfile-state bad" }, `上次的 ${fileName} 没有传完，请再选一次。 `);
  note.append(h("button", { type: "button", class: "xb", onclick: () => { dropped(); note.remove(); } }, "不用了"));
  return note;
}

function shown(line, id, item) {
  const place = h("div", { class: "xfile-view" });
  const button = h("button", { type: "button", class: "xlink", "aria-expanded": "false", onclick: toggle }, item.name);
  async function toggle() {
    if (place.firstChild) {
      URL.revokeObjectURL(place.dataset.url);
      place.replaceChildren();
      button.setAttribute("aria-expanded", "false");
      return;
    }
    place.textContent = "正在打开…";
    try {
      const reply = await line.ask({ op: "view", id, sha256: item.sha256 }, undefined, 60000);
      if (!reply.buffers?.length) throw new Error(reply.message);
      const url = URL.createObjectURL(new Blob([reply.buffers[0]], { type: reply.media }));
      place.dataset.url = url;
      place.replaceChildren(reply.media === "application/pdf"
        ? h("a", { href: url, download: item.name, class: "xb" }, "把这份 pdf 存下来看")
        : h("img", { src: url, alt: item.name }));
      button.setAttribute("aria-expanded", "true");
    } catch (error) {
      place.textContent = `打不开：${error.message}`;
    }
  }
  return h("li", null, button, h("span", { class: "faint" }, ` ${megabytes(item.size)} · ${item.who} ${item.at}`), place);
}

function megabytes(size) {
  return size < 1024 * 1024 ? `${Math.max(1, Math.round(size / 1024))} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`;
}
