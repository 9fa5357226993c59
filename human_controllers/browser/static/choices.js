/** Comparisons and rankings: clips beside each other, and what the person says of them. */

import { make, say } from "./dom.js";

function button(words, key, onclick, kind = "") {
  return make("button", { type: "button", class: kind, onclick }, make("span", {}, words), " ", make("kbd", { "aria-hidden": "true" }, key));
}

/** Which of two is better. */
export class Comparison {
  title = "Which one is better?";
  hint = "Watch both, then choose.";

  /** @param answer called with the fields of the answer. */
  constructor(question, clips, answer) {
    this.choose = (choice) => answer({ choice });
    const sides = [["first", "←", "Left"], ["second", "→", "Right"]];
    const cards = sides.map(([choice, key, words], number) =>
      make("div", { class: "clip", onclick: () => this.choose(choice) }, clips.canvases[number], button(`${words} is better`, key, (event) => {
        event.stopPropagation();
        this.choose(choice);
      }, "choice")),
    );
    this.element = make(
      "div", {},
      make("div", { class: "clips", "data-count": 2 }, ...cards),
      clips.bar,
      make("div", { class: "deck" }, button("About equal", "↓", () => this.choose("equal")), button("Skip", "↑", () => this.choose("skip"))),
    );
  }

  key(name) {
    const choice = { left: "first", right: "second", down: "equal", up: "skip" }[name];
    if (choice) this.choose(choice);
    return Boolean(choice);
  }
}

/** Which is best, next best, … */
export class Ranking {
  constructor(question, clips, answer) {
    this.count = question.clips.length;
    this.title = "Put them in order";
    this.hint = `Choose the best one first. Of the ${this.count} the last one falls into its place.`;
    this.answer = answer;
    this.order = [];
    this.cards = clips.canvases.map((canvas, number) => {
      const place = make("span", { class: "place", "aria-hidden": "true" });
      const pick = button(`Clip ${number + 1}`, String(number + 1), (event) => {
        event.stopPropagation();
        this.pick(number);
      }, "choice");
      return { place, pick, words: pick.firstElementChild, element: make("div", { class: "clip", onclick: () => this.pick(number) }, canvas, place, pick) };
    });
    this.undo = button("Undo", "⌫", () => this.back());
    this.send = button("Send", "enter", () => this.done(), "primary");
    this.said = make("p", { class: "unseen", "aria-live": "polite" });
    this.element = make(
      "div", {},
      make("div", { class: "clips", "data-count": this.count }, ...this.cards.map((card) => card.element)),
      clips.bar,
      make("div", { class: "deck" }, this.send, this.undo, button("Skip", "↑", () => answer({ order: null }))),
      this.said,
    );
    this.show();
  }

  pick(number) {
    if (this.order.includes(number)) return;
    this.order.push(number);
    if (this.order.length === this.count - 1) {
      this.order.push([...Array(this.count).keys()].find((other) => !this.order.includes(other)));
    }
    this.show();
  }

  /** Take the last choice back, and the place that followed from it. */
  back() {
    this.order.length = this.order.length === this.count ? this.count - 2 : Math.max(this.order.length - 1, 0);
    this.show();
  }

  done() {
    if (this.order.length === this.count) this.answer({ order: this.order });
  }

  show() {
    this.cards.forEach(({ place, pick, words, element }, number) => {
      const at = this.order.indexOf(number);
      element.classList.toggle("chosen", at >= 0);
      place.textContent = at >= 0 ? `${at + 1}.` : "";
      say(words, at >= 0 ? `Clip ${number + 1}: place ${at + 1}` : `Clip ${number + 1}`);
      pick.setAttribute("aria-pressed", at >= 0);
    });
    this.send.disabled = this.order.length < this.count;
    this.undo.disabled = this.order.length === 0;
    say(this.said, this.order.length ? `Best first: ${this.order.map((number) => number + 1).join(", ")}` : "");
  }

  key(name) {
    const number = Number(name) - 1;
    if (Number.isInteger(number) && number >= 0 && number < this.count) this.pick(number);
    else if (name === "backspace") this.back();
    else if (name === "return") this.done();
    else if (name === "up") this.answer({ order: null });
    else return false;
    return true;
  }
}
