// Photos and scans of a row or a question: added, listed, looked at in the page.
import { browserStorage } from "./browser_storage.js";
import { button, faint, tag } from "./dom.js";
import { percentSent, uploadInParts, UploadRefused } from "./upload.js";

const LARGEST_BYTES = 20 * 1024 * 1024;
const UPLOAD_PATIENCE = 30000;
const VIEW_PATIENCE = 60000;

/** The list of what is attached, with a button to add to it where `upload` is set. `about`: id of the row or question;
 * `onUploaded(reply)` is called once a file is saved. */
export function attachments({ outbox, about, items, upload, onUploaded }) {
  if (!upload && !items.length) return tag("p", { class: "faint" }, "没有附件");
  const list = tag("ul", { class: "xfile-list" }, ...items.map((item) => listedFile(outbox, about, item)));
  if (!upload) return list;
  const progress = resultPlace(`${outbox.prefix}${about}`);
  const chooser = fileChooser(`${outbox.prefix}${about}`, (file) =>
    sendFile({ outbox, about, progress, onUploaded }, file),
  );
  const underWay = underWayName(outbox, about);
  const interrupted = browserStorage.get(underWay);
  if (interrupted) progress.append(interruptedNote(interrupted, () => browserStorage.drop(underWay)));
  return tag(
    "div",
    { class: "xfile" },
    list,
    tag("label", { class: "xb xfile-label" }, "拍照或选文件", chooser),
    faint("jpg、png、pdf，每个不超过 20 MB"),
    progress,
  );
}

const resultPlaces = new Map(); // what the files belong to → the element with a line for each file sent

/** What became of the files: it stays when the list beside it is drawn anew. */
function resultPlace(name) {
  if (!resultPlaces.has(name)) resultPlaces.set(name, tag("div", { class: "xfile-progress", role: "status" }));
  return resultPlaces.get(name);
}

/** Where this browser notes the name of a file that is being sent, to say after a reload that it did not arrive. */
function underWayName(outbox, about) {
  return `${outbox.prefix}file:${about}`;
}

function fileChooser(name, send) {
  return tag("input", {
    type: "file",
    accept: "image/jpeg,image/png,application/pdf",
    multiple: true,
    class: "xfile-input",
    onchange: async (event) => {
      const files = [...event.target.files];
      event.target.value = "";
      for (const file of files) await send(file);
      resultPlaces.get(name)?.parentElement?.querySelector(".xfile-input")?.focus();
    },
  });
}

async function sendFile(context, file) {
  const { outbox, about, progress, onUploaded } = context;
  const line = resultLine(file, progress);
  line.say(`正在传 ${file.name} …`);
  if (file.size > LARGEST_BYTES) {
    line.fail(`${file.name} 太大（${readableSize(file.size)}），最多 20 MB。请拍小一点或压缩后再传`);
    return;
  }
  const onPart = (sent, total) => {
    if (sent) line.say(`正在传 ${file.name} … ${percentSent(sent, total)}`);
  };
  browserStorage.put(underWayName(outbox, about), file.name);
  try {
    const reply = await uploadInParts(outbox, file, { about, onPart, patience: UPLOAD_PATIENCE });
    browserStorage.drop(underWayName(outbox, about));
    line.say(`${file.name} 存好了 ${reply.at ?? ""}`);
    onUploaded(reply);
  } catch (error) {
    if (error instanceof UploadRefused) browserStorage.drop(underWayName(outbox, about));
    const sendAgain = () => {
      line.remove();
      sendFile(context, file);
    };
    line.fail(`${file.name} 没有传上：${error.message}。 `, button("再传", sendAgain));
  }
}

/** A line that says what becomes of one file, with the photo in small. */
function resultLine(file, progress) {
  const url = file.type.startsWith("image/") ? URL.createObjectURL(file) : "";
  const small = url ? tag("img", { class: "xfile-small", src: url, alt: `选的照片 ${file.name}` }) : "";
  const text = tag("span");
  const remove = () => {
    if (url) URL.revokeObjectURL(url);
    element.remove();
  };
  const element = tag("p", { class: "xfile-state" }, small, text);
  const forget = button("知道了", remove, { class: "xb xb-small" });
  progress.append(element);
  return {
    remove,
    say: (words) => text.replaceChildren(words),
    fail: (...parts) => {
      element.classList.add("bad");
      text.replaceChildren(...parts);
      element.append(forget);
    },
  };
}

function interruptedNote(fileName, forget) {
  const note = tag("p", { class: "xfile-state bad" }, `上次的 ${fileName} 没有传完，请再选一次。 `);
  const dismiss = () => {
    forget();
    note.remove();
  };
  note.append(button("不用了", dismiss));
  return note;
}

function listedFile(outbox, about, item) {
  const view = tag("div", { class: "xfile-view" });
  const opener = button(item.name, () => toggleView(outbox, about, item, { opener, view }), {
    class: "xlink",
    "aria-expanded": "false",
  });
  const place = item.place_removed ? " · 拍摄地点已去掉，时间保留" : "";
  return tag("li", null, opener, faint(` ${readableSize(item.size)} · ${item.who} ${item.at}${place}`), view);
}

async function toggleView(outbox, about, item, { opener, view }) {
  if (view.firstChild) {
    URL.revokeObjectURL(view.dataset.url);
    view.replaceChildren();
    opener.setAttribute("aria-expanded", "false");
    return;
  }
  view.textContent = "正在打开…";
  try {
    const reply = await outbox.ask({ op: "view", id: about, sha256: item.sha256 }, { patience: VIEW_PATIENCE });
    if (!reply.buffers?.length) throw new Error(reply.message);
    const url = URL.createObjectURL(new Blob([reply.buffers[0]], { type: reply.media }));
    view.dataset.url = url;
    view.replaceChildren(
      reply.media === "application/pdf"
        ? tag("a", { href: url, download: item.name, class: "xb" }, "把这份 pdf 存下来看")
        : tag("img", { src: url, alt: item.name }),
    );
    opener.setAttribute("aria-expanded", "true");
  } catch (error) {
    view.textContent = `打不开：${error.message}`;
  }
}

function readableSize(bytes) {
  const megabyte = 1024 * 1024;
  if (bytes < megabyte) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / megabyte).toFixed(1)} MB`;
}
