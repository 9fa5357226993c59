/** Which key does what, and the legend that says so. */

import { byId, make } from "./dom.js";
import { lie } from "./hands.js";

const NAMES = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", " ": "space", Enter: "return" };
const GLYPHS = { left: "←", right: "→", up: "↑", down: "↓", space: "space", return: "enter", "-": "−" };
const WISHES = {
  takeover: ["space", "v", "0"],
  praise: ["+", "g"],
  blame: ["-", "b"],
  pause: ["p", "k", "o"],
  step: [".", ","],
  say: ["/", "t"],
  question: ["q", "u"],
};
/** Keys that stand beside another one: = is + without shift, and the number pad has no other name. */
const ALSO = { "=": "+", "−": "-", "_": "-" };

/** The lab's name of a key: "left", "space", "return", "a", "." … */
export const nameOf = (event) => NAMES[event.key] ?? event.key.toLowerCase();

/** How a key is written for people. */
export const glyph = (name) => GLYPHS[name] ?? (name.length === 1 ? name.toUpperCase() : name);

/** What the page's own keys are in this task: {takeover: "space", …}, clear of the task's keys. */
export function chooseKeys(welcome) {
  const taken = new Set(welcome.actions.map((action) => action.key));
  for (const axis of welcome.axes) taken.add(axis.down).add(axis.up);
  const chosen = Object.entries(WISHES).map(([what, wishes]) => [what, wishes.find((key) => !taken.has(key))]);
  return Object.fromEntries(chosen);
}

/** What a key of the page's own does now: "takeover", … or undefined. */
export function meaningOf(name, keys) {
  const found = Object.entries(keys).find(([, key]) => key === name);
  if (found) return found[0];
  const other = ALSO[name];
  return other && Object.entries(keys).find(([, key]) => key === other)?.[0];
}

/** Whether the focused element wants this key for itself. */
export function belongsToFocus(event) {
  const focus = document.activeElement;
  if (event.ctrlKey || event.altKey || event.metaKey) return true;
  if (!focus || focus === document.body) return false;
  if (focus.matches("[type=range], [role=slider]")) return /^(Arrow|Home|End|Page)/.test(event.key);
  if (focus.matches("input, textarea, select, [contenteditable]")) return true;
  return focus.matches("button, summary, a") && (event.key === " " || event.key === "Enter");
}

/** Write the legend from rows of [keys, meaning]. */
export function writeLegend(rows) {
  const entries = rows.flatMap(([names, meaning]) => [
    make("dt", {}, ...names.flatMap((name) => [make("kbd", {}, glyph(name)), " "])),
    make("dd", {}, meaning),
  ]);
  byId("keys").replaceChildren(...entries);
}

/** The keys of an axis, the left and the lower one first. */
const ends = (axis) => (lie(axis).sign > 0 ? [axis.down, axis.up] : [axis.up, axis.down]);

/** The rows of the live view. */
export function liveRows(welcome, keys) {
  const has = (kind) => welcome.kinds.includes(kind);
  const rows = [];
  if (has("intervention")) {
    rows.push([[keys.takeover], "take over, give back"]);
    if (welcome.axes.length) rows.push([welcome.axes.flatMap(ends), "steer"]);
    for (const action of welcome.actions) rows.push([[action.key], action.name ?? `action ${action.number}`]);
  }
  if (has("evaluation")) rows.push([[keys.praise], "good"], [[keys.blame], "bad"]);
  rows.push([[keys.pause], "pause, go on"]);
  if (welcome.pace === "step") rows.push([[keys.step], "one step"]);
  if (has("utterance")) rows.push([[keys.say], "say something"], [["Esc"], "back from the text"]);
  return rows;
}

/** The rows of one kind of question. */
export function questionRows(kind) {
  const rows = [];
  if (kind === "preference") {
    rows.push([["left", "right"], "this one is better"], [["down"], "about equal"]);
  }
  if (kind === "ranking") {
    rows.push([["1", "2", "…"], "next best"], [["Backspace"], "undo"], [["return"], "send"]);
  }
  if (kind === "correction") {
    rows.push([["left", "right"], "time"], [["Shift", "→"], "a stretch of time"]);
    rows.push([["down", "up"], "change the action"], [["Tab"], "the next axis"]);
    rows.push([["return"], "send"], [["Backspace"], "undo"]);
  } else if (kind) rows.push([["up"], "skip"]);
  if (kind) rows.push([["space"], "stop the clips, go on"]);
  return rows;
}
