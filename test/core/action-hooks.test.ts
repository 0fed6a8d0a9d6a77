import {
  action,
  Action,
  AsyncEvent,
  nextFrame,
  race,
  sleep,
  type Operation,
  type Runnable,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import type { Waiter } from "../../src/core/waiter.ts";
import { harness } from "../support/harness.ts";

const fault = new Error("fault");

/** An action with the hooks that those of the GPU have: it makes its outcome in the frame, and may take it back. */
class Hooked extends Action<string> {
  readonly name = "hooked";
  waiter: Waiter | null = null;
  override deliver?: (waiter: Waiter) => unknown;
  override undeliver?: (waiter: Waiter) => void;
  onAbort = (): void => {};

  begin(waiter: Waiter): void {
    this.waiter = waiter;
  }

  abort(): void {
    this.onAbort();
  }

  settle(failed = false, value: unknown = "raw"): void {
    this.waiter?.settle(failed, value);
  }
}

describe("an action that makes its outcome inside the frame", () => {
  function* waiting(wait: Action<string>, note: (what: unknown) => void): Operation<void> {
    try {
      note(yield* wait);
    } catch (error) {
      note({ thrown: error });
    }
  }

  test.each([
    { how: "alone", operation: (wait: Action<string>): Action<string> => wait },
    { how: "in a race", operation: (wait: Action<string>) => race([wait, sleep(1000) as Action<never>]) },
  ])("is asked for it when the coroutine goes on, $how", ({ operation }) => {
    const { loop, note, noted, frame } = harness();
    const wait = new Hooked();
    wait.deliver = (waiter) => {
      note(`delivers ${String(waiter.value)}`);
      return "made";
    };
    loop.run(waiting(operation(wait), note));
    frame();
    wait.settle();
    expect(noted()).toEqual([]);
    expect(frame()).toEqual(["delivers raw", "made"]);
  });

  test.each([
    { how: "alone", operation: (wait: Action<string>): Action<string> => wait },
    { how: "in a race", operation: (wait: Action<string>) => race([wait, sleep(1000) as Action<never>]) },
  ])("throws into the coroutine what that throws, $how", ({ operation }) => {
    const { loop, note, frame } = harness();
    const wait = new Hooked();
    wait.deliver = () => {
      throw fault;
    };
    loop.run(waiting(operation(wait), note));
    frame();
    wait.settle();
    expect(frame()).toEqual([{ thrown: fault }]);
  });

  test("is not asked where the wait has failed", () => {
    const { loop, note, frame } = harness();
    const wait = new Hooked();
    wait.deliver = () => note("delivers");
    loop.run(waiting(wait, note));
    frame();
    wait.settle(true, fault);
    expect(frame()).toEqual([{ thrown: fault }]);
  });

  test("is not asked where nobody goes on any more, but told", () => {
    const { loop, note, noted, frame } = harness();
    const wait = new Hooked();
    wait.deliver = () => note("delivers");
    wait.undeliver = () => note("takes back");
    const task = loop.run(waiting(wait, note));
    frame();
    wait.settle();
    task.cancel();
    expect(noted()).toEqual(["takes back"]);
    expect(frame()).toEqual([]);
  });
});

describe("an error of an action's own clean-up is reported once, and the cancel goes on", () => {
  test.each<{ what: string; prepare: (wait: Hooked) => void }>([
    {
      what: "that ends the wait",
      prepare: (wait) => {
        wait.onAbort = () => {
          throw fault;
        };
      },
    },
    {
      what: "that takes its outcome back",
      prepare: (wait) => {
        wait.undeliver = () => {
          throw fault;
        };
        wait.settle();
      },
    },
  ])("one $what", ({ prepare }) => {
    const { loop, note, noted, frame, reported } = harness();
    const wait = new Hooked();
    const task = loop.run(function* () {
      try {
        yield* wait;
      } finally {
        note("finally");
      }
    });
    frame();
    prepare(wait);
    task.cancel();
    expect(noted()).toEqual(["finally"]);
    const [report, ...more] = reported();
    expect(report?.error).toBe(fault);
    expect(report?.task).toBe(task);
    expect(more).toEqual([]);
    expect(task.state).toBe("cancelled");
  });
});

describe("an action whose start throws", () => {
  test("is over: what it settles later resumes no other wait", () => {
    const { loop, note, frame } = harness();
    let settle = (): void => {};
    loop.run(function* () {
      try {
        yield* action((resolve) => {
          settle = () => resolve("stale");
          throw fault;
        });
      } catch (error) {
        note(error);
      }
      note((yield* nextFrame()).index);
    });
    expect(frame()).toEqual([fault]);
    settle();
    expect(frame()).toEqual([1]);
  });
});

test.each<{ name: string; waiting: Runnable<unknown> }>([
  { name: "action", waiting: () => action(() => {}) },
  { name: "a light", waiting: () => action(() => {}, "a light") },
  { name: "async function", waiting: () => new Promise(() => {}) },
])("tools read what is waited for: $name", ({ waiting, name }) => {
  const { loop, frame } = harness();
  const task = loop.run(waiting);
  frame();
  expect(task.waitsFor).toBe(name);
});

test("nothing is waited for by a task that has not begun, that runs, that is to go on, or that has ended", () => {
  const { loop, note, frame } = harness();
  const event = new AsyncEvent();
  const task = loop.run(function* (): Operation<void> {
    note(task.waitsFor);
    yield* event.wait();
    note(task.waitsFor);
  });
  expect(task.waitsFor).toBeNull();
  expect(frame()).toEqual([null]);
  expect(task.waitsFor).not.toBeNull();
  event.set();
  expect(task.waitsFor).toBeNull();
  expect(frame()).toEqual([null]);
  expect(task.waitsFor).toBeNull();
});
