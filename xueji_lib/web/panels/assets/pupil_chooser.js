// Whom a finding is about: pupils of the school's own lists, masked, chosen class by class; or nobody.
import { button, dropDown, faint, tag, uniqueId } from "./dom.js";

export class PupilChooser {
  /** `classes`: [grade, number, label]; `chosen`: pupils to begin with; `onChange(pupils)`. */
  constructor(outbox, classes, chosen, onChange) {
    Object.assign(this, { outbox, classes, onChange });
    this.chosen = [...chosen];
    this.boxes = []; // [pupil, checkbox] of the class that is listed
    this.list = tag("ul", { class: "xpupil-list" });
    this.chips = tag("div", { class: "xpupil-chips", role: "status" });
    const options = [
      ["", "选一个班，再选学生（没有就不选）"],
      ...classes.map(([, , label], at) => [String(at), label]),
    ];
    const id = uniqueId("class");
    const choice = dropDown(options, "", { id, onchange: () => this.load(choice.value) });
    const label = tag("label", { for: id }, "涉及的学生");
    this.element = tag("div", { class: "xpupil" }, label, choice, this.chips, this.list);
    this.draw();
  }

  async load(at) {
    if (at === "") {
      this.list.replaceChildren();
      return;
    }
    const [grade, class_no, label] = this.classes[Number(at)];
    this.list.replaceChildren(tag("li", null, "正在读名单…"));
    try {
      const reply = await this.outbox.ask({ op: "pupils", grade, class_no });
      if (!reply.pupils) throw new Error(reply.message);
      this.boxes = [];
      const rows = reply.pupils.map((pupil) =>
        this.row({ ...pupil, grade, class_no, words: `${pupil.name}（${label}）` }),
      );
      this.list.replaceChildren(...(rows.length ? rows : [tag("li", null, "这个班没有学生")]));
    } catch (error) {
      this.list.replaceChildren(tag("li", { class: "bad" }, `读不到名单：${error.message}`));
    }
  }

  row(pupil) {
    const box = tag("input", {
      type: "checkbox",
      checked: this.chosen.some((one) => isSame(one, pupil)),
      onchange: () => this.set(pupil, box.checked),
    });
    this.boxes.push([pupil, box]);
    return tag("li", null, tag("label", null, box, ` ${pupil.name} `, faint(pupil.ref)));
  }

  set(pupil, wanted) {
    this.chosen = this.chosen.filter((one) => !isSame(one, pupil));
    if (wanted) this.chosen.push(pupil);
    this.onChange(this.chosen);
    this.draw();
  }

  draw() {
    const chips = this.chosen.map((pupil) =>
      button(`${pupil.words} ✕`, () => this.set(pupil, false), {
        class: "xb xb-small",
        "aria-label": `不要 ${pupil.words}`,
      }),
    );
    this.chips.replaceChildren(...chips);
    for (const [pupil, box] of this.boxes) box.checked = this.chosen.some((one) => isSame(one, pupil));
  }
}

function isSame(one, other) {
  return ["name", "ref", "grade", "class_no"].every((field) => one[field] === other[field]);
}
