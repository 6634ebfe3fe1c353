// What an opened row shows: blocks of plain data from Python.
import { h } from "./dom.js";
import { files } from "./files.js";

export function blocks(list, { line, id, upload, told }) {
  return list.map((block) => {
    if (block.kind === "text") {
      return h("div", { class: "xd-block" }, h("dt", null, block.label), h("dd", null, block.text));
    }
    if (block.kind === "files") {
      return h("div", { class: "xd-block" }, h("dt", null, block.label),
        h("dd", null, files({ line, id, items: block.items, upload, told })));
    }
    const items = block.items.map((item) => h("li", null,
      h("span", { class: "xd-what" }, item.what), ` ${item.who} `, h("span", { class: "faint" }, item.at),
      item.note ? h("div", { class: "xd-note" }, item.note) : ""));
    return h("div", { class: `xd-block xd-${block.kind}` }, h("dt", null, block.label), h("dd", null, h("ol", null, items)));
  });
}
