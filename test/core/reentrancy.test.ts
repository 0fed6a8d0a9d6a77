// User code runs in many places: in starts, cleanups, filters, listeners, finally blocks. What it may call from there.
import {
  action,
  all,
  AsyncEvent,
  Channel,
  Loop,
  manualDriver,
  nextFrame,
  once,
  race,
  sleep,
  spawn,
  timeout,
  type Frame,
  type Operation,
  type Task,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { CountedTarget } from "../support/counted-target.ts";
import { harness, type Harness } from "../support/harness.ts";
import { never, pending, type Pending } from "../support/pending.ts";

describe("a cleanup may cancel the task whose wait it cleans up", () => {
  const cases: {
    when: string;
    wrap?: (wait: Operation<unknown>) => Operation<unknown>;
    end: (p: Pending<void>) => void;
  }[] = [
    { when: "as the wait is resolved", end: ({ resolve }) => resolve() },
    { when: "as the wait is rejected", end: ({ reject }) => reject(new Error("fault")) },
    { when: "as it loses a race", wrap: (wait) => race([wait, sleep(1)]), end: () => {} },
    { when: "as it wins a race", wrap: (wait) => race([never(), wait]), end: ({ resolve }) => resolve() },
    { when: "as its time is over", wrap: (wait) => timeout(1, wait), end: () => {} },
    {
      when: "as a child's error interrupts it",
      *wrap(wait) {
        yield* spawn(function* () {
          yield* sleep(1);
          throw new Error("fault");
        });
        yield* wait;
      },
      end: () => {},
    },
  ];

  test.each(cases)("$when: it is cancelled, for good", ({ wrap, end }) => {
    const { loop, note, frame, frames, errors } = harness();
    const arrival: Pending<void> = pending(() => task.cancel());
    const task: Task<void> = loop.run(function* () {
      try {
        yield* wrap ? wrap(arrival.wait) : arrival.wait;
        note("resumed");
      } catch {
        note("caught");
      } finally {
        note("finally");
      }
      note("goes on");
    });
    frame();
    end(arrival);
    expect(frames(3).flat()).toEqual(["finally"]);
    expect(task.state).toBe("cancelled");
    expect(task.children).toEqual([]);
    expect(loop.tasks).toEqual([]);
    expect(arrival.cleaned).toBe(1);
    errors();
  });
});

describe("a cleanup may settle another wait", () => {
  test("of another task: that goes on in the same frame", () => {
    const { loop, note, frame } = harness();
    const other = pending<string>();
    loop.run(function* () {
      note(yield* other.wait);
    });
    const task = loop.run(pending(() => other.resolve("woken")).wait);
    frame();
    loop.run(function* () {
      task.cancel();
    });
    expect(frame()).toEqual(["woken"]);
  });

  test("of the same race, which is decided already", () => {
    const { loop, note, frame, frames } = harness();
    const one = pending<string>();
    const two = pending<string>(() => one.resolve("too late"));
    const three = pending<string>(() => two.resolve("too late"));
    loop.run(function* () {
      note(yield* race([one.wait, sleep(1), two.wait, three.wait]));
      note(yield* race([never(), sleep(1)]));
      yield* never();
    });
    frame();
    expect(frames(4).flat()).toEqual([undefined, undefined]);
    expect([one.cleaned, two.cleaned, three.cleaned]).toEqual([1, 1, 1]);
  });
});

describe("the start of an action may", () => {
  test("cancel the task within a combinator: later parts never begin, earlier ones are cleaned up", () => {
    const { loop, frames } = harness();
    const [before, after] = [pending(), pending()];
    const task: Task<void> = loop.run(function* () {
      const cancels = action(() => {
        task.cancel();
      });
      yield* all([before.wait, race([cancels, never()]), after.wait]);
    });
    frames(2);
    expect(task.state).toBe("cancelled");
    expect([before.begun, before.cleaned, after.begun]).toEqual([1, 1, 0]);
  });

  test("stop the loop", () => {
    const { loop, note, frames } = harness();
    let cleaned = 0;
    loop.run(function* () {
      try {
        yield* action(() => {
          loop.stop();
          return () => cleaned++;
        });
      } finally {
        note("finally");
      }
    });
    expect(frames(2).flat()).toEqual(["finally"]);
    expect(cleaned).toBe(1);
  });

  test("settle another wait, start a task, set an event", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* event.wait();
      note("event");
    });
    loop.run(function* () {
      yield* nextFrame();
      yield* action((resolve) => {
        event.set();
        loop.run(function* () {
          note("started");
        });
        resolve(1);
      });
      note("goes on");
    });
    frame();
    expect(frame()).toEqual(["goes on", "event", "started"]);
  });

  test("fail in a combinator: the parts before it are cleaned up, those behind it never begin", () => {
    const { loop, note, frame } = harness();
    const [before, after] = [pending(), pending()];
    loop.run(function* () {
      try {
        yield* all([
          before.wait,
          action(() => {
            throw new Error("start");
          }),
          after.wait,
        ]);
      } catch (error) {
        note(String(error));
      }
    });
    expect(frame()).toEqual(["Error: start"]);
    expect([before.begun, before.cleaned, after.begun]).toEqual([1, 1, 0]);
  });
});

