import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { median } from "./statistics.mjs";
import { tally } from "./workloads/kind.mjs";

/** How much may be allocated before a collection comes: the young generation is that large (see `flags`). */
const ROOM = 64 * 2 ** 20;
const MOST_FRAMES = 2000;
const SAMPLES = 5;
/** V8 also collects when it finds the time. */
const MOST_TRIES = 50;

/** What Node needs to be told for these measurements. */
export const flags = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=256"];

/**
 * What a program allocates for each step, in bytes, once it has warmed up: how much the heap grows in frames between
 * which nothing is collected.
 *
 * @param {import("./workloads/kind.mjs").Program} program
 */
export async function bytesPerStep(program) {
  const once = await growth(program, 1);
  let frames = Math.max(1, Math.min(MOST_FRAMES, Math.floor(ROOM / Math.max(1, once.bytes))));
  const samples = [];
  for (let tries = 0; samples.length < SAMPLES; tries++) {
    if (tries === MOST_TRIES) throw new Error("memory is collected whenever it is measured");
    const { bytes, steps, collected } = await growth(program, frames);
    if (collected) frames = Math.ceil(frames / 2);
    else samples.push(bytes / steps);
  }
  return median(samples);
}

/**
 * @param {import("./workloads/kind.mjs").Program} program
 * @param {number} frames
 */
async function growth(program, frames) {
  let collected = false;
  const observer = new PerformanceObserver(() => (collected = true));
  globalThis.gc?.();
  await setTimeout(0);
  observer.observe({ entryTypes: ["gc"] });
  const start = tally[0];
  // Twice the same call: the first makes what it needs itself.
  getHeapStatistics();
  const before = getHeapStatistics().used_heap_size;
  for (let i = 0; i < frames; i++) {
    const end = program.frame();
    if (end) await end;
  }
  const bytes = getHeapStatistics().used_heap_size - before;
  const steps = tally[0] - start;
  // Collections are told of later.
  await setTimeout(1);
  observer.disconnect();
  return { bytes, steps, collected };
}

/** What each step of `knownAllocation` allocates: an object of a header, of 24 bytes, and nine fields. */
export const KNOWN_BYTES = 96;

/**
 * A program that allocates a known amount for each step, or nothing at all: what is measured for it says how far the
 * other figures can be trusted.
 *
 * @param {number} count
 * @param {number} bytes KNOWN_BYTES or 0
 * @returns {import("./workloads/kind.mjs").Program}
 */
export function knownAllocation(count, bytes = 0) {
  /** @type {unknown[]} */
  const kept = Array.from({ length: count }, () => null);
  return {
    frame() {
      for (let i = 0; i < count; i++) {
        tally[0]++;
        kept[i] = bytes ? { a: i, b: i, c: i, d: i, e: i, f: i, g: i, h: i, i } : null;
      }
    },
  };
}
