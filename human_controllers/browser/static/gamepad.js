/** A gamepad of the standard layout: sticks steer, buttons do what the page's own keys do. */

import { lie, pastDeadZone } from "./hands.js";

const BUTTONS = { 5: "takeover", 3: "praise", 1: "blame", 9: "pause", 8: "step" };
const CROSS = { 12: "up", 13: "down", 14: "left", 15: "right" };
/** Buttons for numbered actions that have no arrow: A, X, and the triggers. */
const SPARE = [0, 2, 6, 7];

export class Gamepad {
  /** @param onButton called with the name of what a button does, once a press. */
  constructor(welcome, hands, onButton) {
    this.axes = welcome.axes;
    this.hands = hands;
    this.onButton = onButton;
    this.down = new Set();
    this.numbers = new Map();
    const spare = [...SPARE];
    for (const action of welcome.actions) {
      const arrow = Object.keys(CROSS).find((button) => CROSS[button] === action.key);
      const button = arrow ?? spare.shift();
      if (button !== undefined) this.numbers.set(Number(button), action.number);
    }
  }

  /** Look at the device. */
  read() {
    const pad = navigator.getGamepads?.().find((found) => found?.connected);
    if (!pad) return;
    this.axes.forEach((axis, number) => {
      const { across, sign } = lie(axis);
      const pair = 2 * Math.floor(number / 2);
      // A stick's second axis points down; a pad's points up.
      const stick = across ? (pad.axes[pair] ?? 0) : -(pad.axes[pair + 1] ?? 0);
      this.hands.stick[number] = sign * pastDeadZone(stick);
    });
    pad.buttons.forEach((button, number) => {
      if (button.pressed === this.down.has(number)) return;
      if (button.pressed) this.down.add(number);
      else this.down.delete(number);
      if (this.numbers.has(number)) {
        if (button.pressed) this.hands.press(this.numbers.get(number));
        else this.hands.lift(this.numbers.get(number));
      } else if (button.pressed && BUTTONS[number]) this.onButton(BUTTONS[number]);
    });
  }
}
