/** Clips: sheets of frames, shown in step with one another. */

import { lessMotion, make, withoutFocus } from "./dom.js";

/** Seconds for which the last frame stands before the clips begin anew. */
const REST = 0.6;

/** Fetch a sheet. @returns ImageBitmap */
async function sheet(question, number, token) {
  const path = `/clip/${encodeURIComponent(question)}/${number}?token=${encodeURIComponent(token)}`;
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`clip ${number} of this question did not come (${answer.status})`);
  return createImageBitmap(await answer.blob());
}

/** The clips of one question, with a button to play and a slider for the time. */
export class Clips {
  /** @param question the server's message. @param onTime called with each frame index shown. */
  constructor(question, token, onTime = () => {}) {
    this.layouts = question.clips;
    this.fps = question.fps;
    this.onTime = onTime;
    const rows = question.action?.rows.length ?? 1;
    this.length = Math.max(rows, ...question.clips.map((clip) => clip.frames));
    this.canvases = question.clips.map((clip, number) =>
      make("canvas", { width: clip.width, height: clip.height, role: "img", "aria-label": `Clip ${number + 1}` }),
    );
    this.sheets = null;
    this.playing = !lessMotion();
    this.time = 0;
    this.before = null;
    this.play = withoutFocus(make("button", { type: "button", class: "small", onclick: () => this.toggle() }));
    this.slider = make("input", {
      type: "range", min: 0, max: this.length - 1, value: 0, "aria-label": "Time", oninput: () => this.seek(Number(this.slider.value)),
    });
    this.bar = make("div", { class: "player" }, this.play, this.slider);
    this.label();
    const fetched = question.clips.map((clip, number) => (clip.frames ? sheet(question.question, number, token) : null));
    this.canvases.forEach((canvas, number) => (canvas.hidden = !question.clips[number].frames));
    this.ready = Promise.all(fetched).then((sheets) => {
      this.sheets = sheets;
      this.show();
    });
  }

  get frame() {
    return Math.min(Math.floor(this.time * this.fps), this.length - 1);
  }

  toggle() {
    this.playing = !this.playing;
    this.label();
  }

  /** Stand still at a frame; `tell` whether `onTime` hears of it. */
  seek(frame, tell = true) {
    this.playing = false;
    this.label();
    this.time = (frame + 0.5) / this.fps;
    this.show(tell);
  }

  label() {
    this.play.textContent = this.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.playing ? "Stop the clips" : "Play the clips");
  }

  /** Once for each refresh of the screen; `now` in milliseconds. */
  tick(now) {
    const passed = this.before === null ? 0 : (now - this.before) / 1000;
    this.before = now;
    if (!this.playing || !this.sheets) return;
    this.time += Math.min(passed, 0.25);
    if (this.time > this.length / this.fps + REST) this.time = 0;
    this.show();
  }

  /** Draw the frame of now; a shorter clip waits at its end for the others. */
  show(tell = true) {
    if (!this.sheets) return;
    const { frame } = this;
    if (frame === this.drawn) return;
    this.drawn = frame;
    this.layouts.forEach(({ frames, width, height, columns }, number) => {
      if (!frames) return;
      const at = Math.min(frame, frames - 1);
      const canvas = this.canvases[number];
      const [left, top] = [(at % columns) * width, Math.floor(at / columns) * height];
      canvas.getContext("2d").drawImage(this.sheets[number], left, top, width, height, 0, 0, width, height);
      canvas.dataset.frame = at;
    });
    this.slider.value = frame;
    this.slider.setAttribute("aria-valuetext", `${(frame / this.fps).toFixed(1)} s`);
    if (tell) this.onTime(frame);
  }

  /** Free the pictures. */
  close() {
    this.sheets?.forEach((bitmap) => bitmap?.close());
    this.sheets = null;
  }
}
