// A file that Python makes when asked for, handed to the browser's downloads.
import { tag } from "./dom.js";

const KEEP_DOWNLOAD = 60000; // milliseconds for the browser to write the file

/** Asks for a file and saves it; returns what to say of it. `patience`: milliseconds that it may take. */
export async function fetchFile(outbox, message, patience) {
  try {
    const reply = await outbox.ask(message, { patience });
    if (!reply.buffers?.length) throw new Error(reply.message);
    saveFile(reply);
    return { text: `已下载 ${reply.name}`, bad: false };
  } catch (error) {
    return { text: `没有做成：${error.message}`, bad: true };
  }
}

function saveFile({ name, media, buffers }) {
  const url = URL.createObjectURL(new Blob([buffers[0]], { type: media }));
  const link = tag("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_DOWNLOAD);
}
