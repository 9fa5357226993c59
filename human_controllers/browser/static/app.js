/** The page: the door, the room, and what goes where. */

import { belongsToFocus, chooseKeys, meaningOf, nameOf, writeLegend } from "./keys.js";
import { byId, say, withoutFocus } from "./dom.js";
import { Given, showStatus } from "./status.js";
import { Connection } from "./connection.js";
import { Live } from "./live.js";
import { Outbox } from "./outbox.js";
import { Questions } from "./questions.js";
import { Words } from "./words.js";

const token = new URLSearchParams(location.search).get("token") ?? "";
const QUESTIONS = ["preference", "ranking", "correction"];

/** What a browser remembers, if it lets us. */
function remember(storage, key, value) {
  try {
    if (value === undefined) return storage.getItem(key);
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // Private windows may forbid it.
  }
  return null;
}

class Page {
  constructor() {
    this.view = "live";
    this.looking = null;
    this.given = new Given();
    this.connection = new Connection(token, {
      message: (message) => this.receive(message),
      picture: (buffer) => this.live?.receive(buffer),
      state: (state, words) => this.connected(state, words),
      owed: () => this.outbox.owed,
    });
    this.outbox = new Outbox(`coachable outbox ${token}`, (message) => this.ready && this.connection.send(message), (...news) => this.mark(...news));
    this.line = {
      send: (message) => this.ready && this.connection.send(message),
      put: (message) => this.outbox.put(message),
      hasAnswer: (question) => this.outbox.hasAnswer(question),
    };
    this.ready = false;
    this.words = new Words(this.line, () => this.live?.frame ?? 0);
    for (const message of this.outbox.messages.values()) this.mark(message, "waiting", "");
    this.listen();
    this.knock();
  }

