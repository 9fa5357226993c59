/** Words to the agent, and what was understood. */

import { byId, make } from "./dom.js";

const LONGEST = 30;

export class Words {
  /** @param line {put}. @param frame gives the newest picture shown. */
  constructor(line, frame) {
    this.entries = new Map();
    const field = byId("saying");
    byId("say").onsubmit = (event) => {
      event.preventDefault();
      // The longest text may end in the middle of a character.
      const text = field.value.trim().replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/g, "");
      if (!text) return;
      line.put({ t: "say", text, frame: frame() });
      field.value = "";
    };
    field.addEventListener("keydown", (event) => event.key === "Escape" && field.blur());
  }

  /** The way of one message: waiting, kept or refused. */
  mark(message, outcome, words) {
    if (message.t !== "say") return;
    let entry = this.entries.get(message.id);
    if (!entry) {
      const state = make("span", { class: "state" });
      const meaning = make("span", { class: "meaning" });
      entry = { text: message.text, state, meaning, item: make("li", {}, make("q", {}, message.text), " ", state, meaning) };
      this.entries.set(message.id, entry);
      byId("sayings").prepend(entry.item);
      while (byId("sayings").children.length > LONGEST) byId("sayings").lastElementChild.remove();
    }
    entry.state.dataset.state = outcome;
    entry.state.textContent = { waiting: "on its way", kept: "saved", refused: `not taken: ${words}` }[outcome];
  }

  /** What was made of it. The same words may have been said twice: the oldest still open is meant. */
  understood(text, meaning) {
    const open = [...this.entries.values()].find((entry) => entry.text === text && !entry.meaning.textContent);
    if (open) open.meaning.textContent = `understood: ${meaning}`;
  }
}
