import * as fc from "fast-check";
import { expect, test } from "vitest";
import { program } from "./arbitrary.ts";
import { KitWorld } from "./kit.ts";
import { ModelWorld } from "./model.ts";
import type { Program } from "./program.ts";
import { REGRESSIONS } from "./regressions.ts";

/** How many random programs are run; `PROPERTY_RUNS=100000 npx vitest run --project=unit test/properties` runs more. */
const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 500);

/** Runs a program in both worlds, and tells what came of it. */
async function play(program: Program) {
  const kit = new KitWorld();
  const model = new ModelWorld();
  kit.play(program);
  model.play(program);
  // What promises tell, they tell later.
  await null;
  await null;
  return [kit, model].map(({ trace, ending }) => ({ trace, ending }));
}

test.each(Object.entries(REGRESSIONS))("%s", async (_name, steps) => {
  const [kit, model] = await play({ steps, onError: null });
  expect(kit).toEqual(model);
});

test("random programs run as in the model", async () => {
  const agree = fc.asyncProperty(program, async (program) => {
    const [kit, model] = await play(program);
    expect(kit).toEqual(model);
  });
  await fc.assert(agree, { numRuns: RUNS });
}, 600_000);
