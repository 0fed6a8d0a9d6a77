import { median, quantile } from "../common/statistics.mjs";

/**
 * @typedef {import("./run.ts").Measured} Measured
 * @typedef {import("./run.ts").RunOptions} RunOptions
 * @typedef {import("./page.ts").Name} Name
 *
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} frames in each round
 * @property {number} throughputRounds
 * @property {number} throughputFrames
 * @property {number} boundFrames
 *
 * @typedef {object} EachFrame
 * @property {number} readbacksPerFrame
 * @property {number} latencyFrames median
 * @property {number} latency median, ms
 * @property {number} interval median, ms
 * @property {number} intervalP99 ms
 * @property {number} buffersCreated per frame, after the warm-up
 * @property {number | null} mainThread processor time per frame, ms; null where the browser does not tell
 * @property {number | null} heap allocated per frame, bytes
 * @property {number} insideFrame the part of the results that came inside of an animation frame
 * @property {number} late the part of the results that were of a later frame than the one that asked
 *
 * @typedef {object} Throughput
 * @property {number} perSecond median
 * @property {number} ofByHand the median over the rounds of the ratio to the ring by hand
 *
 * @typedef {object} Bound
 * @property {number} mostInFlight
 * @property {number} latency the longest, ms
 * @property {number} interval between frames, median, ms
 *
 * @typedef {object} Results
 * @property {string} gpu
 * @property {Record<string, Record<string, EachFrame>>} eachFrame by size, by contender
 * @property {Record<string, Record<string, Throughput>>} throughput by size, by contender
 * @property {{ bytes: number, dispatch: number, contenders: Record<string, Bound> }} bound
 */

export const OURS = "awaitframe, borrow";
export const BY_HAND = "ring by hand";
export const NOTHING = "no readback";
export const SIZES = [1 << 14, 1 << 20, 1 << 23];

const WARM_UP = 10;
/** A run ends early where frames take too long, in ms. */
const LONGEST = 3000;
/** How long a dispatch takes in the case that is bound by the GPU, in ms. */
const DISPATCH = 40;
const BOUND_BYTES = 1 << 23;

/**
 * Takes all measurements, one after the other.
 *
 * @param {import("./browsers.mjs").Tab} tab
 * @param {Effort} effort
 * @param {(what: string) => void} announce
 * @returns {Promise<Results>}
 */