describe("loops within loops", () => {
  test("a task may run a frame of another loop: each gets its own frames", () => {
    const outer = harness();
    const inner = new Loop({ driver: manualDriver() });
    const innerFrames: number[] = [];
    inner.run(function* () {
      while (true) innerFrames.push((yield* nextFrame()).timestamp);
    });
    const seen: [string, Frame][] = [];
    for (const name of ["a", "b", "c"]) {
      outer.loop.run(function* () {
        while (true) {
          const frame = yield* nextFrame();
          seen.push([name, frame]);
          if (name === "a") inner.tick(frame.timestamp * 1000);
        }
      });
    }
    outer.frame(0);
    outer.frame(1);
    outer.frame(2);
    expect(seen.map(([name, frame]) => `${name} ${frame?.timestamp}`)).toEqual([
      "a 1",
      "b 1",
      "c 1",
      "a 2",
      "b 2",
      "c 2",
    ]);
    expect(innerFrames).toEqual([2000]);
  });

  test("also in a completion and in a timer, and with results that are not lost", () => {
    const outer = harness();
    const inner = new Loop({ driver: manualDriver() });
    const runsInner = (time: number) => {
      inner.run(function* () {
        yield* action((resolve) => resolve("inner"));
      });
      inner.tick(time);
      return "outer";
    };
    const arrival = pending<string>();
    outer.loop.run(function* () {
      outer.note(yield* arrival.wait);
      outer.note(yield* action<string>((resolve) => resolve(runsInner(1))));
      yield* sleep(0);
      runsInner(2);
      outer.note((yield* nextFrame("render")).index);
    });
    outer.frame();
    arrival.resolve("arrived");
    expect(outer.frame()).toEqual(["arrived", "outer"]);
    expect(outer.frame()).toEqual([2]);
  });

  test("a spawn makes a child of the task that yields it, in that task's loop", () => {
    const outer = harness();
    const inner = new Loop({ driver: manualDriver() });
    const other = inner.run(never());
    const task = inner.run(function* () {
      yield* sleep(1);
      other.cancel();
      const child = yield* spawn(never());
      outer.note(child.parent === task, child.loop === inner);
      yield* never();
    });
    const driving = outer.loop.run(function* () {
      while (true) {
        inner.tick((yield* nextFrame()).timestamp);
        const own = yield* spawn(nextFrame());
        outer.note(own.parent === driving);
      }
    });
    outer.frame();
    expect([outer.frame(), outer.frame()]).toEqual([[true], [true, true, true]]);
    inner.stop();
  });

  test("an event of one loop that is set by a task of another one", () => {
    const one = harness();
    const two = harness();
    const event = new AsyncEvent();
    one.loop.run(function* () {
      yield* event.wait();
      one.note("one");
    });
    two.loop.run(function* () {
      yield* nextFrame();
      event.set();
    });
    one.frame();
    two.frame();
    two.frame();
    expect(one.driver.frameRequested).toBe(true);
    expect(one.frame()).toEqual(["one"]);
  });
});

