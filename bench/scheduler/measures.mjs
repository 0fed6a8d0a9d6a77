import { flags, KNOWN_BYTES } from "./allocation.mjs";
import { interleave, start } from "./rounds.mjs";
import { gzipSizes } from "./sizes.mjs";
import { median, quantile, speedRatio } from "./statistics.mjs";
import { kinds } from "./workloads/index.mjs";

/**
 * @typedef {import("./rounds.mjs").Effort} Effort
 * @typedef {import("./worker.mjs").Assignment["program"]} ProgramName
 *
 * @typedef {object} Timing
 * @property {number} ns median
 * @property {[number, number]} middle the quartiles, ns
 * @property {Record<string, number>} timesAsFastAs the median over the rounds of the ratio to each of the others
 *
 * @typedef {Record<string, Timing>} Timings by contender
 *
 * @typedef {object} Results
 * @property {Record<string, Timings>} steps by the number of tasks
 * @property {Timings} mixed 10,000 tasks of eight generator functions
 * @property {Record<string, number>} bytes allocated per step
 * @property {Record<string, number>} known what the same measurement says of known allocations, by their size
 * @property {Timings} sleepers 1,000 active tasks; "with sleepers": beside 100,000 that sleep
 * @property {Timings} finish
 * @property {Record<string, Timings>} nested by depth
 * @property {Record<string, number>} sizes gzip, bytes
 */

export const RAW = "raw generators";
export const FLOOR = "floor";
export const OURS = "awaitframe";
export const WITH_SLEEPERS = "with sleepers";

/** A frame of this many steps allocates little enough, also with the peers that allocate most. */
const ALLOCATING = 1000;

const all = Object.keys(kinds).filter((name) => name !== "awaitframe, loop.run");
const starters = Object.keys(kinds).filter((name) => name !== FLOOR && name !== "motion (callbacks)");

/**
 * Takes all measurements, one after the other.
 *
 * @param {string} kit the module to import as awaitframe
 * @param {Effort} effort
 * @param {(what: string) => void} announce
 * @returns {Promise<Results>}
 */
export async function measureAll(kit, effort, announce) {
  /**
   * @param {string} what
   * @param {string[]} names
   * @param {ProgramName} program
   * @param {number[]} args
   */
  const timings = async (what, names, program, args) => {
    announce(what);
    const contenders = Object.fromEntries(names.map((kind) => [kind, { kind, program, args }]));
    return summary(await interleave(contenders, effort, kit));
  };

  /** @type {Results["steps"]} */
  const steps = {};
  for (const count of [100, 10_000]) steps[count] = await timings(`${count} tasks`, all, "steps", [count]);
  const mixed = await timings("eight generator functions", [RAW, FLOOR, OURS], "steps", [10_000, 8]);

  announce("allocation");
  /** @type {Results["bytes"]} */
  const bytes = {};
  for (const kind of all) bytes[kind] = await allocation({ kind, program: "steps", args: [ALLOCATING] });
  /** @type {Results["known"]} */
  const known = {};
  for (const size of [0, KNOWN_BYTES]) {
    known[size] = await allocation({ kind: RAW, program: "known", args: [ALLOCATING, size] });
  }

  announce("100,000 sleeping tasks");
  const active = { kind: OURS, program: /** @type {const} */ ("sleepers") };
  const sleepers = summary(
    await interleave(
      { [OURS]: { ...active, args: [1000, 0] }, [WITH_SLEEPERS]: { ...active, args: [1000, 100_000] } },
      effort,
      kit,
    ),
  );

  const finish = await timings("starting and finishing", starters, "finish", [1000]);

  /** @type {Results["nested"]} */
  const nested = {};
  for (const depth of [0, 1, 2, 4, 8]) {
    nested[depth] = await timings(`delegation ${depth} deep`, [RAW, FLOOR, OURS], "nested", [1000, depth]);
  }

  announce("sizes");
  return { steps, mixed, bytes, known, sleepers, finish, nested, sizes: await gzipSizes() };

  /** @param {Pick<import("./worker.mjs").Assignment, "kind" | "program" | "args">} assignment */
  async function allocation(assignment) {
    const { ask, stop } = await start({ ...assignment, ...effort, kit }, flags);
    try {
      return await ask({});
    } finally {
      stop();
    }
  }
}

/**
 * @param {Record<string, number[]>} times
 * @returns {Timings}
 */
function summary(times) {
  return Object.fromEntries(
    Object.entries(times).map(([name, own]) => {
      const ratios = Object.entries(times).map(([other, theirs]) => [other, speedRatio(own, theirs)]);
      return [
        name,
        {
          ns: median(own),
          middle: [quantile(own, 0.25), quantile(own, 0.75)],
          timesAsFastAs: Object.fromEntries(ratios),
        },
      ];
    }),
  );
}
