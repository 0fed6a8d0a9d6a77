import {
  action,
  all,
  CancelledError,
  Loop,
  manualDriver,
  nextFrame,
  race,
  sleep,
  until,
  type Operation,
  type Task,
} from "awaitframe";
import { describe, expect, test, vi } from "vitest";
import { harness, macrotask } from "../support/harness.ts";

const fault = new Error("fault");

function* failing(): Operation<never> {
  throw fault;
}

/** Decides a race at once. */
const sleepNot = () => action((resolve) => resolve(undefined));

describe("until", () => {
  test.each<{ what: string; operation: () => Operation<unknown> }>([
    { what: "a promise", operation: () => until(Promise.resolve(5)) },
    { what: "a function that returns one", operation: () => until(() => Promise.resolve(5)) },
    { what: "an async function", operation: () => until(async () => 5) },
    {
      what: "anything that has a then",
      operation: () =>
        until({
          // oxlint-disable-next-line unicorn/no-thenable -- what is tested
          then: (resolve: (value: number) => void) => resolve(5),
        } as PromiseLike<number>),
    },
  ])("gives the value of $what, inside a frame", async ({ operation }) => {
    const { loop, note, noted, frame } = harness();
    loop.run(function* () {
      note(yield* operation(), loop.frame?.index);
    });
    frame();
    await macrotask();
    expect(noted()).toEqual([]);
    expect(frame()).toEqual([5, 1]);
  });

  test.each([fault, "a string", undefined, 0])("throws the rejection %s, as it is", async (reason) => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      try {
        yield* until(Promise.reject(reason));
      } catch (error) {
        note(Object.is(error, reason));
      }
    });
    frame();
    await macrotask();
    expect(frame()).toEqual([true]);
  });

  test("throws what the function throws", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      try {
        yield* until(() => {
          throw fault;
        });
      } catch (error) {
        note(error);
      }
    });
    expect(frame()).toEqual([fault]);
  });

  test("calls the function when the wait begins, once", async () => {
    const { loop, note, frame } = harness();
    const wait = until(() => {
      note("called");
      return Promise.resolve();
    });
    loop.run(function* () {
      yield* nextFrame();
      note("waits");
      yield* wait;
    });
    expect(frame()).toEqual([]);
    expect(frame()).toEqual(["waits", "called"]);
    await macrotask();
    expect(frame()).toEqual([]);
  });

  test.each([undefined, null, 5, "url", {}, []])("of %s is a TypeError at the call", (source) => {
    expect(() => until(source as unknown as Promise<void>)).toThrow(TypeError);
  });

  test("results come in the order in which the promises settled", async () => {
    const { loop, note, frame } = harness();
    const settles: (() => void)[] = [];
    for (const name of ["a", "b", "c"]) {
      const promise = new Promise<void>((resolve) => settles.push(resolve));
      loop.run(function* () {
        yield* until(promise);
        note(name);
      });
    }
    frame();
    for (const index of [1, 2, 0]) settles[index]!();
    await macrotask();
    expect(frame()).toEqual(["b", "c", "a"]);
  });

  test("waits for a task of another loop", async () => {
    const { loop, note, frame } = harness();
    const other = new Loop({ driver: manualDriver() });
    const foreign = other.run(function* () {
      yield* nextFrame();
      return 5;
    });
    loop.run(function* () {
      note(yield* until(foreign));
    });
    frame();
    other.tick(0);
    other.tick(16);
    await macrotask();
    expect(frame()).toEqual([5]);
  });
});

