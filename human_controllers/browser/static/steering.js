/** All that steers, and when the server hears of it. */

import { ActionButtons, Pads } from "./pads.js";
import { Axes, Numbers } from "./hands.js";
import { Gamepad } from "./gamepad.js";
import { byId } from "./dom.js";

/** Milliseconds without a picture after which changes are sent by themselves, and how often. */
const QUIET = 100;
const APART = 40;

export class Steering {
  /** @param send puts one message on the wire. @param onButton what a gamepad's buttons mean. */
  constructor(welcome, send, onButton) {
    this.send = send;
    this.numbered = welcome.axes.length === 0;
    this.hands = this.numbered ? new Numbers(welcome.actions) : new Axes(welcome.axes, welcome.rise, welcome.fall);
    this.gamepad = new Gamepad(welcome, this.hands, onButton);
    const pads = byId("pads");
    this.shown = this.numbered ? new ActionButtons(pads, welcome.actions, this.hands) : new Pads(pads, welcome.axes, this.hands);
    this.inControl = false;
    this.frame = 0;
    this.sentAt = this.drawnAt = 0;
    this.sent = "";
  }

  /** Whether the person steers. Whoever takes over in haste is steering before the answer comes. */
  set control(on) {
    if (on === this.inControl) return;
    this.inControl = on;
    this.hands.centre(performance.now());
    this.sent = "";
  }

  /** Press or release a key; whether it steers here. */
  key(name, down) {
    if (!this.hands.keys.has(name)) return false;
    this.hands.key(name, down, performance.now());
    if (this.inControl) this.tell(true);
    return true;
  }

  /** A picture has come, and is not on the screen yet. */
  came(frame) {
    if (this.numbered) this.hands.newest = frame;
  }

  /** A picture is on the screen. */
  drawn(frame) {
    this.frame = frame;
    this.drawnAt = performance.now();
    if (this.numbered) this.hands.drawn(frame);
    if (this.inControl) this.tell(false);
  }

  /** Between pictures: look at the gamepad, show the hands, and say what has changed. */
  tick(now) {
    this.gamepad.read();
    if (this.numbered) this.shown.show(this.inControl ? this.hands.message().action : null);
    else this.shown.show(this.inControl ? this.hands.positions(now) : this.hands.ramp.map(() => 0));
    const quiet = now - this.drawnAt > QUIET && now - this.sentAt > APART;
    if (this.inControl && (quiet || this.numbered)) this.tell(true);
  }

  /** Let go of everything, and say so. */
  release() {
    this.hands.release();
    if (this.inControl) this.tell(true);
  }

  tell(onlyChanges) {
    const now = performance.now();
    const message = { t: "steer", ...this.hands.message(now), frame: this.frame };
    const what = JSON.stringify(message.axes ?? message.action);
    if (onlyChanges && what === this.sent) return;
    this.sent = what;
    this.sentAt = now;
    this.send(message);
  }
}
