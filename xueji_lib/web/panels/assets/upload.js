// A file on its way to Python, in parts small enough to pass every limit on the way; Python puts it together.

const PART_BYTES = 512 * 1024;
const LONGEST_NAME = 100;

/** Python has refused the file; its message says why. */
export class UploadRefused extends Error {}

/** Sends a file and returns Python's answer to its last part.
 *
 * `about`: id of what the file belongs to; `onPart(sent, total)` is called before each part with the numbers of parts;
 * `patience`: milliseconds to wait for each answer. Throws UploadRefused, or an Error where no answer comes. */
export async function uploadInParts(outbox, file, { about, onPart, patience }) {
  const total = Math.max(1, Math.ceil(file.size / PART_BYTES));
  const number = outbox.newNumber();
  for (let sent = 0; sent < total; sent += 1) {
    onPart(sent, total);
    const bytes = await file.slice(sent * PART_BYTES, (sent + 1) * PART_BYTES).arrayBuffer();
    const message = { op: "part", n: number, id: about, part: sent };
    if (sent === 0) Object.assign(message, { name: file.name.slice(-LONGEST_NAME), size: file.size, parts: total });
    const reply = await outbox.ask(message, { buffers: [bytes], patience });
    if (reply.kind === "saved") return reply;
    if (reply.kind !== "part") throw new UploadRefused(reply.message);
  }
  throw new UploadRefused("文件没有传完整，请再传一次");
}

export function percentSent(sent, total) {
  return `${Math.round((100 * sent) / total)}%`;
}
