import { coroutines, tally } from "./kind.mjs";

const SUSPENDED = { value: undefined, done: false };
const RESUMED = { value: /** @type {unknown} */ (undefined), done: true };
const handover = { action: /** @type {object | null} */ (null) };

/** The least that a `yield*` can wait with: an object that is its own iterator and gives constant results. */
class StatelessAction {
  [Symbol.iterator]() {
    return this;
  }

  /** @param {unknown} [resumed] */
  next(resumed) {
    if (resumed !== undefined) return RESUMED;
    handover.action = this;
    return SUSPENDED;
  }

  /** @param {unknown} error */
  throw(error) {
    throw error;
  }

  /** @param {unknown} value */
  return(value) {
    return { value, done: true };
  }
}

const FRAME = new StatelessAction();

/** @returns {Iterable<unknown>} */
function nextFrame() {
  return /** @type {any} */ (FRAME);
}

/**
 * The floor: raw generators that wait with `yield*` and a stateless action, stepped from an array. There is no loop,
 * no task, no queue: what a kit for frame loops adds to it is its own cost.
 * @returns {import("./kind.mjs").Kind}
 */
export function floor() {
  return {
    steps(count, functions = 1) {
      const body = () =>
        function* () {
          for (;;) {
            tally[0]++;
            yield* nextFrame();
          }
        };
      return stepping(coroutines(count, functions, body));
    },

    nested(count, depth) {
      /** @returns {Generator<unknown, void, unknown>} */
      function* level(/** @type {number} */ left) {
        if (left > 0) yield* level(left - 1);
        for (;;) {
          tally[0]++;
          yield* nextFrame();
        }
      }
      return stepping(Array.from({ length: count }, () => level(depth)));
    },
  };
}

/**
 * @param {Generator<unknown, void, unknown>[]} generators
 * @returns {import("./kind.mjs").Program}
 */
function stepping(generators) {
  // The first step takes no value: what `yield*` passes first must be undefined.
  for (const generator of generators) generator.next();
  return {
    frame() {
      for (let i = 0; i < generators.length; i++) {
        /** @type {Generator<unknown, void, unknown>} */ (generators[i]).next(true);
      }
    },
  };
}
