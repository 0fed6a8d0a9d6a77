import { runSaga } from "redux-saga";
import { cps, fork } from "redux-saga/effects";
import { FrameQueue } from "./frame-queue.mjs";
import { coroutines, tally } from "./kind.mjs";

/**
 * redux-saga: sagas that wait with `cps` for a queue of callbacks. (`take` from a channel is slower.)
 * @returns {import("./kind.mjs").Kind}
 */
export function reduxSaga() {
  return {
    steps(count, functions = 1) {
      const { frame, nextFrame } = clock();
      const body = () => {
        const run = function* () {
          for (;;) {
            tally[0]++;
            yield nextFrame;
          }
        };
        return () => runSaga({}, run);
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
          yield nextFrame;
        }
      }
      for (let i = 0; i < count; i++) runSaga({}, level, depth);
      return { frame };
    },

    finish(count) {
      const { frame, nextFrame } = clock();
      function* once(/** @type {number} */ value) {
        tally[0]++;
        return value;
      }
      runSaga({}, function* () {
        for (;;) {
          for (let i = 0; i < count; i++) yield fork(once, i);
          yield nextFrame;
        }
      });
      return { frame };
    },
  };
}

function clock() {
  const queue = new FrameQueue();
  return {
    frame: () => queue.run(),
    nextFrame: cps((/** @type {() => void} */ resume) => queue.push(resume)),
  };
}
