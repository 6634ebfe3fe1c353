// A file that Python made, handed to the browser's downloads.
import { tag } from "./dom.js";

const KEEP_DOWNLOAD = 60000; // milliseconds for the browser to write the file

export function saveFile({ name, media, buffers }) {
  const url = URL.createObjectURL(new Blob([buffers[0]], { type: media }));
  const link = tag("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_DOWNLOAD);
}
