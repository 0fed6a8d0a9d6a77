import { tally, coroutines } from "./kind.mjs";

/**
 * Async functions, and one promise for each frame that they all wait for. Their code runs in the microtasks after the
 * frame.
 * @returns {import("./kind.mjs").Kind}
 */
export function asyncAwait() {
  return {
    steps(count, functions = 1) {
      const clock = new Clock();
      const body = () => async () => {
        for (;;) {
          tally[0]++;
          await clock.next;
        }
      };
      coroutines(count, functions, body);
      return { frame: () => clock.run() };
    },

    nested(count, depth) {
      const clock = new Clock();
      /** @returns {Promise<void>} */
      const level = async (/** @type {number} */ left) => {
        if (left > 0) await level(left - 1);
        for (;;) {
          tally[0]++;
          await clock.next;
        }
      };
      for (let i = 0; i < count; i++) level(depth);
      return { frame: () => clock.run() };
    },

    finish(count) {
      const once = async (/** @type {number} */ value) => {
        tally[0]++;
        return value;
      };
      return {
        async frame() {
          const ends = [];
          for (let i = 0; i < count; i++) ends.push(once(i));
          for (const end of ends) await end;
        },
      };
    },
  };
}

class Clock {
  /** @type {() => void} */
  #resolve = () => {};
  next = this.#make();

  async run() {
    const { next } = this;
    const resolve = this.#resolve;
    this.next = this.#make();
    resolve();
    // Those who wait go on in the order in which they came: this, as the last, when all of them have done so.
    await next;
  }

  /** @returns {Promise<void>} */
  #make() {
    return new Promise((resolve) => (this.#resolve = resolve));
  }
}
