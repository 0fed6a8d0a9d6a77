import { nextFrame, sleep } from "awaitframe";
import { expect, onTestFinished, test } from "vitest";
import { Loop } from "../../src/core/loop.ts";
import { Waiter } from "../../src/core/waiter.ts";
import { ReadbackRing } from "../../src/gpu/readback-ring.ts";
import { probe, type InspectedLoop, type Observer } from "../../src/inspector/probe.ts";
import { harness } from "../support/harness.ts";

function observe(observer: Observer = {}): () => void {
  const stop = probe.observe(observer);
  onTestFinished(stop);
  return stop;
}

const wrapped = () => [
  ...(["tick", "step", "pump"] as const).map((name) => Loop.prototype[name]),
  Waiter.prototype.begin,
  ...(["copyBuffer", "copyTexture", "destroy"] as const).map((name) => ReadbackRing.prototype[name]),
];

test("while nobody looks, and again when the last one has gone, no method is another one", () => {
  const own = wrapped();
  const first = observe();
  const looked = wrapped();
  for (const [i, method] of looked.entries()) expect(method).not.toBe(own[i]);
  const second = observe();
  expect(wrapped()).toEqual(looked);
  first();
  first();
  expect(wrapped()).toEqual(looked);
  second();
  expect(wrapped()).toEqual(own);
});

test("it finds a loop when that runs, and forgets it when its tasks have ended", () => {
  observe();
  const { loop, frame } = harness();
  const other = harness();
  const task = loop.run(nextFrame());
  expect(probe.loops).toEqual([]);
  frame();
  other.loop.run(sleep(Infinity));
  other.frame();
  expect(probe.loops.map((inspected) => [inspected.loop, inspected.number])).toEqual([
    [loop, 1],
    [other.loop, 2],
  ]);
  frame();
  expect(task.state).toBe("done");
  expect(probe.loops.map((inspected) => inspected.loop)).toEqual([other.loop]);
});

test("it tells each frame once, and its interval", () => {
  const seen: [index: number, interval: number][] = [];
  observe({
    frame: ({ loop, frames }: InspectedLoop) => seen.push([loop.frame!.index, frames.interval(0)]),
  });
  const { loop, frame, pump } = harness({ maxFps: 50 });
  loop.run(function* () {
    for (;;) yield* nextFrame();
  });
  frame(0);
  frame(20);
  // Too early for the rate that the loop allows.
  frame(25);
  pump(30);
  frame(60);
  loop.pause();
  frame(80);
  loop.step(5);
  expect(seen).toEqual([
    [0, 0],
    [1, 20],
    [2, 40],
    [3, 5],
  ]);
  expect(probe.loops[0]!.frames.length).toBe(4);
});

test("a frame that an engine runs in parts is one, and costs what they cost together", () => {
  observe();
  const { loop, driver } = harness();
  loop.run(function* () {
    for (;;) {
      yield* nextFrame();
      const end = performance.now() + 2;
      while (performance.now() < end);
      yield* nextFrame("render");
      while (performance.now() < end + 2);
    }
  });
  driver.tick(0);
  driver.tick(16);
  loop.tick(32, "update");
  loop.tick(32, "after");
  const { frames } = probe.loops[0]!;
  expect(frames.length).toBe(3);
  expect(frames.interval(0)).toBe(16);
  expect(frames.cost(0)).toBeGreaterThan(3.9);
});

test("what a loop throws goes on to who called it", () => {
  observe();
  const { loop } = harness();
  expect(() => loop.tick(Number.NaN)).toThrow(TypeError);
  expect(() => loop.step()).toThrow("pause()");
});

test("it knows in which frame the wait of a task began", () => {
  const { loop, frames } = harness();
  const early = loop.run(sleep(Infinity));
  frames(1);
  observe();
  const task = loop.run(function* () {
    yield* nextFrame();
    yield* sleep(100);
    yield* sleep(Infinity);
  });
  frames(1);
  expect(probe.since(task)).toBe(1);
  frames(1);
  expect(probe.since(task)).toBe(2);
  frames(5);
  expect(probe.since(task)).toBe(2);
  frames(2);
  expect(probe.since(task)).toBe(9);
  expect(probe.since(early)).toBe(undefined);
});
