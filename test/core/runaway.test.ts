import {
  action,
  all,
  AsyncEvent,
  breathe,
  Channel,
  Loop,
  nextFrame,
  race,
  sleep,
  spawn,
  type Operation,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness, macrotask } from "../support/harness.ts";
import { RecordingDriver } from "../support/recording-driver.ts";

/** How often a task may go on at once: the contract says ten thousand times; one more or less is no matter. */
const LIMIT = 10_000;

const set = new AsyncEvent();
set.set();

function* ended(): Operation<void> {}

/** Waits that are settled when they begin. */
const waits: { what: string; make: () => Operation<() => Operation<unknown>> }[] = [
  {
    what: "an event that is set",
    *make() {
      return () => set.wait();
    },
  },
  {
    what: "a task that has ended",
    *make() {
      const task = yield* spawn(ended);
      yield* nextFrame("render");
      return () => task;
    },
  },
  {
    what: "an action that resolves in its start",
    *make() {
      return () => action<void>((resolve) => resolve());
    },
  },
  {
    what: "a channel that is never empty",
    *make() {
      const channel = new Channel<number>(Infinity);
      return function* () {
        yield* channel.send(1);
        yield* channel.receive();
      };
    },
  },
  {
    what: "a combinator of nothing",
    *make() {
      return () => all([]);
    },
  },
  {
    what: "a race that is decided",
    *make() {
      return () => race([sleep(1), set.wait()]);
    },
  },
];

describe("a task that goes on at once ten thousand times", () => {
  test.each(waits)("through $what is ended, with an error that names it, and the page lives", ({ make }) => {
    const { loop, note, frame, errors } = harness();
    let rounds = 0;
    const task = loop.run(
      function* () {
        const wait = yield* make();
        while (true) {
          rounds++;
          yield* wait();
        }
      },
      { name: "the runaway" },
    );
    loop.run(function* () {
      while (true) {
        yield* nextFrame("after");
        note("other");
      }
    });
    expect(frame()).toEqual(["other"]);
    expect(task.state).toBe("failed");
    expect(rounds).toBeGreaterThanOrEqual(LIMIT / 2 - 1);
    expect(rounds).toBeLessThanOrEqual(LIMIT + 2);
    const [error] = errors() as Error[];
    expect(error).toBeInstanceOf(Error);
    expect(error!.message).toBe(
      'task "the runaway" went on 10000 times in one frame: wait for nextFrame() in its loop',
    );
    expect(frame()).toEqual(["other"]);
  });

  test("by starting children without end is ended as well, though a hundred thousand are no trouble", () => {
    const { loop, frames, errors } = harness();
    function* child(): Operation<void> {}
    let started = 0;
    const many = loop.run(function* () {
      for (let i = 0; i < 100_000; i++) yield* spawn(child);
    });
    const endless = loop.run(function* () {
      while (true) {
        yield* spawn(child);
        started++;
      }
    });
    frames(1);
    expect(many.state).toBe("done");
    expect(endless.state).toBe("failed");
    expect(started).toBeLessThan(1_000_000);
    expect(errors()).toHaveLength(1);
  });

  test("by yields of nonsense whose errors it catches", () => {
    const { loop, frame, errors } = harness();
    const task = loop.run(function* (): Generator<never, void> {
      while (true) {
        try {
          yield 5 as never;
        } catch {
          // On and on.
        }
      }
    });
    frame();
    expect(task.state).toBe("failed");
    expect(errors()).toHaveLength(1);
  });

  test("can't catch that, but its finally blocks run", () => {
    const { loop, note, frame, errors } = harness();
    const task = loop.run(function* () {
      try {
        while (true) yield* set.wait();
      } catch {
        note("caught");
      } finally {
        note("finally");
      }
    });
    expect(frame()).toEqual(["finally"]);
    expect(task.state).toBe("failed");
    expect(errors()).toHaveLength(1);
  });

  test("takes its children along", () => {
    const { loop, note, frame, errors } = harness();
    loop.run(function* () {
      yield* spawn(function* () {
        try {
          yield* nextFrame("after");
        } finally {
          note("child");
        }
      });
      yield* nextFrame("render");
      while (true) yield* set.wait();
    });
    expect(frame()).toEqual(["child"]);
    expect(errors()).toHaveLength(1);
  });

  test("gives its error to the one that waits for it", () => {
    const { loop, note, frame } = harness();
    const task = loop.run(
      function* () {
        yield* nextFrame();
        while (true) yield* set.wait();
      },
      { name: "the runaway" },
    );
    loop.run(function* () {
      try {
        yield* task;
      } catch (error) {
        note(String(error).includes("the runaway"));
      }
    });
    frame();
    expect(frame()).toEqual([true]);
  });

  test("as an async function is ended too", async () => {
    const { loop, note, frame, errors } = harness();
    let rounds = 0;
    const task = loop.run(
      async (wait) => {
        while (true) {
          try {
            await wait(set.wait());
          } catch {
            note("caught");
          }
          rounds++;
        }
      },
      { name: "the runaway" },
    );
    frame();
    await macrotask();
    frame();
    await macrotask();
    expect(frame()).toEqual([]);
    expect(task.state).toBe("failed");
    expect(rounds).toBeLessThanOrEqual(LIMIT + 2);
    expect(String(errors()[0])).toMatch(/the runaway/);
  });
});

describe("a task that lets go now and then", () => {
  test("may go on at once as often as it likes, fewer than ten thousand times at a stretch", () => {
    const { loop, frames } = harness();
    const task = loop.run(function* () {
      for (let stretch = 0; stretch < 5; stretch++) {
        for (let i = 0; i < LIMIT - 10; i++) yield* set.wait();
        yield* nextFrame();
      }
    });
    frames(7);
    expect(task.state).toBe("done");
  });

  test("in an async function too", async () => {
    const { loop, frame } = harness();
    const task = loop.run(async (wait) => {
      for (let stretch = 0; stretch < 3; stretch++) {
        for (let i = 0; i < LIMIT - 10; i++) await wait(set.wait());
        await wait(nextFrame());
      }
    });
    for (let i = 0; i < 6; i++) {
      frame();
      await macrotask();
    }
    expect(task.state).toBe("done");
  });

  test("does so in a loop and not by recursion, also through layers of combinators", () => {
    const { loop, note, frame } = harness();
    function* deep(depth: number): Operation<void> {
      if (depth > 0) yield* deep(depth - 1);
      else for (let i = 0; i < 5000; i++) yield* all([race([set.wait()])]);
    }
    loop.run(function* () {
      yield* deep(200);
      note("end");
    });
    expect(frame()).toEqual(["end"]);
  });

  test("by breathe is bounded by the budget instead", () => {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver });
    const task = loop.run(function* () {
      for (let i = 0; i < 3 * LIMIT; i++) {
        yield* breathe();
        if (i % 1000 === 0) yield* set.wait();
      }
    });
    driver.tick(0);
    expect(task.state).toBe("done");
  });
});
