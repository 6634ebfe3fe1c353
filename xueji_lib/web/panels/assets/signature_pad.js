// A field to sign in with finger, pen or mouse: strokes that can be taken back, and the drawing as a PNG.
import { button, mainButton, tag } from "./dom.js";

const WIDTH = 720; // of the drawing, whatever the screen: a signature looks the same on a telephone and a tablet
const HEIGHT = 240;
const LINE = 4.5;
const LEAST_LENGTH = 30; // of all strokes together; less is a slip of the finger

export class SignaturePad {
  /** `label`: whose signature; `onSave(drawing)`: base64 of the PNG; `onCancel()`. */
  constructor({ label, onSave, onCancel }) {
    this.strokes = []; // each a list of {x, y} in the drawing's own measure
    this.current = null; // the stroke under way
    this.onSave = onSave;
    this.canvas = tag("canvas", { class: "xpad-canvas", width: WIDTH, height: HEIGHT, role: "img" });
    this.canvas.setAttribute("aria-label", `${label} 签名框：用手指、笔或鼠标签；不能这样签的，选纸上手签`);
    this.problem = tag("p", { class: "bad", role: "alert" });
    this.listen();
    this.element = tag(
      "div",
      { class: "xpad" },
      this.canvas,
      tag(
        "div",
        { class: "xf-buttons" },
        mainButton("存这个签名", () => this.save()),
        button("撤一笔", () => this.undo()),
        button("清除重签", () => this.clear()),
        button("不签了", onCancel),
      ),
      this.problem,
    );
    this.paint();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.start(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.end(event));
  }

  start(event) {
    if (this.current || event.button > 0) return; // a second finger, or another button of the mouse
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.current = { pointerId: event.pointerId, points: [this.point(event)] };
    this.strokes.push(this.current.points);
    this.problem.textContent = "";
    this.paint();
  }

  move(event) {
    if (event.pointerId !== this.current?.pointerId) return;
    event.preventDefault();
    const events = event.getCoalescedEvents?.() ?? [];
    this.current.points.push(...(events.length ? events : [event]).map((each) => this.point(each)));
    this.paint();
  }

  end(event) {
    if (event.pointerId === this.current?.pointerId) this.current = null;
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * WIDTH) / box.width,
      y: ((event.clientY - box.top) * HEIGHT) / box.height,
    };
  }

  undo() {
    this.strokes.pop();
    this.current = null;
    this.paint();
  }

  clear() {
    this.strokes = [];
    this.current = null;
    this.paint();
  }

  paint() {
    const pen = this.canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    Object.assign(pen, { lineWidth: LINE, lineCap: "round", lineJoin: "round", strokeStyle: "#000" });
    for (const points of this.strokes) drawStroke(pen, points);
  }

  save() {
    if (this.strokes.reduce((sum, points) => sum + lengthOf(points), 0) < LEAST_LENGTH) {
      this.problem.textContent = "还没有签名，请在框里签";
      return;
    }
    this.onSave(this.canvas.toDataURL("image/png").split(",")[1]);
  }
}

function drawStroke(pen, points) {
  const [first, ...rest] = points;
  pen.beginPath();
  pen.moveTo(first.x, first.y);
  if (!rest.length) pen.lineTo(first.x + 0.1, first.y);
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1] ?? point;
    pen.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
  }
  pen.stroke();
}

function lengthOf(points) {
  return points
    .slice(1)
    .reduce((sum, { x, y }, index) => sum + Math.hypot(x - points[index].x, y - points[index].y), 0);
}
