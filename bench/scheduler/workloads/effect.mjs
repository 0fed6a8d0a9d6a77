import { Effect } from "effect";
import { FrameQueue } from "./frame-queue.mjs";
import { coroutines, tally } from "./kind.mjs";

/**
 * Effect: fibers that let go with `Effect.yieldNow`, on a scheduler whose turns are the frames. (Waiting with
 * `Effect.callback` for a queue of resumes is slower.)
 * @returns {import("./kind.mjs").Kind}
 */
export function effect() {
  return {
    steps(count, functions = 1) {
      const scheduler = new FrameScheduler();
      const body = () => {
        const run = Effect.fnUntraced(function* () {
          for (;;) {
            tally[0]++;
            yield* Effect.yieldNow;
          }
        });
        return () => Effect.runFork(run(), { scheduler });
      };
      coroutines(count, functions, body);
      return scheduler;
    },

    nested(count, depth) {
      const scheduler = new FrameScheduler();
      const level = Effect.fnUntraced(function* (/** @type {number} */ left) {
        if (left > 0) yield* level(left - 1);
        for (;;) {
          tally[0]++;
          yield* Effect.yieldNow;
        }
      });
      for (let i = 0; i < count; i++) Effect.runFork(level(depth), { scheduler });
      return scheduler;
    },

    finish(count) {
      const scheduler = new FrameScheduler();
      const once = Effect.fnUntraced(function* (/** @type {number} */ value) {
        tally[0]++;
        return value;
      });
      const all = Effect.fnUntraced(function* () {
        for (;;) {
          for (let i = 0; i < count; i++) yield* Effect.forkChild(once(i), { startImmediately: true });
          yield* Effect.yieldNow;
        }
      });
      Effect.runFork(all(), { scheduler });
      return scheduler;
    },
  };
}

/** Runs in each frame what was scheduled before it. */
class FrameScheduler {
  executionMode = "async";
  #queue = new FrameQueue();
  #dispatcher = {
    scheduleTask: (/** @type {() => void} */ task) => this.#queue.push(task),
    flush: () => this.frame(),
  };

  makeDispatcher() {
    return this.#dispatcher;
  }

  /** A task lets go where it says so, and nowhere else. */
  shouldYield() {
    return false;
  }

  frame() {
    this.#queue.run();
  }
}
