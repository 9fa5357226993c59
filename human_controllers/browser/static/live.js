/** The picture, who drives, and the buttons beneath it. */

import { byId, say, withoutFocus } from "./dom.js";
import { Steering } from "./steering.js";
import { glyph, liveRows } from "./keys.js";

export class Live {
  /**
   * @param welcome the server's first message. @param keys the page's own keys.
   * @param line {send, put}: on the wire, and into the outbox.
   */
  constructor(welcome, keys, line) {
    this.welcome = welcome;
    this.line = line;
    this.state = null;
    this.frame = 0;
    this.picture = null;
    this.canvas = byId("picture");
    this.rows = liveRows(welcome, keys);
    this.steers = welcome.kinds.includes("intervention");
    this.judges = welcome.kinds.includes("evaluation");
    const visible = { takeover: this.steers, praise: this.judges, blame: this.judges, pause: true, step: welcome.pace === "step" };
    for (const [what, shown] of Object.entries(visible)) {
      const button = byId(what);
      button.hidden = !shown;
      button.querySelector("kbd").textContent = keys[what] ? glyph(keys[what]) : "";
      button.onclick = () => this.act(what);
      withoutFocus(button);
    }
    byId("pads").hidden = !this.steers;
    this.steering = this.steers ? new Steering(welcome, (message) => line.send(message), (what) => this.act(what)) : null;
  }

  /** Do what a button or a key stands for. */
  act(what) {
    const state = this.state ?? { in_control: false, paused: false };
    if (what === "takeover" && this.steers) this.line.send({ t: "control", on: !state.in_control });
    if (what === "pause") this.line.send({ t: "pause", on: !state.paused });
    if (what === "step" && this.welcome.pace === "step") this.line.send({ t: "step" });
    if (this.judges && (what === "praise" || what === "blame")) {
      this.line.put({ t: "judge", value: what === "praise" ? 1 : -1, frame: this.frame });
      flash(byId(what));
    }
  }

  /** A key that is not the page's own; whether it means something here. */
  key(name, down) {
    return this.steering?.key(name, down) ?? false;
  }

  /** The view is not before the eyes, or the window not in front: nobody holds anything. */
  release() {
    this.steering?.release();
  }

  /** Give the controls back, as whoever leaves does. */
  giveBack() {
    this.release();
    if (this.state?.in_control) this.line.send({ t: "control", on: false });
  }

  /** A picture has come: uint32 little-endian number, then a JPEG. */
  async receive(buffer) {
    const frame = new DataView(buffer).getUint32(0, true);
    this.steering?.came(frame);
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(buffer, 4)], { type: "image/jpeg" }));
    // One that was decoded faster may have overtaken it.
    if (this.picture && this.picture.frame > frame) return bitmap.close();
    this.picture?.bitmap.close();
    this.picture = { frame, bitmap };
  }

  /** Once for each refresh of the screen, while this view is before the eyes. */
  tick(now) {
    if (this.picture) {
      const { frame, bitmap } = this.picture;
      this.picture = null;
      this.paint(bitmap);
      this.frame = frame;
      // The hands first: a task that waits for its pictures to be seen goes on at once.
      this.steering?.drawn(frame);
      this.line.send({ t: "shown", frame });
    }
    this.steering?.tick(now);
  }

  paint(bitmap) {
    const { canvas } = this;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      byId("stage").style.setProperty("--aspect", bitmap.width / bitmap.height);
    }
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    canvas.dataset.drawn = "yes";
    bitmap.close();
  }

  /** The server's state: who drives, and whether the task stands. */
  show(state) {
    this.state = state;
    if (this.steering) this.steering.control = state.in_control;
    const [driver, words] = whoDrives(state);
    byId("stage").dataset.driver = driver;
    byId("stage").classList.toggle("paused", state.paused);
    say(byId("driver-words"), words);
    say(byId("takeover").firstElementChild, state.in_control ? "Give back" : "Take over");
    byId("takeover").setAttribute("aria-pressed", state.in_control);
    say(byId("pause").firstElementChild, state.paused ? "Go on" : "Pause");
    byId("pause").setAttribute("aria-pressed", state.paused);
    const waiting = byId("waiting");
    waiting.hidden = !state.waiting;
    say(waiting, state.waiting ?? "");
    document.title = state.in_control ? "● You are in control" : `${this.welcome.task} – coachable`;
  }

  /** No server, no driver. */
  lost() {
    this.release();
    if (this.steering) this.steering.control = false;
    this.state = null;
    byId("stage").dataset.driver = "nobody";
    say(byId("driver-words"), "Not connected: this picture is old");
  }
}

function whoDrives(state) {
  const standing = state.paused ? " – paused" : "";
  if (state.in_control) return ["you", `You are in control${standing}`];
  if (state.driver) return ["other", `${state.driver} is in control${standing}`];
  return ["agent", state.paused ? "Paused" : "The agent is in control"];
}

function flash(button) {
  button.classList.remove("flash");
  void button.offsetWidth; // so that the animation starts anew
  button.classList.add("flash");
}
