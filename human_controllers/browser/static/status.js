/** Figures: how far the run is, what it cost, what came of it. */

import { byId, draw, make, say } from "./dom.js";

const percent = (share) => `${Math.round(100 * share)} %`;
const whole = (number) => Math.round(number).toLocaleString("en");

/** Show the figures of a state. */
export function showStatus(state, welcome) {
  const share = state.total ? Math.min(state.step / state.total, 1) : 0;
  const bar = byId("progress");
  bar.setAttribute("aria-valuenow", Math.round(100 * share));
  bar.setAttribute("aria-valuetext", `step ${whole(state.step)} of ${whole(state.total)}`);
  bar.firstElementChild.style.width = `${100 * share}%`;
  const rows = [
    ["Task", welcome.task],
    ["Step", `${whole(state.step)} of ${whole(state.total)}`],
    ["People's time", `${state.minutes.toFixed(1)} min`],
    ["Success", state.success == null ? "not measured yet" : percent(state.success)],
    ["People here", state.people.join(", ") || "nobody"],
  ];
  if (welcome.kinds.some((kind) => ["preference", "ranking", "correction"].includes(kind))) {
    rows.push(["Questions", `${whole(state.open)} open, ${whole(state.answered)} answered`]);
    if (state.agreement != null) rows.push(["Agreement", percent(state.agreement)]);
  }
  if (state.last) rows.push(["Last word", `${state.last.value > 0 ? "good" : "bad"}, by ${state.last.by}`]);
  const list = byId("figures");
  if (list.children.length !== 2 * rows.length) {
    list.replaceChildren(...rows.flatMap(([name]) => [make("dt", {}, name), make("dd")]));
  }
  rows.forEach(([name, value], row) => {
    say(list.children[2 * row], name);
    say(list.children[2 * row + 1], value);
  });
  showCurve(state);
}

function showCurve({ curve, total }) {
  byId("learning").hidden = curve.length === 0;
  const stamp = JSON.stringify([curve.length, curve.at(-1), total]);
  const svg = byId("curve");
  if (svg.dataset.stamp === stamp || curve.length === 0) return;
  svg.dataset.stamp = stamp;
  const [left, right, top, bottom] = [38, 268, 10, 96];
  const end = Math.max(total || 0, curve.at(-1)[0], 1);
  const x = (step) => left + ((right - left) * step) / end;
  const y = (success) => bottom - (bottom - top) * success;
  const marks = [0, 0.5, 1].flatMap((share) => [
    draw("line", { x1: left, x2: right, y1: y(share), y2: y(share), class: "grid" }),
    draw("text", { x: left - 5, y: y(share) + 3.5, class: "end" }, percent(share)),
  ]);
  const [lastStep, lastSuccess] = curve.at(-1);
  svg.replaceChildren(
    ...marks,
    draw("text", { x: left, y: bottom + 16 }, "0"),
    draw("text", { x: right, y: bottom + 16, class: "end" }, `${whole(end)} steps`),
    draw("polyline", { points: curve.map(([step, success]) => `${x(step)},${y(success)}`).join(" "), class: "trace" }),
    draw("circle", { cx: x(lastStep), cy: y(lastSuccess), r: 3.5, class: "now" }),
  );
  svg.setAttribute("aria-label", `Learning curve: success ${percent(lastSuccess)} at step ${whole(lastStep)}`);
}

const KINDS = { judge: (message) => (message.value > 0 ? "Good" : "Bad"), answer: () => "Answer" };
const LONGEST = 6;

/** Everything this person gave: how much is saved, and the latest of it. */
export class Given {
  constructor() {
    this.kept = 0;
    this.waiting = 0;
    this.items = new Map();
  }

  /** The way of one message: waiting, kept or refused. */
  mark(message, outcome, words) {
    this.waiting += outcome === "waiting" ? 1 : -1;
    if (outcome === "kept") this.kept += 1;
    const parts = [];
    if (this.kept) parts.push(`${this.kept} saved`);
    if (this.waiting) parts.push(`${this.waiting} on the way`);
    say(byId("given"), parts.join(", ") || "Nothing yet.");
    if (message.t === "say") return;
    let state = this.items.get(message.id);
    if (!state) {
      state = make("span", { class: "state" });
      this.items.set(message.id, state);
      const what = KINDS[message.t]?.(message) ?? message.t;
      const about = message.t === "judge" ? ` about picture ${message.frame}` : "";
      byId("marks").prepend(make("li", {}, what + about, " ", state));
      while (byId("marks").children.length > LONGEST) byId("marks").lastElementChild.remove();
    }
    state.dataset.state = outcome;
    state.textContent = { waiting: "on its way", kept: "saved", refused: `not taken: ${words}` }[outcome];
    if (outcome !== "waiting") this.items.delete(message.id);
  }
}
