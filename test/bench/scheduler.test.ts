import * as kit from "awaitframe";
import { describe, expect, test } from "vitest";
import { KNOWN_BYTES, knownAllocation } from "../../bench/scheduler/allocation.mjs";
import { threadTime } from "../../bench/scheduler/clock.mjs";
import { plot } from "../../bench/scheduler/plot.mjs";
import { markdown, type Run } from "../../bench/scheduler/report.mjs";
import { slice } from "../../bench/scheduler/slice.mjs";
import { median, quantile, speedRatio } from "../../bench/scheduler/statistics.mjs";
import { asyncAwait } from "../../bench/scheduler/workloads/async-await.mjs";
import { awaitframe, awaitframeRun } from "../../bench/scheduler/workloads/awaitframe.mjs";
import { floor } from "../../bench/scheduler/workloads/floor.mjs";
import { FrameQueue } from "../../bench/scheduler/workloads/frame-queue.mjs";
import { coroutines, tally, type Program } from "../../bench/scheduler/workloads/kind.mjs";
import { raw } from "../../bench/scheduler/workloads/raw.mjs";

// The peers are not installed here: the benchmark itself checks with each slice that they do their work.
const kinds = {
  "raw generators": raw(),
  floor: floor(),
  awaitframe: awaitframe(kit),
  "awaitframe, loop.run": awaitframeRun(kit),
  "async/await": asyncAwait(),
};

/** How much each of some frames adds to the tally, once the program is under way. */
async function added(program: Program): Promise<number[]> {
  await null;
  await program.frame();
  const counts = [];
  for (let i = 0; i < 3; i++) {
    const before = tally[0];
    await program.frame();
    counts.push(tally[0] - before);
  }
  return counts;
}

const programs = Object.entries(kinds).flatMap(([name, { steps, nested, finish, sleepers }]) => [
  { name, what: "a step for each task", program: () => steps(7), each: 7 },
  { name, what: "a step for each task of several functions", program: () => steps(10, 4), each: 10 },
  { name, what: "a step of a wait in the body", program: nested && (() => nested(5, 0)), each: 5 },
  { name, what: "a step of a wait 8 deep", program: nested && (() => nested(5, 8)), each: 5 },
  { name, what: "tasks begin and end", program: finish && (() => finish(6)), each: 6 },
  { name, what: "only active tasks step", program: sleepers && (() => sleepers(3, 50)), each: 3 },
]);

test.each(programs.filter((row) => row.program !== undefined))(
  "in a frame of $name, $what",
  async ({ program, each }) => {
    expect(await added(program!())).toEqual([each, each, each]);
  },
);

test("every kind has the programs that it is measured with", () => {
  const missing = programs
    .filter((row) => row.program === undefined)
    .map(({ name, what }) => `${name}: ${what}`);
  expect(missing).toEqual([
    "raw generators: only active tasks step",
    "floor: tasks begin and end",
    "floor: only active tasks step",
    "async/await: only active tasks step",
  ]);
});

test("tasks of several functions have functions of their own, in turn", () => {
  const made: string[] = [];
  const four = coroutines(4, 2, () => {
    const name = String.fromCodePoint(97 + made.length);
    made.push(name);
    return () => name;
  });
  expect(made).toEqual(["a", "b"]);
  expect(four).toEqual(["a", "b", "a", "b"]);
});

test("who waits anew while a queue of a frame runs is for the next one", () => {
  const queue = new FrameQueue();
  const calls: string[] = [];
  queue.push(() => {
    calls.push("first");
    queue.push(() => calls.push("again"));
  });
  queue.push(() => calls.push("second"));
  queue.run();
  expect(calls).toEqual(["first", "second"]);
  queue.run();
  expect(calls).toEqual(["first", "second", "again"]);
});

describe("a slice", () => {
  test("gives the processor time of a step", async () => {
    const busy = () => {
      const end = threadTime() + 0.5;
      while (threadTime() < end);
      tally[0] += 10;
    };
    const perStep = await slice({ frame: busy }, 10, 5);
    expect(perStep).toBeGreaterThanOrEqual(50_000);
    expect(await slice({ frame: async () => busy() }, 10, 5)).toBeGreaterThanOrEqual(50_000);
  });

  test("refuses a program that leaves out steps", async () => {
    const frame = () => void (tally[0] += 9);
    await expect(slice({ frame }, 10, 1)).rejects.toThrow(/steps in \d+ frames of 10/);
  });
});

test("a known allocation takes a step for each object", async () => {
  expect(await added(knownAllocation(4, KNOWN_BYTES))).toEqual([4, 4, 4]);
});

describe("statistics", () => {
  test("quantiles lie between the values", () => {
    expect(quantile([4, 1, 3, 2], 0)).toBe(1);
    expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([5, 1, 3])).toBe(3);
  });

  test("a slow round for both leaves the ratio as it is", () => {
    expect(speedRatio([10, 100, 10], [5, 50, 5])).toBe(0.5);
  });
});

describe("what is made of the results", () => {
  const ratios = { "raw generators": 1, floor: 0.5, awaitframe: 0.4, "Babylon.js": 0.1 };
  const timing = (ns: number) => ({ ns, middle: [ns, ns] as [number, number], timesAsFastAs: ratios });
  const timings = { "raw generators": timing(10), floor: timing(20), awaitframe: timing(25) };
  const withPeer = { ...timings, "Babylon.js": timing(100) };
  const run: Run = {
    machine: { processor: "<a processor>", node: "v1", v8: "2", platform: "p", date: "2026-01-01" },
    peers: { peer: "1.0.0" },
    quick: true,
    effort: { processes: 1, rounds: 1, slice: 1, warmUp: 1, warmUpFrames: 1 },
    steps: { 100: withPeer, 10_000: withPeer },
    mixed: timings,
    bytes: { awaitframe: 0.01 },
    known: { 96: 96 },
    sleepers: { awaitframe: timing(1), "with sleepers": timing(2) },
    finish: { "raw generators": timing(10), awaitframe: timing(30) },
    nested: { 0: timings, 8: { ...timings, awaitframe: timing(105) } },
    sizes: { awaitframe: 3999 },
  };

  test("tables that hold the figures", () => {
    const text = markdown(run);
    expect(text).toMatch(/\| 10,000 tasks, against the floor +\| +0\.50 \| +0\.8 \|/);
    expect(text).toMatch(/\| Babylon\.js +\| +100 /);
    // From 25 ns to 105 ns over 8 levels.
    expect(text).toMatch(/\| awaitframe +\| +25\.0 \| +105\.0 \| +10\.0 \|/);
    expect(text).not.toContain("undefined");
  });

  test("a picture that is well-formed and leaves nothing out", () => {
    const svg = plot(run);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).toContain("&lt;a processor>");
    for (const name of ["raw generators", "floor", "awaitframe", "Babylon.js"])
      expect(svg).toContain(`>${name}<`);
    const opened = [...svg.matchAll(/<(\w+)(?![^>]*\/>)[^>]*>/g)].map(([, name]) => name).toSorted();
    const closed = [...svg.matchAll(/<\/(\w+)>/g)].map(([, name]) => name).toSorted();
    expect(opened).toEqual(closed);
  });
});
