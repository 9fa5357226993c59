/** The question before the eyes: where it comes from, how long it takes, where its answer goes. */

import { byId, say } from "./dom.js";
import { Clips } from "./clips.js";
import { Comparison, Ranking } from "./choices.js";
import { Correction } from "./correction.js";
import { questionRows } from "./keys.js";

const FORMS = { preference: Comparison, ranking: Ranking, correction: Correction };
/** Milliseconds in which a key cannot mean the question that has only just appeared. */
const BLINK = 400;

export class Questions {
  /** @param onChange called when a question came or went. */
  constructor(welcome, token, line, onChange) {
    this.welcome = welcome;
    this.token = token;
    this.line = line;
    this.onChange = onChange;
    this.current = null;
  }

  /** The keys of the question that is there. */
  get rows() {
    return questionRows(this.current?.question.kind);
  }

  /** A question has come. One that is answered already comes back only because the answer is late. */
  receive(question) {
    if (this.current?.question.question === question.question) return;
    if (this.line.hasAnswer(question.question)) return;
    this.clear();
    const clips = new Clips(question, this.token);
    const form = new FORMS[question.kind](question, clips, (answer) => this.answer(answer), this.welcome);
    this.current = { question, clips, form, seconds: 0, ready: false, came: performance.now() };
    const { current } = this;
    say(byId("ask-title"), form.title);
    say(byId("ask-text"), question.text || form.hint);
    say(byId("ask-said"), "The clips are on their way …");
    byId("ask-body").replaceChildren(form.element);
    byId("ask").dataset.kind = question.kind;
    clips.ready.then(
      () => {
        if (this.current !== current) return;
        Object.assign(current, { ready: true, came: performance.now() });
        say(byId("ask-said"), "");
      },
      (error) => this.current === current && say(byId("ask-said"), `${error.message}. You can skip it.`),
    );
    this.onChange();
  }

  answer(fields) {
    const { current } = this;
    const skipped = fields.choice === "skip" || Object.values(fields)[0] === null;
    // An answer to clips that nobody has seen is no answer.
    if (!current || (!current.ready && !skipped)) return;
    this.clear();
    this.line.put({ t: "answer", question: current.question.question, ...fields, seconds: Math.round(current.seconds * 100) / 100 });
    this.rest("Thank you", "The next question comes by itself.");
  }

  /** It is no longer wanted. */
  withdraw(question) {
    if (this.current?.question.question !== question) return;
    this.clear();
    this.rest("That one is settled", "Its time was over, or somebody else has answered. The next question comes by itself.");
  }

  rest(title, text) {
    say(byId("ask-title"), title);
    say(byId("ask-text"), text);
    // The focus was on a button that is no more.
    if (!byId("ask").hidden && document.activeElement === document.body) byId("ask-title").focus({ preventScroll: true });
    this.onChange();
  }

  clear() {
    this.current?.clips.close();
    this.current = null;
    byId("ask-body").replaceChildren();
    delete byId("ask").dataset.kind;
  }

  /** A key that is not the page's own; whether it means something here. */
  key(name, down, event) {
    if (!down || !this.current) return false;
    if (event.repeat || performance.now() - this.current.came < BLINK) return event.key.startsWith("Arrow");
    if (name === "space") this.current.clips.toggle();
    else return this.current.form.key(name, event);
    return true;
  }

  /** Once for each refresh of the screen while this view is before the eyes; `seconds` since the last. */
  tick(now, seconds) {
    if (!this.current) return;
    this.current.seconds += seconds;
    this.current.clips.tick(now);
  }
}
