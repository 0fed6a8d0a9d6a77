import {
  action,
  all,
  allSettled,
  any,
  AsyncEvent,
  breathe,
  nextFrame,
  race,
  sleep,
  spawn,
  timeout,
  until,
  type Action,
  type Operation,
  type Task,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness, type Harness } from "../support/harness.ts";
import { never, pending, type Pending } from "../support/pending.ts";

const fault = new Error("fault");

describe("an action begins", () => {
  test("when a coroutine waits for it, and not before", () => {
    const { loop, note, noted, frame } = harness();
    const wait = action(() => {
      note("begins");
    });
    loop.run(function* () {
      yield* nextFrame();
      note("waits");
      yield* wait;
    });
    frame();
    expect(noted()).toEqual([]);
    expect(frame()).toEqual(["waits", "begins"]);
  });

  test("and settles at once where its start resolves: the coroutine goes on in the same step", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      note(yield* action<number>((resolve) => resolve(1)));
      note(yield* action<number>((resolve) => resolve(2)));
    });
    loop.run(function* () {
      note("next task");
    });
    expect(frame()).toEqual([1, 2, "next task"]);
  });

  test("or rejects: the coroutine throws at its yield*", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      try {
        yield* action((_, reject) => reject(fault));
      } catch (error) {
        note(error);
      }
    });
    expect(frame()).toEqual([fault]);
  });

  test("what its start throws, the coroutine throws", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      try {
        yield* action(() => {
          throw fault;
        });
      } catch (error) {
        note(error);
      }
      yield* nextFrame("render");
      note("goes on");
    });
    expect(frame()).toEqual([fault, "goes on"]);
  });

  test("what its start throws after it has settled is reported, and the outcome stands", () => {
    const { loop, note, frame, errors } = harness();
    loop.run(function* () {
      note(
        yield* action<number>((resolve) => {
          resolve(5);
          throw fault;
        }),
      );
    });
    expect(frame()).toEqual([5]);
    expect(errors()).toEqual([fault]);
  });

  test.each([5, "cleanup", {}, null, true, Promise.resolve()])(
    "a start that returns %s, no cleanup, is a TypeError of the coroutine",
    (returned) => {
      const { loop, note, frame } = harness();
      loop.run(function* () {
        try {
          yield* action(() => returned as unknown as () => void, "odd");
        } catch (error) {
          note(error instanceof TypeError, String(error).includes("odd"));
        }
      });
      expect(frame()).toEqual([true, true]);
    },
  );

  test.each([undefined, null, 5, "start", {}])("made of %s is a TypeError at the call", (start) => {
    expect(() => action(start as unknown as () => void)).toThrow(TypeError);
  });

  test("twice is an error of the one that waits again, and the first wait goes on", () => {
    const { loop, note, frame } = harness();
    const { wait, resolve } = pending<string>();
    loop.run(function* () {
      note("first", yield* wait);
      try {
        yield* wait;
      } catch (error) {
        note("again", error instanceof TypeError);
      }
    });
    loop.run(function* () {
      try {
        note("second", yield* wait);
      } catch (error) {
        note("second", error instanceof TypeError);
      }
    });
    expect(frame()).toEqual(["second", true]);
    resolve("value");
    expect(frame()).toEqual(["first", "value", "again", true]);
  });
});

