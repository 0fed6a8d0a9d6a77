import { action, run, spawn } from "effection";
import { FrameQueue } from "./frame-queue.mjs";
import { coroutines, tally } from "./kind.mjs";

/**
 * effection: tasks that wait with an `action` of the library's own.
 * @returns {import("./kind.mjs").Kind}
 */
export function effection() {
  return {
    steps(count, functions = 1) {
      const { frame, nextFrame } = clock();
      const body = () => {
        const run = function* () {
          for (;;) {
            tally[0]++;
            yield* nextFrame();
          }
        };
        return () => start(run);
      };
      coroutines(count, functions, body);
      return { frame };
    },

    nested(count, depth) {
      const { frame, nextFrame } = clock();
      /** @returns {Generator<unknown, void, unknown>} */
      function* level(/** @type {number} */ left) {
        if (left > 0) yield* level(left - 1);
        for (;;) {
          tally[0]++;
          yield* nextFrame();
        }
      }
      for (let i = 0; i < count; i++) start(() => level(depth));
      return { frame };
    },

    finish(count) {
      const { frame, nextFrame } = clock();
      start(function* () {
        for (;;) {
          const tasks = [];
          for (let i = 0; i < count; i++) {
            const once = function* () {
              tally[0]++;
              return i;
            };
            tasks.push(yield* spawn(once));
          }
          for (const task of tasks) yield* task;
          yield* nextFrame();
        }
      });
      return { frame };
    },
  };
}

/** @param {() => Generator<unknown, void, unknown>} body */
function start(body) {
  run(body);
}

function clock() {
  const queue = new FrameQueue();
  return {
    frame: () => queue.run(),
    nextFrame: () =>
      action((/** @type {() => void} */ resolve) => {
        queue.push(resolve);
        return () => {};
      }),
  };
}
