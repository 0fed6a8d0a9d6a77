// One process of the benchmark: one kind and one program of it, warmed up, which then runs slices when it is asked to.

import { argv } from "node:process";
import { bytesPerStep, knownAllocation } from "./allocation.mjs";
import { slice } from "./slice.mjs";
import { kinds } from "./workloads/index.mjs";

/**
 * @typedef {object} Assignment
 * @property {string} kind
 * @property {"steps" | "nested" | "finish" | "sleepers" | "known"} program
 * @property {number[]} args the first is the number of steps in a frame
 * @property {string} kit the module to import as awaitframe
 * @property {number} warmUp ms
 * @property {number} warmUpFrames
 */

/** @type {Assignment} */
const { kind: name, program: what, args, kit, warmUp, warmUpFrames } = JSON.parse(argv[2] ?? "{}");
const [count = 0, ...rest] = args;

const program = what === "known" ? knownAllocation(count, ...rest) : await load();
// Some peers take their first steps in microtasks, and a first frame to get going.
await null;
for (let i = 0; i < warmUpFrames; i++) await program.frame();
await slice(program, count, warmUp);

process.on("message", async (/** @type {{ ms?: number }} */ { ms }) => {
  process.send?.(ms === undefined ? await bytesPerStep(program) : await slice(program, count, ms));
});
process.send?.("ready");

async function load() {
  const kind = await kinds[name]?.(kit);
  const make = what === "known" ? undefined : kind?.[what];
  if (!make) throw new Error(`${name} has no program ${what}`);
  // Each program takes as many numbers as its measure gives.
  return /** @type {(...args: number[]) => import("./workloads/kind.mjs").Program} */ (make)(count, ...rest);
}
