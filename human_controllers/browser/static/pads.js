/** What fingers steer with, and where everybody sees what the hands do: pads, and buttons for numbers. */

import { lie } from "./hands.js";
import { glyph } from "./keys.js";
import { make } from "./dom.js";

/** One pad for each pair of axes; a pair that lies the same way gets its first axis across. */
export class Pads {
  constructor(parent, axes, hands) {
    this.hands = hands;
    this.pads = [];
    for (let first = 0; first < axes.length; first += 2) {
      const pair = axes.slice(first, first + 2).map((axis, offset) => ({ ...axis, ...lie(axis), number: first + offset }));
      if (pair.length === 2 && pair[0].across === pair[1].across) {
        pair[0].across = true;
        pair[1].across = false;
      }
      this.pads.push(this.build(pair));
    }
    parent.replaceChildren(...this.pads.map((pad) => pad.element));
  }

  build(pair) {
    const dot = make("span", { class: "dot" });
    const element = make("div", { class: "pad", role: "group", "aria-label": "Steering pad" }, dot);
    const x = pair.find((axis) => axis.across);
    const y = pair.find((axis) => !axis.across);
    element.classList.toggle("flat", !y);
    element.classList.toggle("tall", !x);
    for (const [axis, ends] of [[x, ["west", "east"]], [y, ["south", "north"]]]) {
      if (!axis) continue;
      const names = axis.sign > 0 ? [axis.down, axis.up] : [axis.up, axis.down];
      ends.forEach((end, side) => element.append(make("kbd", { class: end, "aria-hidden": "true" }, glyph(names[side]))));
    }
    const set = (event) => {
      const box = element.getBoundingClientRect();
      const reach = (value) => Math.max(-1, Math.min(1, value));
      if (x) this.hands.pad[x.number] = x.sign * reach((2.6 * (event.clientX - box.left)) / box.width - 1.3);
      if (y) this.hands.pad[y.number] = -y.sign * reach((2.6 * (event.clientY - box.top)) / box.height - 1.3);
    };
    const lift = () => pair.forEach((axis) => (this.hands.pad[axis.number] = null));
    element.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      set(event);
    });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) set(event);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) element.addEventListener(end, lift);
    return { element, dot, x, y };
  }

  /** Show where the hands are. @param positions [axes] */
  show(positions) {
    for (const { dot, x, y } of this.pads) {
      const along = x ? x.sign * positions[x.number] : 0;
      const up = y ? y.sign * positions[y.number] : 0;
      dot.style.left = `${50 + 37 * along}%`;
      dot.style.top = `${50 - 37 * up}%`;
    }
  }
}

/** A button for each numbered action: held as long as it is pressed. */
export class ActionButtons {
  constructor(parent, actions, hands) {
    this.buttons = new Map();
    for (const { key, number, name } of actions) {
      const button = make("button", { type: "button", class: "action" }, make("span", {}, name ?? `Action ${number}`), " ", make("kbd", {}, glyph(key)));
      button.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        button.setPointerCapture(event.pointerId);
        hands.press(number);
      });
      for (const end of ["pointerup", "pointercancel"]) button.addEventListener(end, () => hands.lift(number));
      // From the keyboard, and by assistive technology, a click is a tap.
      button.addEventListener("click", (event) => {
        if (event.detail !== 0) return;
        hands.press(number);
        hands.lift(number);
      });
      this.buttons.set(number, button);
    }
    parent.replaceChildren(make("div", { class: "actions" }, ...this.buttons.values()));
  }

  /** Show which one holds. */
  show(held) {
    for (const [number, button] of this.buttons) button.classList.toggle("held", number === held);
  }
}
