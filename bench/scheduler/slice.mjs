import { threadTime } from "./clock.mjs";
import { tally } from "./workloads/kind.mjs";

/** How long frames run between two looks at the clock, in ms: a look costs as much as a few steps. */
const BETWEEN_LOOKS = 0.1;

/**
 * Runs frames of a program for a while, and sees to it that each did its work.
 *
 * @param {import("./workloads/kind.mjs").Program} program
 * @param {number} count how many steps a frame of it has
 * @param {number} ms for how long, at least
 * @returns {Promise<number>} the nanoseconds of processor time that a step took
 */
export async function slice(program, count, ms) {
  const before = tally[0];
  const begin = threadTime();
  const start = performance.now();
  let frames = 1;
  let elapsed = 0;
  const first = program.frame();
  if (first) {
    await first;
    while (performance.now() - start < ms) {
      await program.frame();
      frames++;
    }
  } else {
    let batch = 1;
    while ((elapsed = performance.now() - start) < ms) {
      if (elapsed < BETWEEN_LOOKS) batch *= 2;
      for (let i = 0; i < batch; i++) program.frame();
      frames += batch;
    }
  }
  const taken = threadTime() - begin;
  const steps = tally[0] - before;
  if (steps !== frames * count) throw new Error(`${steps} steps in ${frames} frames of ${count}`);
  return (taken / steps) * 1e6;
}