describe("an action settles at most once", () => {
  test.each<{ what: string; settle: (p: Pending<string>) => void }>([
    { what: "resolve, resolve", settle: ({ resolve }) => (resolve("first"), resolve("second")) },
    { what: "resolve, reject", settle: ({ resolve, reject }) => (resolve("first"), reject(fault)) },
  ])("$what: the first counts", ({ settle }) => {
    const { loop, note, frame, frames } = harness();
    const arrival = pending<string>();
    loop.run(function* () {
      note(yield* arrival.wait);
      yield* never();
    });
    frame();
    settle(arrival);
    expect(frame()).toEqual(["first"]);
    settle(arrival);
    expect(frames(2)).toEqual([[], []]);
    expect(arrival.cleaned).toBe(1);
  });

  test("reject, resolve: the first counts", () => {
    const { loop, note, frame } = harness();
    const arrival = pending<string>();
    loop.run(function* () {
      try {
        note(yield* arrival.wait);
      } catch (error) {
        note(error);
      }
    });
    frame();
    arrival.reject(fault);
    arrival.resolve("late");
    expect(frame()).toEqual([fault]);
  });

  test("in its start, twice", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      note(
        yield* action<number>((resolve, reject) => {
          resolve(1);
          resolve(2);
          reject(fault);
        }),
      );
      yield* nextFrame("render");
      note("render");
    });
    expect(frame()).toEqual([1, "render"]);
  });

  test.each<{ when: string; prepare: (h: Harness, task: Task<unknown>, p: Pending<number>) => void }>([
    {
      when: "after a cancel",
      prepare: (_, task, { resolve }) => {
        task.cancel();
        resolve(1);
      },
    },
    {
      when: "after the loop has stopped",
      prepare: ({ loop }, _, { resolve }) => {
        loop.stop();
        resolve(1);
      },
    },
    {
      when: "after the loop has stopped and begun anew",
      prepare: ({ loop, frame }, _, { resolve }) => {
        loop.stop();
        loop.run(nextFrame());
        frame();
        resolve(1);
      },
    },
  ])("$when: nothing happens", ({ prepare }) => {
    const h = harness();
    const arrival = pending<number>();
    const task = h.loop.run(function* () {
      h.note(yield* arrival.wait);
    });
    h.frame();
    prepare(h, task, arrival);
    expect(h.frames(3).flat()).toEqual([]);
    expect(task.state).toBe("cancelled");
    expect(arrival.cleaned).toBe(1);
  });

  test("while it is cancelled, from its own cleanup", () => {
    const { loop, note, frames } = harness();
    const arrival: Pending<number> = pending<number>(() => arrival.resolve(1));
    const task = loop.run(function* () {
      try {
        note(yield* arrival.wait);
      } finally {
        note("finally");
      }
    });
    frames(1);
    task.cancel();
    expect(frames(2)).toEqual([["finally"], []]);
    expect(arrival.cleaned).toBe(1);
  });

  test("during its own start, which has cancelled its task before", () => {
    const { loop, note, frames } = harness();
    let cleanups = 0;
    const task: Task<void> = loop.run(function* () {
      note(
        yield* action<number>((resolve) => {
          task.cancel();
          resolve(1);
          return () => cleanups++;
        }),
      );
    });
    expect(frames(2)).toEqual([[], []]);
    expect(task.state).toBe("cancelled");
    expect(cleanups).toBe(1);
  });

  test("and its start may throw after it has cancelled its task: that is reported", () => {
    const { loop, frames, errors } = harness();
    const task: Task<void> = loop.run(function* () {
      yield* action(() => {
        task.cancel();
        throw fault;
      });
    });
    frames(2);
    expect(task.state).toBe("cancelled");
    expect(errors()).toEqual([fault]);
  });

  test("its settlement inside a frame resumes its task in that frame, never inside the call", () => {
    const { loop, note, frame } = harness();
    const arrival = pending();
    loop.run(function* () {
      yield* arrival.wait;
      note("resumed");
    });
    loop.run(function* () {
      yield* nextFrame();
      arrival.resolve();
      note("settled");
    });
    frame();
    expect(frame()).toEqual(["settled", "resumed"]);
  });
});

describe("the cleanup runs exactly once, however the wait ends", () => {
  interface Scene extends Harness {
    task: Task<unknown>;
    arrival: Pending<number>;
  }
  const ways: {
    how: string;
    wrap?: (wait: Action<number>) => Operation<unknown>;
    end: (scene: Scene) => void;
  }[] = [
    { how: "resolved", end: ({ arrival }) => arrival.resolve(1) },
    { how: "rejected", end: ({ arrival }) => arrival.reject(fault) },
    { how: "cancelled", end: ({ task }) => task.cancel() },
    {
      how: "cancelled after it was resolved",
      end: ({ task, arrival }) => (arrival.resolve(1), task.cancel()),
    },
    { how: "cancelled, then resolved", end: ({ task, arrival }) => (task.cancel(), arrival.resolve(1)) },
    { how: "the loop stops", end: ({ loop }) => loop.stop() },
    { how: "a race is lost", wrap: (wait) => race([wait, sleep(1)]), end: () => {} },
    { how: "a race is won", wrap: (wait) => race([wait, never()]), end: ({ arrival }) => arrival.resolve(1) },
    { how: "its time is over", wrap: (wait) => timeout(1, wait), end: () => {} },
    {
      how: "another part of an all fails",
      wrap: (wait) =>
        all([
          wait,
          (function* () {
            yield* sleep(1);
            throw fault;
          })(),
        ]),
      end: () => {},
    },
    {
      how: "a child's error interrupts it",
      *wrap(wait) {
        yield* spawn(function* () {
          yield* sleep(1);
          throw fault;
        });
        yield* wait;
      },
      end: () => {},
    },
    {
      how: "it is a child's, and the parent ends",
      *wrap(wait) {
        yield* spawn(wait);
        yield* sleep(1);
      },
      end: () => {},
    },
    {
      how: "it is a child's, and the parent is cancelled",
      *wrap(wait) {
        yield* spawn(wait);
        yield* never();
      },
      end: ({ task }) => task.cancel(),
    },
    {
      how: "it is an async function's, which is cancelled",
      *wrap(wait) {
        const child = yield* spawn(async (w) => w(wait));
        yield* sleep(1);
        child.cancel();
      },
      end: () => {},
    },
  ];

  test.each(ways)("$how", ({ wrap, end }) => {
    const h = harness();
    const arrival = pending<number>();
    const task = h.loop.run(function* () {
      try {
        yield* wrap ? wrap(arrival.wait) : arrival.wait;
      } catch {
        h.note("failed");
      }
    });
    h.frame();
    expect(arrival.begun).toBe(1);
    expect(arrival.cleaned).toBe(0);
    end({ ...h, task, arrival });
    h.frames(3);
    expect(arrival.cleaned).toBe(1);
    arrival.resolve(2);
    task.cancel();
    h.loop.stop();
    h.frames(2);
    expect(arrival.cleaned).toBe(1);
  });

  test("resolved in its start", () => {
    const { loop, frames } = harness();
    let cleanups = 0;
    loop.run(function* () {
      yield* action<number>((resolve) => {
        resolve(1);
        return () => cleanups++;
      });
      yield* never();
    });
    frames(2);
    expect(cleanups).toBe(1);
    loop.stop();
    expect(cleanups).toBe(1);
  });

  test("the cleanup of a settled wait has run before the coroutine goes on", () => {
    const { loop, note, frame } = harness();
    const arrival = pending<string>(() => note("cleanup"));
    loop.run(function* () {
      note(yield* arrival.wait);
    });
    frame();
    arrival.resolve("goes on");
    expect(frame()).toEqual(["cleanup", "goes on"]);
  });
});

