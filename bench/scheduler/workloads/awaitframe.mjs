import { coroutines, tally } from "./kind.mjs";

/** Milliseconds from one frame to the next, on the clock that the loop is told. */
const FRAME = 16;

/**
 * This kit: a loop with all that it does, on a driver that is called by hand.
 * @param {typeof import("awaitframe")} kit
 * @returns {import("./kind.mjs").Kind}
 */
export function awaitframe(kit) {
  const { nextFrame, sleep, spawn } = kit;

  return {
    steps(count, functions = 1) {
      return stepping(kit, counting(count, functions));
    },

    nested(count, depth) {
      /** @returns {import("awaitframe").Operation<void>} */
      function* level(/** @type {number} */ left) {
        if (left > 0) yield* level(left - 1);
        for (;;) {
          tally[0]++;
          yield* nextFrame();
        }
      }
      return stepping(
        kit,
        Array.from({ length: count }, () => level(depth)),
      );
    },

    finish(count) {
      return stepping(kit, [
        (function* () {
          for (;;) {
            for (let i = 0; i < count; i++) yield* spawn(once(i));
            yield* nextFrame();
          }
        })(),
      ]);
    },

    sleepers(count, sleeping) {
      return stepping(kit, [...Array.from({ length: sleeping }, () => sleep(1e9)), ...counting(count, 1)]);
    },
  };

  /**
   * @param {number} count
   * @param {number} functions
   */
  function counting(count, functions) {
    const body = () =>
      function* () {
        for (;;) {
          tally[0]++;
          yield* nextFrame();
        }
      };
    return coroutines(count, functions, body);
  }
}

/**
 * The same, but `finish` starts root tasks, from outside of the loop.
 * @param {typeof import("awaitframe")} kit
 * @returns {import("./kind.mjs").Kind}
 */
export function awaitframeRun(kit) {
  return {
    ...awaitframe(kit),
    finish(count) {
      const { loop, frame } = loopOf(kit);
      return {
        frame() {
          for (let i = 0; i < count; i++) loop.run(once(i));
          frame();
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
 * @param {typeof import("awaitframe")} kit
 * @param {import("awaitframe").Operation<void>[]} operations
 * @returns {import("./kind.mjs").Program}
 */
function stepping(kit, operations) {
  const { loop, frame } = loopOf(kit);
  for (const operation of operations) loop.run(operation);
  return { frame };
}

/** @param {typeof import("awaitframe")} kit */
function loopOf({ Loop, manualDriver }) {
  const loop = new Loop({ driver: manualDriver() });
  let time = 0;
  const frame = () => loop.tick((time += FRAME));
  return { loop, frame };
}
