import { all, AsyncEvent, nextFrame, once, race, sleep, spawn, type Operation } from "awaitframe";
import { expect, onTestFinished, test } from "vitest";
import { describeRow } from "../../src/inspector/describe-row.ts";
import { probe } from "../../src/inspector/probe.ts";
import { TaskTree } from "../../src/inspector/task-tree.ts";
import { harness } from "../support/harness.ts";

/** A loop, and what a tree shows of it: a line for each row. */
function inspected(observe = true) {
  const world = harness();
  if (observe) onTestFinished(probe.observe({}));
  const tree = new TaskTree();
  const rows = (now = 0) => tree.look([probe.find(world.loop)], now);
  const lines = (now = 0): string[] =>
    rows(now).map((row) => {
      const { name, count, waits, frames } = describeRow(row);
      const fold = row.expanded === null ? "" : row.expanded ? "- " : "+ ";
      return `${"  ".repeat(row.level - 1)}${fold}${[name, count, waits, frames].filter(Boolean).join(" | ")}`;
    });
  return { ...world, tree, rows, lines };
}

function* idle(): Operation<void> {
  yield* sleep(Infinity);
}

test("shows the tasks as a tree, oldest first, what each waits for, and for how many frames", () => {
  const { loop, frames, lines } = inspected();
  loop.run(function* app() {
    yield* spawn(function* child() {
      yield* sleep(1000 / 3);
    });
    yield* spawn(function* clicks() {
      yield* once(new EventTarget(), "click");
    });
    for (;;) yield* nextFrame();
  });
  loop.run(idle, { name: "second" });
  frames(3);
  expect(lines()).toEqual([
    '- app | nextFrame("update") | 0',
    "  child | sleep(333.3) | 2",
    '  clicks | once("click") | 2',
    "second | sleep(Infinity) | 2",
  ]);
});

test("tells the operations of a combinator, and not more than a few", () => {
  const { loop, frame, lines } = inspected();
  const event = new AsyncEvent();
  loop.run(race([sleep(100), event.wait()]), { name: "a" });
  loop.run(all([1, 2, 3, 4, 5, 6].map((ms) => sleep(ms))), { name: "b" });
  frame();
  expect(lines()).toEqual([
    "a | race(sleep(100), event) | 0",
    "b | all(sleep(1), sleep(2), sleep(3), sleep(4), 2 more) | 0",
  ]);
});

test("the waits of an async function stand at the function", () => {
  const { loop, frame, lines } = inspected();
  loop.run(async function app(wait) {
    await Promise.all([wait(sleep(5000)), wait(nextFrame())]);
  });
  frame();
  expect(lines()).toEqual(['app | sleep(5000), nextFrame("update") | 0']);
});

test("of a wait that began before anybody looked, it tells the least", () => {
  const { loop, frames, lines } = inspected(false);
  loop.run(idle);
  frames(5);
  onTestFinished(probe.observe({}));
  expect(lines()).toEqual(["idle | sleep(Infinity) | 0+"]);
  frames(3);
  expect(lines()).toEqual(["idle | sleep(Infinity) | 3+"]);
});

test("many of one name are one row, which opens", () => {
  const { loop, frame, tree, rows, lines } = inspected();
  const boid = function* (ms: number): Operation<void> {
    yield* sleep(ms);
    for (;;) yield* nextFrame();
  };
  loop.run(idle);
  for (let i = 1; i <= 7; i++) loop.run(boid(i > 5 ? 0 : 500), { name: `boid ${i}` });
  frame();
  frame();
  expect(lines()).toEqual(["idle | sleep(Infinity) | 1", "+ boid | ×7 | sleep 5 · nextFrame 2"]);
  tree.expand(rows()[1]!, true);
  expect(lines().slice(1, 4)).toEqual([
    "- boid | ×7 | sleep 5 · nextFrame 2",
    "  boid 1 | sleep(500) | 1",
    "  boid 2 | sleep(500) | 1",
  ]);
  expect(rows().map(({ place, siblings }) => [place, siblings])).toEqual([
    [1, 2],
    [2, 2],
    ...[1, 2, 3, 4, 5, 6, 7].map((place) => [place, 7]),
  ]);
  tree.expand(rows()[1]!, false);
  expect(lines()).toHaveLength(2);
});

test("a row stays closed when it was closed", () => {
  const { loop, frame, tree, rows, lines } = inspected();
  loop.run(function* app() {
    yield* spawn(idle);
    yield* sleep(Infinity);
  });
  frame();
  tree.expand(rows()[0]!, false);
  frame();
  expect(lines()).toEqual(["+ app | sleep(Infinity) | 1"]);
  tree.expand(rows()[0]!, true);
  expect(lines()).toEqual(["- app | sleep(Infinity) | 1", "  idle | sleep(Infinity) | 1"]);
});

test("those that have ended are shown for a while, in their place, with how they ended", () => {
  const { loop, frame, lines, errors } = inspected();
  loop.run(function* first() {
    yield* nextFrame();
  });
  loop.run(function* fails() {
    yield* nextFrame();
    throw new Error("Meh");
  });
  const cancelled = loop.run(idle, { name: "third" });
  loop.run(idle, { name: "fourth" });
  frame();
  expect(lines(0)).toHaveLength(4);
  frame();
  cancelled.cancel();
  expect(errors()).toHaveLength(1);
  const after = ["first | done", "fails | failed", "third | cancelled", "fourth | sleep(Infinity) | 1"];
  expect(lines(100)).toEqual(after);
  expect(lines(2000)).toEqual(after);
  expect(lines(3000)).toEqual(after.slice(3));
});

test("where one of its name runs again, one that has ended is no news", () => {
  const { loop, frame, lines } = inspected();
  const start = () =>
    loop.run(function* measure() {
      yield* nextFrame();
    });
  start();
  frame();
  expect(lines(0)).toEqual(['measure | nextFrame("update") | 0']);
  frame();
  expect(lines(0)).toEqual(["measure | done"]);
  start();
  frame();
  expect(lines(0)).toEqual(['measure | nextFrame("update") | 0']);
});

test("a task that was started and has had no turn is ready", () => {
  const { loop, lines } = inspected();
  loop.run(idle);
  expect(lines()).toEqual(["idle | ready"]);
});

test("several loops are rows of their own", () => {
  const { loop, frame, tree } = inspected();
  const other = harness();
  loop.run(idle);
  other.loop.run(idle);
  other.loop.run(idle);
  frame();
  other.frame();
  other.loop.pause();
  const rows = tree.look([probe.find(loop), probe.find(other.loop)], 0);
  expect(rows.map((row) => [row.level, describeRow(row).name, describeRow(row).waits])).toEqual([
    [1, "Loop 1", "1 task"],
    [2, "idle", "sleep(Infinity)"],
    [1, "Loop 2", "paused"],
    [2, "idle", "sleep(Infinity)"],
    [2, "idle", "sleep(Infinity)"],
  ]);
  tree.expand(rows[0]!, false);
  expect(tree.look([probe.find(loop), probe.find(other.loop)], 0)).toHaveLength(4);
});
