import {
  action,
  all,
  closed,
  nextFrame,
  on,
  race,
  sleep,
  spawn,
  type OnOptions,
  type Subscription,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { CountedTarget } from "../support/counted-target.ts";
import { harness, macrotask } from "../support/harness.ts";
import { never } from "../support/pending.ts";

/** A task that has subscribed, and holds its subscription. */
function subscribed(options?: OnOptions<Event>) {
  const h = harness();
  const target = new CountedTarget();
  let sub: Subscription<Event> | undefined;
  const task = h.loop.run(function* () {
    sub = yield* on(target, "tick", options);
    yield* never();
  });
  h.frame();
  const events: Event[] = [];
  return {
    ...h,
    target,
    task,
    sub: sub!,
    /** Dispatches some events. */
    fire(count: number) {
      for (let i = 0; i < count; i++) events.push(target.fire("tick"));
    },
    /** Takes everything by `next` that there is, as the numbers of the events. */
    taken(): unknown[] {
      const reader = h.loop.run(function* () {
        while (true) {
          const event = yield* sub!.next();
          h.note(event === closed ? "closed" : events.indexOf(event));
          if (event === closed) return;
        }
      });
      const notes = h.frame();
      reader.cancel();
      return notes;
    },
  };
}

describe("on", () => {
  test("goes on at once with a subscription that listens", () => {
    const { loop, note, frame } = harness();
    const target = new CountedTarget();
    loop.run(function* () {
      const before = loop.frame;
      yield* on(target, "tick");
      note(target.listeners, loop.frame === before);
      yield* never();
    });
    expect(frame()).toEqual([1, true]);
  });

  test("loses nothing between waits, in order", () => {
    const { fire, taken } = subscribed();
    fire(3);
    expect(taken()).toEqual([0, 1, 2]);
    fire(2);
    expect(taken()).toEqual([3, 4]);
  });

  test("next waits for an event, and goes on inside the frame", () => {
    const { loop, note, noted, frame, sub, target } = subscribed();
    loop.run(function* () {
      note(yield* sub.next());
    });
    expect(frame()).toEqual([]);
    const event = target.fire("tick");
    expect(noted()).toEqual([]);
    expect(frame()).toEqual([event]);
  });

  test("next of one that is queued goes on at once", () => {
    const { loop, note, frame, sub, fire } = subscribed();
    fire(2);
    loop.run(function* () {
      yield* sub.next();
      yield* sub.next();
      note("both");
    });
    loop.run(function* () {
      note("next task");
    });
    expect(frame()).toEqual(["both", "next task"]);
  });

  test("several who wait get an event each, in the order in which they came", () => {
    const { loop, note, frame, sub, target } = subscribed();
    for (const name of ["a", "b"]) {
      loop.run(function* () {
        note(name, yield* sub.next());
      });
    }
    frame();
    const first = target.fire("tick");
    const second = target.fire("tick");
    expect(frame()).toEqual(["a", first, "b", second]);
  });

  test("keeps only what passes the filter, and prevents only that, in the listener", () => {
    let wanted = true;
    const { target, sub, taken, fire } = subscribed({ prevent: true, filter: () => wanted });
    fire(1);
    wanted = false;
    expect(target.fire("tick").defaultPrevented).toBe(false);
    wanted = true;
    expect(target.fire("tick").defaultPrevented).toBe(true);
    expect(taken()).toHaveLength(2);
    sub.close();
    expect(target.fire("tick").defaultPrevented).toBe(false);
  });

  test("what its filter throws, next throws, and the subscription goes on", () => {
    const fault = new Error("fault");
    let faulty = true;
    const { loop, note, frame, sub, target, fire, taken } = subscribed({
      filter: () => {
        if (faulty) throw fault;
        return true;
      },
    });
    target.fire("tick");
    loop.run(function* () {
      try {
        yield* sub.next();
      } catch (error) {
        note(error);
      }
    });
    expect(frame()).toEqual([fault]);
    faulty = false;
    fire(1);
    expect(taken()).toEqual([0]);
  });

  test("works in an async function, to whose task it belongs", async () => {
    const { loop, frame } = harness();
    const target = new CountedTarget();
    const taken: unknown[] = [];
    const task = loop.run(async (wait) => {
      const sub = await wait(on(target, "tick"));
      while (true) {
        const event = await wait(sub.next());
        taken.push(event === closed ? closed : event.type);
        if (event === closed) return;
      }
    });
    frame();
    await macrotask();
    expect(target.listeners).toBe(1);
    for (let i = 0; i < 2; i++) {
      target.fire("tick");
      frame();
      await macrotask();
    }
    expect(taken).toEqual(["tick", "tick"]);
    task.cancel();
    expect(target.listeners).toBe(0);
  });
});

describe("a subscription belongs to its task", () => {
  test.each(["done", "failed", "cancelled"] as const)("its listener goes when that is %s", (end) => {
    const { loop, frame, frames, errors } = harness();
    const target = new CountedTarget();
    const task = loop.run(function* () {
      yield* on(target, "tick");
      yield* nextFrame();
      if (end === "failed") throw new Error("fault");
      if (end === "cancelled") yield* never();
    });
    frame();
    expect(target.listeners).toBe(1);
    frames(1);
    if (end === "cancelled") task.cancel();
    expect(task.state).toBe(end);
    expect(target.listeners).toBe(0);
    errors();
  });

  test("and not when another task that uses it ends", () => {
    const { loop, frame, sub, target } = subscribed();
    loop.run(function* () {
      yield* race([sub.next(), sleep(1)]);
    });
    frame();
    frame();
    expect(target.listeners).toBe(1);
  });

  test("it is the child's that opened it, not the parent's", () => {
    const { loop, frame } = harness();
    const target = new CountedTarget();
    loop.run(function* () {
      yield* spawn(function* () {
        yield* on(target, "tick");
        yield* nextFrame("after");
      });
      yield* never();
    });
    frame();
    expect(target.listeners).toBe(0);
  });

  test("who waits at another one's subscription gets closed when that ends", () => {
    const { loop, note, frame, sub, task } = subscribed();
    loop.run(function* () {
      note((yield* sub.next()) === closed);
    });
    frame();
    task.cancel();
    expect(frame()).toEqual([true]);
  });
});

test("a subscription that nobody gets, since another operation fails, leaves no listener", () => {
  const { loop, frame } = harness();
  const target = new CountedTarget();
  loop.run(function* () {
    try {
      yield* all([on(target, "tick"), action((_, reject) => reject(new Error("fault")))]);
    } catch {
      yield* never();
    }
  });
  frame();
  expect(target.listeners).toBe(0);
});

describe("close", () => {
  test("removes the listener at once, and next gives what is queued, then closed, for good", () => {
    const { sub, target, fire, taken } = subscribed();
    fire(2);
    sub.close();
    expect(target.listeners).toBe(0);
    fire(1);
    expect(taken()).toEqual([0, 1, "closed"]);
    expect(taken()).toEqual(["closed"]);
  });

  test("gives closed to all who wait", () => {
    const { loop, note, frame, sub } = subscribed();
    for (const name of ["a", "b"]) {
      loop.run(function* () {
        note(name, (yield* sub.next()) === closed);
      });
    }
    frame();
    sub.close();
    expect(frame()).toEqual(["a", true, "b", true]);
  });

  test("twice, and before the task ends, is no trouble", () => {
    const { sub, task, target } = subscribed();
    sub.close();
    sub.close();
    task.cancel();
    expect(target.listeners).toBe(0);
  });

  test("many times in one long task leaves nothing with it", () => {
    const { loop, frame } = harness();
    const target = new CountedTarget();
    let most = 0;
    loop.run(function* () {
      for (let i = 0; i < 1000; i++) {
        const sub = yield* on(target, "tick");
        most = Math.max(most, target.listeners);
        sub.close();
      }
      yield* never();
    });
    frame();
    expect(most).toBe(1);
    expect(target.listeners).toBe(0);
  });
});

describe("when the queue is full", () => {
  test.each([
    { overflow: "dropOldest" as const, kept: [2, 3, 4] },
    { overflow: "dropNewest" as const, kept: [0, 1, 2] },
    { overflow: "latest" as const, kept: [4] },
  ])("$overflow keeps $kept of five, with room for three", ({ overflow, kept }) => {
    const { fire, taken } = subscribed({ capacity: 3, overflow });
    fire(5);
    expect(taken()).toEqual(kept);
    fire(1);
    expect(taken()).toEqual([5]);
  });

  test("error gives what is queued, then throws once, then goes on", () => {
    const { loop, note, frame, sub, fire, taken } = subscribed({ capacity: 3, overflow: "error" });
    fire(5);
    loop.run(function* () {
      for (let i = 0; i < 4; i++) {
        try {
          const event = yield* sub.next();
          note(event === closed ? "closed" : "event");
        } catch (error) {
          note(error instanceof Error);
        }
      }
    });
    expect(frame()).toEqual(["event", "event", "event", true]);
    fire(1);
    expect(taken()).toEqual([5]);
  });

  test.each(["dropOldest", "dropNewest", "latest", "error"] as const)(
    "%s loses nothing while there is room, or somebody waits",
    (overflow) => {
      const { loop, note, frame, sub, target } = subscribed({ capacity: 1, overflow });
      loop.run(function* () {
        while (true) note(yield* sub.next());
      });
      frame();
      for (let i = 0; i < 5; i++) expect(frame().length === 0 && [target.fire("tick")]).toEqual(frame());
    },
  );

  test("latest counts by default with room for one, whatever the capacity", () => {
    const { fire, taken } = subscribed({ capacity: 100, overflow: "latest" });
    fire(7);
    expect(taken()).toEqual([6]);
  });
});

describe("latest()", () => {
  test("gives the newest event, at once, and empties the queue", () => {
    const { sub, fire, taken, target } = subscribed();
    expect(sub.latest()).toBe(undefined);
    fire(2);
    const newest = target.fire("tick");
    expect(sub.latest()).toBe(newest);
    expect(sub.latest()).toBe(undefined);
    expect(taken()).toEqual([]);
  });

  test("works after close, too", () => {
    const { sub, target } = subscribed();
    const event = target.fire("tick");
    sub.close();
    expect(sub.latest()).toBe(event);
    expect(sub.latest()).toBe(undefined);
  });
});

describe("an event that was handed to a task which is cancelled before it sees it", () => {
  test("stays in its place", () => {
    const { loop, frame, sub, fire, taken } = subscribed();
    const reader = loop.run(function* () {
      yield* sub.next();
    });
    frame();
    fire(3);
    reader.cancel();
    expect(taken()).toEqual([0, 1, 2]);
  });

  test.each(["latest", "dropOldest"] as const)(
    "is lost with %s if newer ones have come meanwhile",
    (overflow) => {
      const { loop, frame, sub, fire, taken } = subscribed({ overflow, capacity: 2 });
      const reader = loop.run(function* () {
        yield* sub.next();
      });
      frame();
      fire(4);
      reader.cancel();
      expect(taken()).toEqual(overflow === "latest" ? [3] : [2, 3]);
    },
  );

  test("stays in its place when it lost a race", () => {
    const { loop, note, frame, sub, target } = subscribed();
    loop.run(function* () {
      yield* race([sleep(1000), nextFrame(), sub.next()]);
      note("decided");
      yield* nextFrame();
      note(yield* sub.next());
    });
    loop.run(function* () {
      yield* nextFrame();
      note(target.fire("tick"));
    });
    frame();
    const [decided, event] = frame();
    expect(decided).toBe("decided");
    expect(frame()).toEqual([event]);
  });
});