  listen() {
    byId("door").onsubmit = (event) => {
      event.preventDefault();
      const name = byId("name").value.trim();
      if (name) this.sitDown(name);
    };
    byId("leave").onclick = () => this.leave();
    byId("retry").onclick = () => this.connection.open(this.name);
    byId("to-live").onclick = () => this.look("live");
    byId("to-question").onclick = () => this.look("question");
    withoutFocus(byId("to-live"));
    withoutFocus(byId("to-question"));
    document.addEventListener("keydown", (event) => this.key(event, true));
    document.addEventListener("keyup", (event) => this.key(event, false));
    // A key that is let go in another window is never heard of.
    window.addEventListener("blur", () => this.live?.release());
    document.addEventListener("focusin", (event) => event.target.matches("input") && this.live?.release());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.live?.giveBack();
      this.tellLooking();
    });
    let before = performance.now();
    const tick = (now) => {
      const seconds = Math.max(now - before, 0) / 1000;
      before = now;
      if (this.view === "live") this.live?.tick(now);
      else this.questions?.tick(now, Math.min(seconds, 1));
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  /** Who sat here before a reload sits here still; others are asked for their name. */
  knock() {
    const name = remember(localStorage, "coachable name");
    byId("name").value = name ?? "";
    if (name && remember(sessionStorage, "coachable seated")) this.sitDown(name);
    else byId("name").focus();
  }

  sitDown(name) {
    this.name = name;
    remember(localStorage, "coachable name", name);
    remember(sessionStorage, "coachable seated", "yes");
    byId("door").hidden = true;
    byId("leave").hidden = false;
    this.connection.open(name);
  }

  leave() {
    this.live?.giveBack();
    remember(sessionStorage, "coachable seated", null);
    byId("room").hidden = true;
    byId("door").hidden = false;
    byId("leave").hidden = true;
    this.connection.end("You have left");
    say(byId("you"), "");
    byId("name").focus();
  }

  /** How the connection is. */
  connected(state, words) {
    if (state !== "open") {
      this.ready = false;
      this.looking = null;
      this.live?.lost();
    }
    byId("connection").dataset.state = state;
    say(byId("connection-words"), words);
    byId("retry").hidden = state !== "waiting";
    if (state === "over" && !byId("door").hidden) return;
    const kept = this.outbox.size ? ` ${this.outbox.size} of your marks are not saved yet; this tab keeps them.` : "";
    this.notice(state === "over" || state === "waiting" ? words.replace(/ Trying.*/, "") + kept : "");
  }

  /** Words that lie over the page, for some seconds or until there are others. */
  notice(words, seconds = Infinity) {
    clearTimeout(this.noticed);
    byId("notice").hidden = !words;
    say(byId("notice"), words);
    if (seconds < Infinity) this.noticed = setTimeout(() => this.notice(""), 1000 * seconds);
  }

  receive(message) {
    const handlers = {
      welcome: () => this.welcome(message),
      state: () => this.show(message),
      kept: () => this.outbox.settle(message.id, "kept"),
      refused: () => this.refused(message),
      question: () => this.questions.receive(message),
      withdrawn: () => this.questions.withdraw(message.question),
      understood: () => this.words.understood(message.text, message.meaning),
      end: () => this.connection.end(message.text),
    };
    handlers[message.t]?.();
  }

  refused({ id, text }) {
    if (id) return this.outbox.settle(id, "refused", text);
    this.notice(text, 6);
    // A disk that is full may have room later: what is not kept is sent again.
    clearTimeout(this.later);
    if (this.outbox.owed < Infinity) this.later = setTimeout(() => this.outbox.again(), 5000);
  }

  welcome(welcome) {
    this.ready = true;
    this.keys = chooseKeys(welcome);
    this.welcomed = welcome;
    say(byId("you"), `You are ${welcome.you}`);
    say(byId("run"), welcome.run);
    this.notice("");
    byId("room").hidden = false;
    this.live = new Live(welcome, this.keys, this.line);
    this.questions ??= new Questions(welcome, token, this.line, () => this.questionChanged());
    this.asks = welcome.kinds.some((kind) => QUESTIONS.includes(kind));
    byId("views").hidden = !this.asks;
    byId("words").hidden = !welcome.kinds.includes("utterance");
    const hands = welcome.kinds.includes("intervention") || welcome.kinds.includes("evaluation");
    if (!this.entered) {
      this.entered = true;
      byId("legend").open = matchMedia("(min-width: 700px)").matches;
      this.look(this.asks && !hands ? "question" : "live");
    }
    this.tellLooking();
    this.outbox.again();
  }

  show(state) {
    this.live.show(state);
    showStatus(state, this.welcomed);
  }

  mark(message, outcome, words) {
    this.given.mark(message, outcome, words);
    this.words.mark(message, outcome, words);
    if (message.t !== "answer" || this.questions?.current) return;
    say(byId("ask-said"), { waiting: "Your answer is on its way …", kept: "Your answer is saved.", refused: `Your answer was not taken: ${words}` }[outcome]);
  }

  questionChanged() {
    const open = this.questions.current && this.view !== "question";
    byId("question-badge").hidden = !open;
    say(byId("question-badge"), open ? "1 for you" : "");
    this.legend();
  }

  /** The keys of what is before the eyes. */
  legend() {
    const rows = [...(this.view === "live" ? this.live.rows : this.questions.rows)];
    if (this.asks) rows.push([[this.keys.question], this.view === "live" ? "to the questions" : "to the picture"]);
    writeLegend(rows);
  }

  /** Turn to a view. Whoever turns away from the picture gives back the controls. */
  look(view) {
    if (view === "question") this.live?.giveBack();
    this.view = view;
    byId("live").hidden = view !== "live";
    byId("ask").hidden = view !== "question";
    byId("to-live").setAttribute("aria-pressed", view === "live");
    byId("to-question").setAttribute("aria-pressed", view === "question");
    this.questionChanged();
    this.tellLooking();
  }

  tellLooking() {
    const at = document.hidden ? "away" : this.view;
    if (at !== this.looking && this.line.send({ t: "looking", at })) this.looking = at;
  }

  key(event, down) {
    if (!this.live || (down && belongsToFocus(event))) return;
    const name = nameOf(event);
    const view = this.view === "live" ? this.live : this.questions;
    if (down && event.repeat && this.view === "live") {
      if (this.live.steering?.hands.keys.has(name) || meaningOf(name, this.keys)) event.preventDefault();
      return;
    }
    let used = view.key(name, down, event);
    const meaning = meaningOf(name, this.keys);
    if (!used && down && !event.repeat && meaning) used = this.do(meaning);
    if (used) event.preventDefault();
  }

  /** What one of the page's own keys stands for; whether it means something in this view. */
  do(meaning) {
    if (meaning === "question") {
      if (!this.asks) return false;
      this.look(this.view === "live" ? "question" : "live");
    } else if (meaning === "say") {
      if (byId("words").hidden) return false;
      byId("saying").focus();
    } else if (this.view === "live") this.live.act(meaning);
    else return false;
    return true;
  }
}

new Page();
