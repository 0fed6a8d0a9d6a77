import { nextFrame, race, sleep, until } from "awaitframe";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { follow } from "../../src/gpu/device-loss.ts";
import { GpuAction } from "../../src/gpu/gpu-action.ts";
import { PerformanceTracks } from "../../src/inspector/performance-tracks.ts";
import { probe } from "../../src/inspector/probe.ts";
import { harness, macrotask } from "../support/harness.ts";
import { fakeDevice } from "../testing/fake-device.ts";

interface Entry {
  dataType: string;
  track: string;
  trackGroup: string;
  color: string;
  properties: [name: string, value: string][];
}

/** What the browser's panel would get. */
const entries = () =>
  performance.getEntriesByType("measure").map((entry) => {
    const { name, startTime, duration, detail } = entry as PerformanceMeasure;
    return Object.assign({ name, startTime, duration }, (detail as { devtools: Entry }).devtools);
  });

/** The time that the tests let pass, in ms: how fast this machine is does not matter. */
let clock = 0;

beforeEach(() => {
  performance.clearMeasures();
  clock = 1;
  vi.spyOn(performance, "now").mockImplementation(() => clock);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A wait for the GPU that is settled by hand. */
function gpuWait(name: string) {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { resolve, wait: new GpuAction({ name, device: follow(fakeDevice()), start: () => promise }) };
}

function recorded() {
  const tracks = new PerformanceTracks();
  const stop = probe.observe(tracks);
  onTestFinished(() => {
    stop();
    tracks.clear();
  });
  return { tracks, stop };
}

test("each frame is an entry, with its work, its interval and the budget", () => {
  recorded();
  const { loop, frame } = harness({ budget: 4 });
  loop.run(function* () {
    for (;;) {
      yield* nextFrame();
      clock += 3;
    }
  });
  frame();
  frame(20);
  const [first, second] = entries();
  expect(first).toMatchObject({
    name: "frame 0",
    dataType: "track-entry",
    track: "Frames",
    trackGroup: "awaitframe",
    color: "primary",
  });
  expect(second!.name).toBe("frame 1");
  expect(Object.fromEntries(second!.properties)).toMatchObject({
    work: "3.00 ms",
    "since the last frame": "20.00 ms",
    budget: "4.00 ms",
  });
  expect([first!.duration, second!.startTime, second!.duration]).toEqual([0, 1, 3]);
});

test("a frame beyond the budget has another colour, and one that took more than its time the colour of errors", () => {
  recorded();
  const { loop, frame } = harness({ budget: 1 });
  const work = [0, 3, 40];
  loop.run(function* () {
    for (;;) {
      yield* nextFrame();
      clock += work.shift() ?? 0;
    }
  });
  frame(0);
  frame(1000);
  frame(2000);
  frame(2020);
  expect(entries().map(({ color }) => color)).toEqual(["primary", "primary", "primary-dark", "error"]);
});

test("a wait for the GPU is an entry from its begin to the frame in which its task goes on", async () => {
  recorded();
  const { loop, frame, frames } = harness();
  const { wait, resolve } = gpuWait("readback");
  loop.run(
    function* measure() {
      yield* nextFrame();
      yield* race([wait, sleep(Infinity)]);
      yield* sleep(Infinity);
    },
    { name: "measure" },
  );
  frames(2);
  clock = 50;
  frames(2);
  resolve();
  await macrotask();
  const of = () => entries().filter(({ track }) => track === "GPU waits");
  expect(of()).toEqual([]);
  frame();
  const [entry, ...others] = of();
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    name: "readback · measure",
    trackGroup: "awaitframe",
    color: "tertiary",
    properties: [
      ["task", "measure"],
      ["frames", "3, from 1 to 4"],
    ],
  });
  expect([entry!.startTime, entry!.duration]).toEqual([1, 49]);
});

test("so is a wait for a promise; one that was cancelled ends as well, and a sleep is none", async () => {
  recorded();
  const { loop, frames } = harness();
  loop.run(sleep(1));
  const task = loop.run(until(new Promise(() => {})), { name: "load" });
  frames(3);
  task.cancel();
  clock = 9;
  frames(1);
  expect(
    entries()
      .filter(({ track }) => track !== "Frames")
      .map(({ name, track }) => [name, track]),
  ).toEqual([["until · load", "Promises"]]);
});

test("the frames of another loop have a track of their own", () => {
  recorded();
  const [one, two] = [harness(), harness()];
  for (const { loop, frame } of [one, two]) {
    loop.run(sleep(Infinity));
    frame();
  }
  expect(entries().map(({ track }) => track)).toEqual(["Frames", "Frames, loop 2"]);
});

test("the page's list does not grow without an end, and is cleared at the end", () => {
  const { tracks, stop } = recorded();
  performance.measure("of the page");
  const { loop, frame } = harness();
  loop.run(function* () {
    for (;;) yield* nextFrame();
  });
  for (let i = 0; i < 1200; i++) frame();
  expect(performance.getEntriesByType("measure")).toHaveLength(1001);
  stop();
  frame();
  expect(performance.getEntriesByType("measure")).toHaveLength(1001);
  tracks.clear();
  expect(performance.getEntriesByType("measure").map(({ name }) => name)).toEqual(["of the page"]);
});
