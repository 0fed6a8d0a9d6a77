import { AsyncEvent, Loop, manualDriver, nextFrame, sleep, spawn, type Operation } from "awaitframe";
import { expect, test } from "vitest";
import { runningTask } from "../../src/core/running.ts";
import { harness } from "../support/harness.ts";

test("what is called without being told for which task finds the one that runs, whatever has resumed it", () => {
  const { loop, note, frame } = harness();
  const event = new AsyncEvent();
  const task = loop.run(function* () {
    note(runningTask() === task);
    yield* nextFrame();
    note(runningTask() === task);
    yield* sleep(0);
    note(runningTask() === task);
    yield* event.wait();
    note(runningTask() === task);
    yield* nextFrame("render");
    note(runningTask() === task);
  });
  expect([frame(), frame(), frame()]).toEqual([[true], [true], [true]]);
  expect(runningTask()).toBeNull();
  event.set();
  expect(frame()).toEqual([true, true]);
  expect(runningTask()).toBeNull();
});

test("where an error is reported, be it that of a phase or of what arrived, no task runs any more", () => {
  const driver = manualDriver();
  const found: unknown[] = [];
  const loop = new Loop({ driver, onError: () => found.push(runningTask()) });
  const event = new AsyncEvent();
  for (const operation of [nextFrame(), event.wait()]) {
    loop.run(function* () {
      yield* operation;
      throw new Error("fault");
    });
  }
  driver.tick(0);
  driver.tick(16);
  event.set();
  driver.tick(32);
  expect(found).toEqual([null, null]);
});

test("a spawn is a wait like any other: who was cancelled on the stack gets no further, and starts nothing", () => {
  const { loop, note, frame } = harness();
  const task = loop.run(function* (): Operation<void> {
    yield* nextFrame();
    task.cancel();
    yield* spawn(function* () {
      note("child");
    });
    note("went on");
  });
  frame();
  expect(frame()).toEqual([]);
  expect(task.state).toBe("cancelled");
});