describe("an action iterated by hand", () => {
  test.each<{ how: string; iterate: (operation: Operation<unknown>) => unknown }>([
    { how: "spread", iterate: (operation) => [...(operation as Iterable<unknown>)] },
    { how: "Array.from", iterate: (operation) => Array.from(operation as Iterable<unknown>) },
    {
      how: "destructuring",
      iterate: (operation) => {
        const [first] = operation as Iterable<unknown>;
        return first;
      },
    },
    {
      how: "for of",
      iterate: (operation) => {
        let rounds = 0;
        for (const _ of operation as Iterable<unknown>) if (++rounds > 100) return "endless";
        return rounds;
      },
    },
  ])("by $how is an error, and does not hang", ({ iterate }) => {
    const { loop } = harness();
    expect(() => iterate(sleep(1))).toThrow(TypeError);
    expect(() => iterate(nextFrame())).toThrow(TypeError);
    expect(() => iterate(pending().wait)).toThrow(TypeError);
    expect(() => iterate(loop.run(never()))).toThrow(TypeError);
  });

  test("leaves the tasks alone that wait properly", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      while (true) {
        note((yield* nextFrame()).index);
        try {
          note([...(sleep(1) as unknown as Iterable<unknown>)]);
        } catch (error) {
          note(error instanceof TypeError);
        }
        yield* sleep(0);
      }
    });
    frame();
    expect(frame()).toEqual([1, true]);
    expect(frame()).toEqual([2, true]);
  });

  test("outside of any coroutine leaves the loop alone", () => {
    const { loop, note, frame } = harness();
    (sleep(1) as unknown as Iterable<unknown>)[Symbol.iterator]().next();
    loop.run(function* () {
      note((yield* nextFrame("render")).index);
    });
    expect(frame()).toEqual([0]);
  });
});

describe("built-in actions may be kept and waited for again, by many", () => {
  test.each<{ what: string; operation: Operation<unknown> }>([
    { what: "nextFrame()", operation: nextFrame("after") },
    { what: "sleep()", operation: sleep(1) },
  ])("$what", ({ operation }) => {
    const { loop, note, frames } = harness();
    for (const name of ["a", "b"]) {
      loop.run(function* () {
        for (let i = 0; i < 2; i++) {
          yield* operation;
          note(name);
        }
      });
    }
    expect(frames(5).flat()).toEqual(["a", "b", "a", "b"]);
  });

  test("an event's", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const wait = event.wait();
    for (const name of ["a", "b"]) {
      loop.run(function* () {
        yield* wait;
        note(name);
      });
    }
    frame();
    event.set();
    expect(frame()).toEqual(["a", "b"]);
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

test.each<{ name: string; operation: () => Operation<unknown> }>([
  { name: "sleep(5)", operation: () => sleep(5) },
  { name: 'nextFrame("render")', operation: () => nextFrame("render") },
  { name: "never", operation: () => never() },
  { name: "spawn", operation: () => spawn(never()) },
  { name: "breathe", operation: () => breathe() },
  { name: "until", operation: () => until(Promise.resolve()) },
  { name: "timeout", operation: () => timeout(5, never()) },
  { name: "all", operation: () => all([]) },
  { name: "allSettled", operation: () => allSettled([]) },
  { name: "race", operation: () => race([never()]) },
  { name: "any", operation: () => any([never()]) },
])("what was iterated by hand, the error names: $name", ({ name, operation }) => {
  expect(() => [...(operation() as Iterable<unknown>)]).toThrow(
    new TypeError(`${name} was iterated by hand: wait for it with yield*, in a coroutine`),
  );
});
