// What an opened row shows: blocks of plain data from Python.
import { attachments } from "./attachments.js";
import { button, faint, tag } from "./dom.js";
import { announce, SHOW_ROW } from "./page_events.js";

/** `blocks`: see `Desk.blocks` in table.py; `attachmentContext`: what `attachments` takes besides the items. */
export function detailBlocks(blocks, attachmentContext) {
  return blocks.map((block) => {
    if (block.kind === "text") return labelled(block, "", block.text);
    if (block.kind === "files") return labelled(block, "", attachments({ ...attachmentContext, items: block.items }));
    if (block.kind === "records") return labelled(block, " xd-records", block.items.map(sourceRecord));
    if (block.kind === "rows") return labelled(block, " xd-rows", tag("ul", null, ...block.items.map(linkedRow)));
    return labelled(block, ` xd-${block.kind}`, tag("ol", null, ...block.items.map(historyItem)));
  });
}

function labelled(block, extraClass, content) {
  return tag("div", { class: `xd-block${extraClass}` }, tag("dt", null, block.label), tag("dd", null, content));
}

function sourceRecord({ table, where, cells }) {
  return tag(
    "table",
    { class: "xd-record" },
    tag("caption", null, tag("b", null, table), " ", faint(where)),
    tag(
      "tbody",
      null,
      ...cells.map(([head, text]) => tag("tr", null, tag("th", { scope: "row" }, head), tag("td", null, text))),
    ),
  );
}

function linkedRow({ id, text, state }) {
  return tag(
    "li",
    null,
    button(text, () => announce(SHOW_ROW, id), { class: "xlink" }),
    faint(` ${state}`),
  );
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
