import * as fc from "fast-check";
import { expect, test } from "vitest";
import { describeRow } from "../../src/inspector/describe-row.ts";
import { PerformanceTracks } from "../../src/inspector/performance-tracks.ts";
import { probe } from "../../src/inspector/probe.ts";
import { TaskTree } from "../../src/inspector/task-tree.ts";
import { asyncProgram, crowd, program } from "../properties/arbitrary.ts";
import { KitWorld } from "../properties/kit.ts";
import type { Program } from "../properties/program.ts";

const RUNS = 60;

/** Looks as the inspector does, but at everything, and in every frame. Gives how many rows it has seen. */
async function lookedAt(play: () => Promise<void>): Promise<number> {
  const tree = new TaskTree();
  const tracks = new PerformanceTracks();
  let seen = 0;
  const look = (): void => {
    const rows = tree.look(probe.loops, performance.now());
    for (const row of rows) tree.expand(row, true);
    for (const row of rows) if (describeRow(row).name) seen++;
  };
  const stops = [probe.observe({ frame: look }), probe.observe(tracks)];
  try {
    await play();
  } finally {
    for (const stop of stops) stop();
    tracks.clear();
  }
  return seen;
}

test.each([
  { name: "generators", programs: program },
  { name: "async functions", programs: asyncProgram },
  { name: "crowds", programs: crowd },
])(
  "programs of $name run in the same order when they are inspected",
  { timeout: 600_000 },
  async ({ programs }) => {
    let seen = 0;
    const same = fc.asyncProperty(programs, async (program: Program) => {
      const [alone, inspected] = [new KitWorld(), new KitWorld()];
      await alone.playSlowly(program);
      seen += await lookedAt(() => inspected.playSlowly(program));
      expect(inspected.trace).toEqual(alone.trace);
      expect(inspected.ending).toEqual(alone.ending);
    });
    await fc.assert(same, { numRuns: RUNS });
    expect(seen).toBeGreaterThan(RUNS);
  },
);
