import { coroutines, tally } from "./kind.mjs";

/**
 * Raw generators, stepped from an array: nothing that waits for a frame with a generator can be faster.
 * @returns {import("./kind.mjs").Kind}
 */
export function raw() {
  return {
    steps(count, functions = 1) {
      const body = () =>
        function* () {
          for (;;) {
            tally[0]++;
            yield;
          }
        };
      return stepping(coroutines(count, functions, body));
    },

    nested(count, depth) {
      /** @returns {Generator<void, void, void>} */
      function* level(/** @type {number} */ left) {
        if (left > 0) yield* level(left - 1);
        for (;;) {
          tally[0]++;
          yield;
        }
      }
      return stepping(Array.from({ length: count }, () => level(depth)));
    },

    finish(count) {
      // Kept in an array and asked for their result: else V8 need not make them at all.
      const generators = Array.from({ length: count }, (_, i) => once(i));
      let sum = 0;
      return {
        frame() {
          for (let i = 0; i < count; i++) generators[i] = once(i);
          for (let i = 0; i < count; i++) {
            const { done, value } = /** @type {Generator<void, number, void>} */ (generators[i]).next();
            if (done) sum += value;
          }
          if (sum < 0) throw new Error("the results were lost");
        },
      };
    },
  };
}

/** @param {number} value */
function* once(value) {
  tally[0]++;
  return value;
}

/**
 * @param {Generator<void, void, void>[]} generators
 * @returns {import("./kind.mjs").Program}
 */
function stepping(generators) {
  return {
    frame() {
      for (let i = 0; i < generators.length; i++) {
        /** @type {Generator<void, void, void>} */ (generators[i]).next();
      }
    },
  };
}