describe("listeners and filters may", () => {
  test("cancel the task that listens", () => {
    const { loop, note, frames } = harness();
    const target = new CountedTarget();
    const task: Task<void> = loop.run(function* () {
      try {
        yield* once(target, "click", {
          filter: () => {
            task.cancel();
            return true;
          },
        });
        note("resumed");
      } finally {
        note("finally");
      }
    });
    frames(1);
    target.fire("click");
    expect(frames(2).flat()).toEqual(["finally"]);
    expect(task.state).toBe("cancelled");
    expect(target.listeners).toBe(0);
  });

  test("dispatch further events", () => {
    const { loop, note, frame } = harness();
    const target = new CountedTarget();
    let again = true;
    loop.run(function* () {
      const event = yield* once(target, "click", {
        filter: () => {
          if (again) {
            again = false;
            target.fire("click");
          }
          return true;
        },
      });
      note(event.type);
    });
    frame();
    target.fire("click");
    expect(frame()).toEqual(["click"]);
    expect(target.listeners).toBe(0);
  });
});

describe("a finally block that runs in the ordinary course of things may wait", () => {
  const ways: { after: string; body: (h: Harness) => Operation<void>; state: string }[] = [
    { after: "the end of its try block", *body() {}, state: "done" },
    {
      after: "an error",
      *body() {
        throw new Error("fault");
      },
      state: "failed",
    },
    {
      after: "an error of a wait",
      *body() {
        yield* timeout(0, never());
      },
      state: "failed",
    },
  ];

  test.each(ways)("after $after", ({ body, state }) => {
    const h = harness();
    const task = h.loop.run(function* () {
      try {
        yield* body(h);
      } finally {
        yield* nextFrame();
        yield* sleep(5);
        const child = yield* spawn(function* () {
          yield* nextFrame("render");
        });
        yield* child;
        h.note("cleaned up");
      }
    });
    expect(h.frames(8).flat()).toEqual(["cleaned up"]);
    expect(task.state).toBe(state);
    expect(h.errors()).toHaveLength(state === "failed" ? 1 : 0);
  });

  test("and if it is cancelled there, the outer blocks still run", () => {
    const { loop, note, frame, noted } = harness();
    const task = loop.run(function* () {
      try {
        try {
          note("body");
        } finally {
          yield* never();
          note("never");
        }
      } finally {
        note("outer");
      }
    });
    expect(frame()).toEqual(["body"]);
    task.cancel();
    expect(noted()).toEqual(["outer"]);
    expect(task.state).toBe("cancelled");
  });
});

describe("coroutines made by hand", () => {
  test("an object with next, throw and return is stepped like a generator", () => {
    const { loop, note, frame } = harness();
    const calls: string[] = [];
    const inner = (function* (): Operation<number> {
      return (yield* nextFrame("render")).index;
    })()[Symbol.iterator]() as Generator<never, number>;
    const byHand = {
      next: (value: never) => (calls.push("next"), inner.next(value)),
      throw: (error: unknown) => (calls.push("throw"), inner.throw(error)),
      return: (value: number) => (calls.push("return"), inner.return(value)),
    };
    const operation: Operation<number> = { [Symbol.iterator]: () => byHand };
    loop.run(function* () {
      note(yield* operation);
    });
    expect(frame()).toEqual([0]);
    expect(calls).toEqual(["next", "next"]);
  });

  test("a channel's item, a frame and an error go through any number of layers", () => {
    const { loop, note, frames } = harness();
    function* layers<T>(depth: number, operation: Operation<T>): Operation<T> {
      return depth === 0 ? yield* operation : yield* layers(depth - 1, operation);
    }
    const channel = new Channel<string>(1);
    loop.run(function* () {
      yield* layers(50, channel.send("item"));
      note(yield* layers(50, channel.receive()));
      note((yield* layers(50, nextFrame())).index);
      try {
        yield* layers(50, timeout(0, never()));
      } catch (error) {
        note((error as Error).name);
      }
    });
    expect(frames(4).flat()).toEqual(["item", 1, "TimeoutError"]);
  });
});