describe("the signal that until gives", () => {
  test("is made only when it is read", () => {
    const made = vi.fn<() => void>();
    const Native = AbortController;
    vi.stubGlobal(
      "AbortController",
      class extends Native {
        constructor() {
          super();
          made();
        }
      },
    );
    const { loop, frame } = harness();
    loop.run(until(() => new Promise(() => {})));
    loop.run(until((context) => new Promise(() => void context)));
    frame();
    expect(made).not.toHaveBeenCalled();
    loop.run(until(({ signal }) => new Promise(() => void signal)));
    frame();
    expect(made).toHaveBeenCalledTimes(1);
    vi.unstubAllGlobals();
  });

  test("is the same one each time, and may be read later", async () => {
    const { loop, frame } = harness();
    let read: () => AbortSignal = () => AbortSignal.abort();
    const task = loop.run(
      until((context) => {
        read = () => context.signal;
        return new Promise(() => {});
      }),
    );
    frame();
    const signal = read();
    expect(read()).toBe(signal);
    expect(signal.aborted).toBe(false);
    task.cancel();
    expect(signal.aborted).toBe(true);
  });

  test.each<{ how: string; wrap: (wait: Operation<void>) => Operation<unknown>; cancel: boolean }>([
    { how: "is cancelled", wrap: (wait) => wait, cancel: true },
    { how: "loses a race", wrap: (wait) => race([wait, sleep(5)]), cancel: false },
  ])("aborts when the wait $how, inside the call", ({ wrap, cancel }) => {
    const { loop, frame } = harness();
    let seen: AbortSignal | undefined;
    const task = loop.run(
      wrap(
        until(({ signal }) => {
          seen = signal;
          return new Promise<void>(() => {});
        }),
      ),
    );
    frame();
    expect(seen?.aborted).toBe(false);
    if (cancel) task.cancel();
    else frame();
    expect(seen?.aborted).toBe(true);
    expect(seen?.reason).toEqual(new CancelledError("the wait was cancelled"));
  });

  test("has aborted if it is first read after the cancel", async () => {
    const { loop, note, frame, noted } = harness();
    const task = loop.run(function* () {
      yield* until(async (context) => {
        await macrotask();
        note(context.signal.aborted, context.signal.reason instanceof CancelledError);
      });
    });
    frame();
    task.cancel();
    await macrotask();
    await macrotask();
    expect(noted()).toEqual([true, true]);
  });

  test("does not abort after the end: the body of a response would be cut off", async () => {
    const { loop, note, frame } = harness();
    let seen: AbortSignal | undefined;
    const task = loop.run(function* () {
      note(
        yield* until(({ signal }) => {
          seen = signal;
          return Promise.resolve("response");
        }),
      );
      yield* nextFrame();
      yield* nextFrame();
    });
    frame();
    await macrotask();
    expect(frame()).toEqual(["response"]);
    expect(seen?.aborted).toBe(false);
    task.cancel();
    expect(seen?.aborted).toBe(false);
  });
});

describe("a rejection after a cancel", () => {
  test.each<{ what: string; promise: (signal: AbortSignal) => Promise<void> }>([
    {
      what: "by the signal",
      promise: (signal) =>
        new Promise<void>((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    },
    {
      what: "by itself",
      promise: () =>
        new Promise<void>((_, reject) => {
          setTimeout(() => reject(fault));
        }),
    },
  ])("$what is nobody's unhandled rejection, and is not reported", async ({ promise }) => {
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    const { loop, frame } = harness();
    const task = loop.run(until(({ signal }) => promise(signal)));
    frame();
    task.cancel();
    await macrotask();
    await macrotask();
    frame();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(task.state).toBe("cancelled");
  });

  test.each<{ what: string; operation: (wait: Operation<void>) => Operation<unknown>; cancel?: boolean }>([
    { what: "its task was cancelled before its first step", operation: (wait) => wait, cancel: true },
    { what: "it lost a race that was decided before", operation: (wait) => race([sleepNot(), wait]) },
    {
      what: "another operation has failed before",
      *operation(wait) {
        try {
          yield* all([action((_, reject) => reject(fault)), wait]);
        } catch {
          // Expected.
        }
      },
    },
  ])("of a wait that never began is nobody's either: $what", async ({ operation, cancel }) => {
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on("unhandledRejection", unhandled);
    const { loop, frame } = harness();
    const task = loop.run(operation(until(Promise.reject(fault))));
    if (cancel) task.cancel();
    frame();
    await macrotask();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("of a task of another loop is still its parent's, if nobody waits", async () => {
    const { loop, frame, errors } = harness();
    until(loop.run(failing()));
    await macrotask();
    frame();
    expect(errors()).toEqual([fault]);
  });

  test.each<{ how: string; wait: (task: Task<unknown>) => Operation<unknown> }>([
    { how: "in a race that has been decided", wait: (task) => race([until(task), sleep(20)]) },
    { how: "by a task that was cancelled", wait: (task) => until(task) },
  ])("of a task, waited for $how, is reported: nobody waits any more", async ({ wait }) => {
    const { loop, frame, frames, errors } = harness();
    const failing = loop.run(function* () {
      yield* sleep(60);
      throw fault;
    });
    const waiting = loop.run(wait(failing));
    frame();
    await macrotask();
    frames(2);
    waiting.cancel();
    expect(errors()).toEqual([]);
    frames(4);
    frame();
    expect(errors()).toEqual([fault]);
  });

  test("of a promise that many wait for, time and again, leaves one reaction with it", async () => {
    const { loop, frame } = harness();
    const promise = new Promise<void>(() => {});
    const then = vi.spyOn(promise, "then");
    for (let i = 0; i < 5; i++) loop.run(until(promise)).cancel();
    for (let i = 0; i < 5; i++) loop.run(until(promise));
    frame();
    await macrotask();
    expect(then).toHaveBeenCalledTimes(1);
  });

  test("nor does a late value resume anybody", async () => {
    const { loop, note, frames } = harness();
    let resolve: (value: string) => void = () => {};
    const promise = new Promise<string>((yes) => {
      resolve = yes;
    });
    const task = loop.run(function* () {
      note(yield* until(promise));
    });
    frames(1);
    task.cancel();
    resolve("late");
    await macrotask();
    expect(frames(2)).toEqual([[], []]);
  });
});
