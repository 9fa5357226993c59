/** The one WebSocket, and how it comes back. */

const WHY = {
  4401: "This address is not valid any more. Open the one that the run has printed.",
  4408: "The connection was too slow, or silent.",
  4413: "A message was too large.",
  4429: "Too many messages at once.",
  1013: "The run has no room for more people now.",
};
const FIRST_WAIT = 0.5;
const LONGEST_WAIT = 10;
/** Seconds without a word, while a receipt is owed, after which the line counts as dead. */
const SILENCE = 15;

export class Connection {
  /**
   * @param token of the printed address.
   * @param on {message(object), picture(ArrayBuffer), state(state, words), owed()}; the states are
   *   "connecting", "open", "waiting" and "over"; `owed` says since when a receipt has been.
   */
  constructor(token, on) {
    this.token = token;
    this.on = on;
    this.wait = FIRST_WAIT;
    this.over = false;
  }

  /** Connect, and say who is there. */
  open(name) {
    this.name = name;
    this.over = false;
    clearTimeout(this.timer);
    this.close();
    this.on.state("connecting", "Connecting …");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws?token=${encodeURIComponent(this.token)}`);
    socket.binaryType = "arraybuffer";
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.send({ t: "hello", name, wants: ["frames"] });
    };
    socket.onmessage = (event) => {
      this.heard = performance.now();
      if (typeof event.data !== "string") return this.on.picture(event.data);
      const message = JSON.parse(event.data);
      if (message.t === "welcome") this.welcomed();
      this.on.message(message);
    };
    socket.onclose = (event) => this.closed(event.code, event.reason, opened);
    this.socket = socket;
  }

  /** Put a message on the wire; false where there is none. What steers is not sent twice. */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** The person leaves, or the run is over: stay away. */
  end(words) {
    this.over = true;
    clearTimeout(this.timer);
    this.close();
    this.on.state("over", words);
  }

  close() {
    clearInterval(this.watch);
    if (!this.socket) return;
    this.socket.onclose = this.socket.onmessage = this.socket.onopen = null;
    this.socket.close();
    this.socket = null;
  }

  welcomed() {
    this.wait = FIRST_WAIT;
    this.on.state("open", "Connected");
    this.watch = setInterval(() => {
      const since = Math.max(this.heard, this.on.owed());
      if (performance.now() - since > 1000 * SILENCE) this.closed(4408, "", true);
    }, 1000);
  }

  async closed(code, reason, opened) {
    this.close();
    if (!opened && code === 1006 && (await this.turnedAway())) code = 4401;
    if (this.over) return;
    if (code === 4401) return this.end(WHY[code]);
    const why = WHY[code] ?? "The run does not answer.";
    this.comeBack(reason ? `${why} (${reason})` : why);
  }

  /** Whether the server is there and knows the token no more; a refused WebSocket does not say. */
  async turnedAway() {
    try {
      const answer = await fetch(`/?token=${encodeURIComponent(this.token)}`, { method: "GET", cache: "no-store" });
      return answer.status === 403;
    } catch {
      return false;
    }
  }

  comeBack(why) {
    const jitter = 0.8 + 0.4 * Math.random();
    let seconds = this.wait * jitter;
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
    const tick = () => {
      if (seconds <= 0) return this.open(this.name);
      const left = Math.ceil(seconds);
      this.on.state("waiting", `${why} Trying again in ${left} s.`);
      this.timer = setTimeout(tick, 1000 * Math.min(seconds, 1));
      seconds -= 1;
    };
    tick();
  }
}
