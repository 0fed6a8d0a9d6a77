import { AsyncEvent, nextFrame, sleep, type Task } from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness, macrotask } from "../support/harness.ts";
import { never } from "../support/pending.ts";

describe("an event", () => {
  test("is not set at first; set sets it, clear clears it", () => {
    const event = new AsyncEvent();
    expect(event.isSet).toBe(false);
    event.clear();
    expect(event.isSet).toBe(false);
    event.set();
    event.set();
    expect(event.isSet).toBe(true);
    event.clear();
    expect(event.isSet).toBe(false);
  });

  test("resumes its waiters in the order in which they came", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    for (const name of ["a", "b", "c"]) {
      loop.run(function* () {
        yield* event.wait();
        note(name);
      });
    }
    frame();
    expect(frame()).toEqual([]);
    event.set();
    expect(frame()).toEqual(["a", "b", "c"]);
  });

  test("in that order also after cancels and newcomers", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const tasks = new Map<string, Task<void>>();
    const add = (name: string) =>
      tasks.set(
        name,
        loop.run(function* () {
          yield* event.wait();
          note(name);
        }),
      );
    for (const name of ["a", "b", "c", "d"]) add(name);
    frame();
    tasks.get("a")!.cancel();
    tasks.get("c")!.cancel();
    add("e");
    frame();
    event.set();
    expect(frame()).toEqual(["b", "d", "e"]);
  });

  test("that is set lets who waits go on at once", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    event.set();
    loop.run(function* () {
      yield* event.wait();
      note("first");
      yield* event.wait();
      note("second");
    });
    loop.run(function* () {
      note("next task");
    });
    expect(frame()).toEqual(["first", "second", "next task"]);
  });

  test("that is cleared makes who comes then wait, and not who waited before", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const wait = (name: string) =>
      loop.run(function* () {
        yield* event.wait();
        note(name);
      });
    wait("early");
    frame();
    event.set();
    event.clear();
    wait("late");
    expect(frame()).toEqual(["early"]);
    expect(frame()).toEqual([]);
    event.set();
    expect(frame()).toEqual(["late"]);
  });

  test("set in a frame resumes its waiters in that frame", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* event.wait();
      note("woken", loop.frame?.index);
    });
    loop.run(function* () {
      yield* nextFrame("render");
      event.set();
      note("set", loop.frame?.index);
    });
    expect(frame()).toEqual(["set", 0, "woken", 0]);
  });

  test("does not resume a waiter that waits anew in the same round until it is set again", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      while (true) {
        yield* event.wait();
        event.clear();
        note("woken");
      }
    });
    frame();
    event.set();
    expect(frame()).toEqual(["woken"]);
    expect(frame()).toEqual([]);
    event.set();
    expect(frame()).toEqual(["woken"]);
  });

  test("serves tasks of several loops, and async functions", async () => {
    const one = harness();
    const two = harness();
    const event = new AsyncEvent();
    one.loop.run(function* () {
      yield* event.wait();
      one.note("generator");
    });
    two.loop.run(async (wait) => {
      await wait(event.wait());
      two.note("async");
    });
    one.frame();
    two.frame();
    event.set();
    expect(one.frame()).toEqual(["generator"]);
    two.frame();
    await macrotask();
    expect(two.noted()).toEqual(["async"]);
  });

  test("may be set in the finally block of a task that is cancelled", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const task = loop.run(function* () {
      try {
        yield* never();
      } finally {
        event.set();
      }
    });
    loop.run(function* () {
      yield* event.wait();
      note("woken");
    });
    frame();
    task.cancel();
    expect(frame()).toEqual(["woken"]);
  });

  test("needs no loop: set before any task waits", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    event.set();
    event.clear();
    loop.run(function* () {
      yield* sleep(0);
      yield* event.wait();
      note("woken");
    });
    frame();
    expect(frame()).toEqual([]);
    event.set();
    expect(frame()).toEqual(["woken"]);
  });
});
