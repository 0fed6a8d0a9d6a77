import { Observable } from "@babylonjs/core/Misc/observable.js";
import "@babylonjs/core/Misc/observableCoroutine.js";
import { coroutines, tally } from "./kind.mjs";

/**
 * Babylon.js: `runCoroutineAsync` of an observable, as one writes it with `scene.onBeforeRenderObservable`.
 * @returns {import("./kind.mjs").Kind}
 */
export function babylon() {
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
      const observable = new Observable();
      function* once() {
        tally[0]++;
      }
      return {
        async frame() {
          const ends = [];
          for (let i = 0; i < count; i++) ends.push(observable.runCoroutineAsync(once()));
          observable.notifyObservers(null);
          for (const end of ends) await end;
        },
      };
    },
  };
}

/**
 * @param {Generator<void, void, void>[]} generators
 * @returns {import("./kind.mjs").Program}
 */
function stepping(generators) {
  const observable = new Observable();
  for (const generator of generators) observable.runCoroutineAsync(generator);
  return { frame: () => void observable.notifyObservers(null) };
}
