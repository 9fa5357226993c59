/** From hands to actions: keys that ramp, sticks and pads, numbered keys. No DOM in here. */

/** What a stick means once its play is taken out: 0 within the zone, without a jump at its edge. */
export function pastDeadZone(stick, zone = 0.1, exponent = 1.5) {
  const beyond = Math.min(Math.max((Math.abs(stick) - zone) / (1 - zone), 0), 1);
  return Math.sign(stick) * beyond ** exponent;
}

const ACROSS = new Set(["left", "right", "a", "d", "j", "l"]);

/** Where an axis lies on a pad: {across, sign}; sign −1 where its upper end is left or below. */
export function lie(axis) {
  const across = ACROSS.has(axis.up);
  const turned = ["left", "down", "a", "s", "j", "k"].includes(axis.up);
  return { across, sign: turned ? -1 : 1 };
}

/** Axes in [−1, 1], from whatever is held. */
export class Axes {
  /** @param axes [{down, up}] the key names. @param rise, fall half-ranges a second. */
  constructor(axes, rise, fall) {
    this.rise = rise;
    this.fall = fall;
    this.keys = new Map();
    axes.forEach((axis, number) => {
      this.keys.set(axis.down, [number, -1]);
      this.keys.set(axis.up, [number, 1]);
    });
    this.ramp = axes.map(() => 0);
    this.pad = axes.map(() => null);
    this.stick = axes.map(() => 0);
    this.held = new Set();
    this.time = null;
  }

  /** Press or release a key; false where it means nothing here. */
  key(name, down, now) {
    if (!this.keys.has(name)) return false;
    this.move(now);
    if (down) this.held.add(name);
    else this.held.delete(name);
    this.move(now);
    return true;
  }

  /** Let the keys work until `now`, in milliseconds. */
  move(now) {
    // The time of a refresh of the screen may lie before that of a key.
    const before = this.time ?? now;
    this.time = Math.max(before, now);
    const seconds = (this.time - before) / 1000;
    const push = this.ramp.map(() => 0);
    for (const name of this.held) {
      const [axis, direction] = this.keys.get(name);
      push[axis] += direction;
    }
    this.ramp = this.ramp.map((position, axis) => {
      if (push[axis] === 0) {
        return Math.sign(position) * Math.max(Math.abs(position) - this.fall * seconds, 0);
      }
      // A key against the present side takes hold from the middle at once.
      const start = push[axis] * position < 0 ? 0 : position;
      return Math.min(Math.max(start + push[axis] * this.rise * seconds, -1), 1);
    });
  }

  /** [axes] where the hands are now: a pad before a stick, a stick before the keys. */
  positions(now) {
    this.move(now);
    return this.ramp.map((ramp, axis) => this.pad[axis] ?? (this.stick[axis] || ramp));
  }

  /** Begin in the middle; who holds a key already holds it still. */
  centre(now) {
    this.move(now);
    this.ramp.fill(0);
  }

  /** Let everything go at once. */
  release() {
    this.held.clear();
    this.ramp.fill(0);
    this.pad.fill(null);
    this.stick.fill(0);
  }

  message(now) {
    return { axes: this.positions(now).map((value) => Math.round(value * 1e4) / 1e4) };
  }
}

/** Numbered actions: the one whose key went down last is the one. */
export class Numbers {
  /** @param actions [{key, number}] */
  constructor(actions) {
    this.keys = new Map(actions.map((action) => [action.key, action.number]));
    this.newest = -1;
    this.release();
  }

  key(name, down) {
    if (!this.keys.has(name)) return false;
    if (down) this.press(this.keys.get(name));
    else this.lift(this.keys.get(name));
    return true;
  }

  press(number) {
    this.held = [...this.held.filter((other) => other !== number), number];
    this.let.delete(number);
    this.fresh.set(number, this.newest);
  }

  /**
   * A tap is shorter than a step: its action lasts until the first picture is drawn that came after
   * it. One that had come already and was about to be drawn does not show what the tap has led to.
   */
  lift(number) {
    if (this.fresh.has(number)) this.let.add(number);
    else this.held = this.held.filter((other) => other !== number);
  }

  /** A picture has been drawn. */
  drawn(frame) {
    for (const [number, newest] of this.fresh) {
      if (frame <= newest) continue;
      this.fresh.delete(number);
      if (this.let.delete(number)) this.held = this.held.filter((other) => other !== number);
    }
  }

  centre() {}

  release() {
    this.held = [];
    /** What was pressed, with the newest picture that had come by then; and what was let go since. */
    this.fresh = new Map();
    this.let = new Set();
  }

  message() {
    return { action: this.held.at(-1) ?? null };
  }
}
