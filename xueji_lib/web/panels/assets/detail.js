// What an opened row shows: blocks of plain data from Python.
import { attachments } from "./attachments.js";
import { faint, tag } from "./dom.js";

/** `blocks`: see `Desk.blocks` in table.py; `attachmentContext`: what `attachments` takes besides the items. */
export function detailBlocks(blocks, attachmentContext) {
  return blocks.map((block) => {
    if (block.kind === "text") return labelled(block, "", block.text);
    if (block.kind === "files") return labelled(block, "", attachments({ ...attachmentContext, items: block.items }));
    return labelled(block, ` xd-${block.kind}`, tag("ol", null, ...block.items.map(historyItem)));
  });
}

function labelled(block, extraClass, content) {
  return tag("div", { class: `xd-block${extraClass}` }, tag("dt", null, block.label), tag("dd", null, content));
}

function historyItem(item) {
  return tag(
    "li",
    null,
    tag("span", { class: "xd-what" }, item.what),
    ` ${item.who} `,
    faint(item.at),
    item.note ? tag("div", { class: "xd-note" }, item.note) : "",
  );
}