export async function measureAll(tab, effort, announce) {
  announce("setting up");
  await tab.evaluate(
    "new Promise((done) => { const poll = () => globalThis.readback ? done() : setTimeout(poll, 50); poll(); })",
  );
  /** @type {Name[]} */
  const names = await tab.evaluate("readback.names");
  /** @type {string} */
  const gpu = await tab.evaluate("readback.gpu()");
  const readers = names.filter((name) => name !== NOTHING);

  /** @type {Results["eachFrame"]} */
  const eachFrame = {};
  for (const bytes of SIZES) {
    announce(`a readback of ${bytes} bytes in each frame`);
    eachFrame[bytes] = summary(
      await interleave(names, effort.rounds, (name) =>
        run(name, bytes, { frames: effort.frames, readbacks: "each frame", frameSource: "display" }),
      ),
      ofEachFrame,
    );
  }

  /** @type {Results["throughput"]} */
  const throughput = {};
  for (const bytes of SIZES) {
    announce(`three readbacks of ${bytes} bytes in flight`);
    const runs = await interleave(readers, effort.throughputRounds, (name) =>
      run(name, bytes, {
        frames: effort.throughputFrames,
        readbacks: "three in flight",
        frameSource: "timers",
      }),
    );
    const perSecond = (/** @type {Seen} */ { measured }) => (measured.readbacks / measured.duration) * 1000;
    const byHand = runs[BY_HAND]?.map(perSecond) ?? [];
    throughput[bytes] = summary(runs, (list) => {
      const own = list.map(perSecond);
      return {
        perSecond: median(own),
        ofByHand: median(own.map((value, i) => value / (byHand[i] ?? Number.NaN))),
      };
    });
  }

  announce(`dispatches of ${DISPATCH} ms in each frame`);
  const spins = await tab.evaluate(`readback.spinsFor(${DISPATCH})`);
  const contenders = summary(
    await interleave(readers, 1, (name) =>
      run(name, BOUND_BYTES, {
        frames: effort.boundFrames,
        readbacks: "each frame",
        frameSource: "display",
        spins,
      }),
    ),
    ([seen]) => {
      const { mostInFlight, latencies, intervals } = /** @type {Seen} */ (seen).measured;
      // Of some, nothing may have come back before the end.
      const latency = latencies.length > 0 ? Math.max(...latencies) : Number.NaN;
      return { mostInFlight, latency, interval: median(intervals) };
    },
  );
  return { gpu, eachFrame, throughput, bound: { bytes: BOUND_BYTES, dispatch: DISPATCH, contenders } };

  /**
   * @typedef {{ measured: Measured, usage: { mainThread: number, heap: number } | null }} Seen
   * @param {string} name
   * @param {number} bytes
   * @param {Partial<RunOptions>} options
   * @returns {Promise<Seen>}
   */
  async function run(name, bytes, options) {
    const [contender, given] = [name, { warmUp: WARM_UP, spins: 0, longest: LONGEST, ...options }].map(
      (value) => JSON.stringify(value),
    );
    await tab.evaluate(`readback.prepare(${contender}, ${bytes})`);
    const before = await tab.usage();
    /** @type {Measured} */
    const measured = await tab.evaluate(`readback.run(${contender}, ${bytes}, ${given})`);
    const after = await tab.usage();
    const usage = before &&
      after && { mainThread: after.mainThread - before.mainThread, heap: after.heap - before.heap };
    return { measured, usage };
  }
}

/**
 * Each of them in turn, round by round, in every other round in reverse order: a machine that is slow for a while is
 * slow for all.
 *
 * @template T
 * @param {string[]} names
 * @param {number} rounds
 * @param {(name: string) => Promise<T>} run
 * @returns {Promise<Record<string, T[]>>}
 */
async function interleave(names, rounds, run) {
  /** @type {Record<string, T[]>} */
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 ? names.toReversed() : names) results[name]?.push(await run(name));
  }
  return results;
}

/**
 * @template T, R
 * @param {Record<string, T[]>} runs
 * @param {(list: T[]) => R} summarize
 * @returns {Record<string, R>}
 */
function summary(runs, summarize) {
  return Object.fromEntries(Object.entries(runs).map(([name, list]) => [name, summarize(list)]));
}

/**
 * @param {{ measured: Measured, usage: { mainThread: number, heap: number } | null }[]} list
 * @returns {EachFrame}
 */
function ofEachFrame(list) {
  const measured = list.map((seen) => seen.measured);
  const all = (/** @type {"intervals" | "latencies" | "latencyFrames"} */ key) =>
    measured.flatMap((one) => one[key]);
  const sum = (/** @type {"frames" | "readbacks" | "buffersCreated" | "insideFrame" | "late"} */ key) =>
    measured.reduce((total, one) => total + one[key], 0);
  const perFrame = (/** @type {"mainThread" | "heap"} */ key) =>
    list.every(({ usage }) => usage)
      ? median(list.map(({ measured, usage }) => (usage?.[key] ?? 0) / (measured.frames + WARM_UP)))
      : null;
  const some = Math.max(1, sum("readbacks"));
  return {
    readbacksPerFrame: sum("readbacks") / sum("frames"),
    latencyFrames: median(all("latencyFrames")),
    latency: median(all("latencies")),
    interval: median(all("intervals")),
    intervalP99: quantile(all("intervals"), 0.99),
    buffersCreated: sum("buffersCreated") / sum("frames"),
    mainThread: perFrame("mainThread"),
    heap: perFrame("heap"),
    insideFrame: sum("insideFrame") / some,
    late: sum("late") / some,
  };
}
