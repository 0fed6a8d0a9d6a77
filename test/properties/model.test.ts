import * as fc from "fast-check";
import { expect, test } from "vitest";
import { asyncProgram, program } from "./arbitrary.ts";
import { KitWorld } from "./kit.ts";
import { ModelWorld } from "./model.ts";
import type { Program } from "./program.ts";
import { REGRESSIONS } from "./regressions.ts";
import type { TracedWorld } from "./world.ts";

// `PROPERTY_RUNS=100000 npx vitest run --project=unit test/properties` runs so many programs of each kind. A failure
// prints a program, shrunk, which then belongs to the regressions, and the seed that found it.
const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 400);

/** What a run has shown. */
const seen = ({ trace, ending }: TracedWorld) => ({ trace, ending });

async function play(program: Program): Promise<TracedWorld[]> {
  const worlds = [new KitWorld(), new ModelWorld()];
  for (const world of worlds) world.play(program);
  // What promises tell, they tell later.
  await null;
  await null;
  return worlds;
}

async function playSlowly(program: Program): Promise<TracedWorld[]> {
  const worlds = [new KitWorld(), new ModelWorld()];
  for (const world of worlds) await world.playSlowly(program);
  return worlds;
}

test.each(Object.entries(REGRESSIONS))("%s", async (_name, steps) => {
  const [kit, model] = (await playSlowly({ steps, onError: null })).map(seen);
  expect(kit).toEqual(model);
});

test.each([
  ["programs of generators", program, play],
  ["programs with async functions", asyncProgram, playSlowly],
])("%s run as in the model", { timeout: 3_600_000 }, async (_name, programs, play) => {
  const agree = fc.asyncProperty(programs, async (program) => {
    const [kit, model] = (await play(program)).map(seen);
    expect(kit).toEqual(model);
  });
  await fc.assert(agree, { numRuns: RUNS });
});
