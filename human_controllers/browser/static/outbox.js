/** What has been said and is not yet known to be on the disk: kept in this tab until it is. */

import { uuid } from "./dom.js";

/** How many are under way at once: after a long silence not all fall on the server together. */
const UNDER_WAY = 8;

export class Outbox {
  /**
   * @param key where in sessionStorage; another run has another one.
   * @param send puts one message on the wire; false where there is none.
   * @param onChange called with (message, "waiting" | "kept" | "refused", text).
   */
  constructor(key, send, onChange) {
    this.key = key;
    this.send = send;
    this.onChange = onChange;
    this.underWay = new Map();
    this.messages = new Map(load(key).map((message) => [message.id, message]));
  }

  /** How many are not yet known to be kept. */
  get size() {
    return this.messages.size;
  }

  /** Since when the server owes a receipt, in milliseconds of the page's clock; Infinity if it owes none. */
  get owed() {
    return Math.min(...this.underWay.values());
  }

  /** Take a message in, under a fresh id, and send it as soon as possible. */
  put(message) {
    const whole = { ...message, id: uuid() };
    this.messages.set(whole.id, whole);
    this.store();
    this.onChange(whole, "waiting", "");
    this.pump();
    return whole.id;
  }

  /** Whether an answer to this question is on its way. */
  hasAnswer(question) {
    return [...this.messages.values()].some((message) => message.t === "answer" && message.question === question);
  }

  /** A new connection is ready, or the server could not take it: what was under way is sent again. */
  again() {
    this.underWay.clear();
    this.pump();
  }

  /** The server has it ("kept") or will not have it ("refused"). */
  settle(id, outcome, text = "") {
    const message = this.messages.get(id);
    if (!message) return;
    this.messages.delete(id);
    this.underWay.delete(id);
    this.store();
    this.onChange(message, outcome, text);
    this.pump();
  }

  pump() {
    for (const [id, message] of this.messages) {
      if (this.underWay.size >= UNDER_WAY) return;
      if (this.underWay.has(id)) continue;
      if (!this.send(message)) return;
      this.underWay.set(id, performance.now());
    }
  }

  store() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify([...this.messages.values()]));
    } catch {
      // Storage may be full or forbidden: then the outbox lasts as long as the page.
    }
  }
}

function load(key) {
  try {
    const stored = JSON.parse(sessionStorage.getItem(key) ?? "[]");
    return Array.isArray(stored) ? stored.filter((message) => typeof message?.id === "string") : [];
  } catch {
    return [];
  }
}
