import { Action, race, sleep, type Operation } from "awaitframe";
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
