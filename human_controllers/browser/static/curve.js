/** One axis of an action over time, which can be drawn over: by hand, or with the arrow keys. */

import { colour, make } from "./dom.js";

/** Room for the numbers of the scale, and at the right. */
const LEFT = 34;
const RIGHT = 8;
const EDGE = 8;
/** Of the whole range, for one press of an arrow. */
const FINE = 0.05;

export class Curve {
  /**
   * @param label of the axis. @param values [T], changed in place. @param low, high its ends.
   * @param levels words of the numbers of a discrete action, or null.
   * @param on {before(), change(), time(row)}: something is about to be drawn, and was; the person
   *   looks at this row.
   */
  constructor({ label, values, low, high, levels, fps }, on) {
    Object.assign(this, { label, values, low, high, levels, fps, on });
    this.before = [...values];
    this.row = 0;
    this.anchor = 0;
    this.canvas = make("canvas", {
      class: "curve", tabindex: 0, role: "slider", "aria-label": `${label}: left and right for the time, up and down to change it`,
      "aria-orientation": "vertical", "aria-valuemin": low, "aria-valuemax": high,
    });
    this.element = make("div", { class: "axis" }, make("p", { class: "axis-name", "aria-hidden": "true" }, label), this.canvas);
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.follow(event));
    new ResizeObserver(() => this.paint()).observe(this.canvas);
    this.speak();
  }

  get changed() {
    return this.values.some((value, row) => value !== this.before[row]);
  }

  /** Take other values, those of the beginning if none are given. */
  set(values = this.before) {
    this.values.splice(0, this.values.length, ...values);
    this.paint();
  }

  /** Put the playhead on a row. */
  lookAt(row) {
    if (row !== this.row) this.anchor = row;
    this.row = row;
    this.paint();
  }

  snap(value) {
    const inside = Math.min(Math.max(value, this.low), this.high);
    return this.levels ? Math.round(inside) : Number(inside.toPrecision(6));
  }

  begin(event) {
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.last = null;
    this.on.before();
    this.follow(event);
  }

  /** Draw from where the pointer was to where it is, and leave no row between them out. */
  follow(event) {
    if (!this.canvas.hasPointerCapture(event.pointerId)) return;
    const box = this.canvas.getBoundingClientRect();
    const row = this.rowAt(event.clientX - box.left, box.width);
    const value = this.valueAt(event.clientY - box.top, box.height);
    const from = this.last ?? { row, value };
    const steps = Math.max(Math.abs(row - from.row), 1);
    for (let step = this.last ? 1 : 0; step <= steps; step += 1) {
      const at = from.row + Math.round(((row - from.row) * step) / steps);
      this.values[at] = this.snap(from.value + ((value - from.value) * step) / steps);
    }
    this.last = { row, value };
    this.row = this.anchor = row;
    this.on.time(row);
    this.on.change();
    this.paint();
    this.speak();
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -this.values.length, End: this.values.length }[event.key];
    const raise = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
    if (by === undefined && raise === undefined) return;
    event.preventDefault();
    if (by !== undefined) {
      this.row = Math.min(Math.max(this.row + by, 0), this.values.length - 1);
      if (!event.shiftKey) this.anchor = this.row;
      this.on.time(this.row);
    } else {
      this.on.before();
      const step = this.levels ? Math.sign(raise) : raise * FINE * (this.high - this.low);
      const [first, last] = [Math.min(this.anchor, this.row), Math.max(this.anchor, this.row)];
      for (let row = first; row <= last; row += 1) this.values[row] = this.snap(this.values[row] + step);
      this.on.change();
    }
    this.paint();
    this.speak();
  }

  rowAt(x, width) {
    const rows = this.values.length;
    return Math.min(Math.max(Math.floor(((x - LEFT) / (width - LEFT - RIGHT)) * rows), 0), rows - 1);
  }

  valueAt(y, height) {
    const share = 1 - (y - EDGE) / (height - 2 * EDGE);
    const pad = this.levels ? 0.5 : 0; // a lane reaches half a number to either side
    return this.low - pad + share * (this.high - this.low + 2 * pad);
  }

  paint() {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!width) return;
    const scale = devicePixelRatio;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    const cell = (width - LEFT - RIGHT) / this.values.length;
    const x = (row) => LEFT + row * cell;
    const pad = this.levels ? 0.5 : 0;
    const y = (value) => EDGE + (1 - (value - this.low + pad) / (this.high - this.low + 2 * pad)) * (height - 2 * EDGE);
    const [first, last] = [Math.min(this.anchor, this.row), Math.max(this.anchor, this.row)];
    pen.fillStyle = colour("--select");
    pen.fillRect(x(first), 0, x(last + 1) - x(first), height);
    if (this.levels) this.paintCells(pen, x, y, cell, width);
    else this.paintLines(pen, x, y, cell, width);
    pen.fillStyle = colour("--ink");
    pen.fillRect(x(this.row) + cell / 2 - 1, 0, 2, height);
  }

  paintLines(pen, x, y, cell, width) {
    pen.strokeStyle = colour("--line");
    pen.lineWidth = 1;
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillStyle = colour("--dim");
    for (const value of [this.low, (this.low + this.high) / 2, this.high]) {
      pen.strokeRect(LEFT, y(value), width - LEFT - RIGHT, 0);
      pen.fillText(Number(value.toPrecision(3)), LEFT - 6, y(value));
    }
    const trace = (values, style, thick, dash) => {
      pen.strokeStyle = style;
      pen.lineWidth = thick;
      pen.setLineDash(dash);
      pen.beginPath();
      values.forEach((value, row) => {
        pen.lineTo(x(row), y(value));
        pen.lineTo(x(row) + cell, y(value));
      });
      pen.stroke();
      pen.setLineDash([]);
    };
    trace(this.before, colour("--agent"), 1.5, [4, 3]);
    trace(this.values, colour("--you"), 3, []);
  }

  paintCells(pen, x, y, cell, width) {
    const gap = cell > 6 ? 1 : 0;
    const tall = y(0) - y(1);
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    this.levels.forEach((words, number) => {
      pen.strokeStyle = colour("--line");
      pen.strokeRect(LEFT, y(this.low + number) - tall / 2, width - LEFT - RIGHT, tall);
    });
    this.values.forEach((value, row) => {
      pen.fillStyle = colour("--you");
      pen.fillRect(x(row), y(value) - tall / 2 + 2, cell - gap, tall - 4);
      if (value === this.before[row]) return;
      pen.strokeStyle = colour("--agent");
      pen.strokeRect(x(row) + 1, y(this.before[row]) - tall / 2 + 3, cell - gap - 2, tall - 6);
    });
    this.levels.forEach((words, number) => {
      pen.strokeStyle = colour("--paper");
      pen.lineWidth = 3;
      pen.strokeText(words, LEFT + 5, y(this.low + number));
      pen.lineWidth = 1;
      pen.fillStyle = colour("--ink");
      pen.fillText(words, LEFT + 5, y(this.low + number));
    });
  }

  /** Say where the keys are; not while the clip plays, or a screen reader would never rest. */
  speak() {
    const value = this.values[this.row];
    const seconds = (this.row / this.fps).toFixed(1);
    this.canvas.setAttribute("aria-valuenow", value);
    const words = this.levels?.[value - this.low] ?? value.toFixed(2);
    const stretch = this.anchor === this.row ? "" : `, ${Math.abs(this.anchor - this.row) + 1} steps chosen`;
    this.canvas.setAttribute("aria-valuetext", `at ${seconds} s ${words}${stretch}`);
  }
}
