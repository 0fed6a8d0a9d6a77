import { createRenderBatcher } from "motion-dom";
import { coroutines, tally } from "./kind.mjs";

/**
 * motion's frame loop: no coroutines but callbacks that are kept alive, the least that can be called in a frame with
 * phases.
 * @returns {import("./kind.mjs").Kind}
 */
export function motion() {
  return {
    steps(count, functions = 1) {
      let frame = () => {};
      const { schedule } = createRenderBatcher((/** @type {() => void} */ batch) => (frame = batch), true);
      const body = () => () => {
        const callback = () => {
          tally[0]++;
        };
        schedule.update(callback, true);
      };
      coroutines(count, functions, body);
      return { frame: () => frame() };
    },
  };
}
