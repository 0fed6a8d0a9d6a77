/**
 * One way to write what goes on from frame to frame, and the programs that the benchmark runs with it. A program does
 * the same work in each frame; how much, it counts in the tally, so that nothing is optimised away or left out.
 *
 * @typedef {object} Kind
 * @property {(count: number, functions?: number) => Program} steps
 *   `count` coroutines, each of which counts one and waits for the next frame, for ever. They are made by `functions`
 *   different generator functions, where the kind can tell them apart.
 * @property {(count: number, depth: number) => Program} [nested]
 *   The same, with the wait `depth` calls of `yield*` below the coroutine's own body: 0 is in the body itself.
 * @property {(count: number) => Program} [finish]
 *   In each frame `count` coroutines are made, count one, and end with a number.
 * @property {(count: number, sleeping: number) => Program} [sleepers]
 *   As `steps`, beside coroutines that sleep.
 *
 * @typedef {object} Program
 * @property {() => void | Promise<void>} frame Runs one frame. Either always or never returns a promise.
 */

/** What all programs of this process have done, in steps. A typed array, because counting must not allocate. */
export const tally = /** @type {{ 0: number }} */ (/** @type {unknown} */ (new Float64Array(1)));

/**
 * `count` coroutines of `functions` generator functions in turn. The functions differ in nothing but their identity;
 * that is enough for V8 to give the generators of each a hidden class of their own, as those of different functions have.
 * @template T
 * @param {number} count
 * @param {number} functions
 * @param {() => () => T} makeFunction
 * @returns {T[]}
 */
export function coroutines(count, functions, makeFunction) {
  const made = Array.from({ length: functions }, () => makeFunction());
  return Array.from({ length: count }, (_, i) => /** @type {() => T} */ (made[i % functions])());
}
