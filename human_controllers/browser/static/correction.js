/** A correction: the clip with its playhead, and the curves that can be drawn over. */

import { Curve } from "./curve.js";
import { lie } from "./hands.js";
import { make } from "./dom.js";

const hint = (key) => make("kbd", { "aria-hidden": "true" }, key);

/** What an axis does, in the words of its keys. */
function nameOf(axis) {
  if (!axis) return undefined;
  return lie(axis).across ? `up is ${axis.up}, down is ${axis.down}` : `${axis.up} and ${axis.down}`;
}

/** Changes that can be taken back. */
const LONGEST = 500;

export class Correction {
  title = "Show it how";
  hint = "Draw over the action where the agent went wrong. The clip shows what did happen.";

  /** @param welcome for the names of numbered actions. @param answer called with {action}. */
  constructor(question, clips, answer, welcome) {
    const { rows, low, high, names, number, first = 0 } = question.action;
    this.clips = clips;
    this.rows = rows.length;
    this.answer = answer;
    this.columns = rows[0].map((_, axis) => rows.map((row) => row[axis]));
    this.past = [];
    const on = { before: () => this.note(), change: () => this.show(), time: (row) => this.lookAt(row) };
    this.curves = this.columns.map((values, axis) => {
      const common = { values, fps: question.fps };
      if (number === undefined) {
        const label = nameOf(welcome.axes[axis]) ?? names?.[axis] ?? `axis ${axis + 1}`;
        return new Curve({ ...common, label, low: low[axis], high: high[axis], levels: null }, on);
      }
      const levels = Array.from({ length: number }, (_, k) => welcome.actions.find((action) => action.number === k)?.name ?? `Action ${k}`);
      return new Curve({ ...common, label: "Action", low: first, high: first + number - 1, levels }, on);
    });
    this.curves.forEach((curve) => curve.canvas.style.setProperty("--lanes", curve.levels?.length ?? 0));
    clips.onTime = (frame) => this.follow(frame);
    this.send = make("button", { type: "button", class: "primary", onclick: () => this.done() }, "Send ", hint("enter"));
    this.undo = make("button", { type: "button", onclick: () => this.back() }, "Undo ", hint("⌫"));
    this.reset = make("button", { type: "button", onclick: () => this.anew() }, "Reset");
    const skip = make("button", { type: "button", onclick: () => answer({ action: null }) }, "Skip");
    this.element = make(
      "div", { class: "correction" },
      make("div", { class: "clip" }, clips.canvases[0]),
      make("div", { class: "draw" },
        clips.bar,
        ...this.curves.map((curve) => curve.element),
        make("p", { class: "key-of-lines" }, make("span", { class: "was" }, "the agent's"), make("span", { class: "shall" }, "yours")),
        make("div", { class: "deck" }, this.send, this.undo, this.reset, skip)),
    );
    this.show();
  }

  /** The clip has come to a frame. */
  follow(frame) {
    const row = Math.min(Math.floor((frame * this.rows) / this.clips.length), this.rows - 1);
    this.curves.forEach((curve) => curve.lookAt(row));
  }

  /** The person draws at a row: the clip and the other curves go there. */
  lookAt(row) {
    this.clips.seek(Math.min(Math.round((row * this.clips.length) / this.rows), this.clips.length - 1), false);
    this.curves.forEach((curve) => curve.row === row || curve.lookAt(row));
  }

  /** Something is about to change. */
  note() {
    this.past.push(this.columns.map((values) => [...values]));
    if (this.past.length > LONGEST) this.past.shift();
  }

  /** Take the last change back. */
  back() {
    const columns = this.past.pop();
    if (columns) this.curves.forEach((curve, axis) => curve.set(columns[axis]));
    this.show();
  }

  /** Begin anew; that can be taken back too. */
  anew() {
    this.note();
    this.curves.forEach((curve) => curve.set());
    this.show();
  }

  show() {
    this.send.disabled = this.reset.disabled = !this.curves.some((curve) => curve.changed);
    this.undo.disabled = this.past.length === 0;
  }

  done() {
    if (this.send.disabled) return;
    const rows = Array.from({ length: this.rows }, (_, row) => this.columns.map((values) => values[row]));
    this.answer({ action: rows });
  }

  key(name, event) {
    if (name === "return") this.done();
    else if (name === "backspace") this.back();
    else if (event.key.startsWith("Arrow")) {
      // The first arrow goes to the first curve, as if it had the focus already.
      const [{ canvas }] = this.curves;
      canvas.focus();
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, shiftKey: event.shiftKey }));
    } else return false;
    return true;
  }
}
