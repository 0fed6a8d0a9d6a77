import * as fc from "fast-check";
import { expect, test } from "vitest";
import { asyncProgram, crowd, program } from "./arbitrary.ts";
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
  { name: "programs of generators", programs: program, play, runs: RUNS },
  { name: "programs with async functions", programs: asyncProgram, play: playSlowly, runs: RUNS },
  { name: "crowds", programs: crowd, play, runs: RUNS / 40 },
])("$name run as in the model", { timeout: 3_600_000 }, async ({ programs, play, runs }) => {
  const agree = fc.asyncProperty(programs, async (program) => {
    const [kit, model] = (await play(program)).map(seen);
    expect(kit).toEqual(model);
  });
  await fc.assert(agree, { numRuns: runs });
});
