import { setMaxListeners } from "node:events";
import {
  all,
  AsyncEvent,
  Channel,
  nextFrame,
  on,
  once,
  race,
  sleep,
  spawn,
  timeout,
  until,
  type Operation,
  type Task,
} from "awaitframe";
import { describe, expect, test, vi } from "vitest";
import { CountedTarget } from "../support/counted-target.ts";
import { growth, heap } from "../support/garbage.ts";
import { harness, macrotask } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";

// Much is done here, on machines that have other things to do as well.
vi.setConfig({ testTimeout: 120_000 });

/** What the heap may grow by, in bytes, whatever the number of tasks: noise, and the room in tables. */
const NOISE = 1_000_000;

describe("a bounded heap", () => {
  test("a million short tasks", async () => {
    const { loop, frame } = harness();
    let ended = 0;
    function* short(): Operation<void> {
      ended++;
    }
    const grown = await growth(100, () => {
      for (let i = 0; i < 10_000; i++) loop.run(short);
      frame();
    });
    expect(ended).toBe(1_020_000);
    expect(grown).toBeLessThan(NOISE);
  });

  test("a million children of one parent that lives on", async () => {
    const { loop, frame } = harness();
    let ended = 0;
    function* short(): Operation<void> {
      ended++;
    }
    const parent = loop.run(function* () {
      while (true) {
        for (let i = 0; i < 9000; i++) yield* spawn(short);
        yield* nextFrame();
      }
    });
    const grown = await growth(112, () => void frame());
    expect(ended).toBeGreaterThan(1_000_000);
    expect(parent.children).toEqual([]);
    expect(grown).toBeLessThan(NOISE);
  });

  const event = new AsyncEvent();
  const channel = new Channel<number>();
  const target = new CountedTarget();
  const forever = new Promise(() => {});
  setMaxListeners(0, target);
  test.each<{ what: string; operation: () => Operation<unknown> }>([
    { what: "a frame", operation: () => nextFrame("after") },
    { what: "a time far away", operation: () => sleep(1e12) },
    { what: "a time", operation: () => sleep(1) },
    { what: "an event", operation: () => event.wait() },
    { what: "an event of a target", operation: () => once(target, "click") },
    { what: "an item", operation: () => channel.receive() },
    { what: "room for an item", operation: () => channel.send(1) },
    { what: "a promise", operation: () => until(new Promise(() => {})) },
    { what: "a promise that others wait for too", operation: () => until(forever) },
    { what: "an action", operation: () => never() },
    { what: "a race", operation: () => race([sleep(1e12), event.wait(), never()]) },
    { what: "a child in an all", operation: () => all([nextFrame("after"), held()]) },
    { what: "a limited time", operation: () => timeout(1e12, event.wait()) },
    {
      what: "a subscription",
      *operation() {
        const sub = yield* on(target, "click");
        yield* sub.next();
      },
    },
  ])("thousands of waits for $what that are cancelled", async ({ operation }) => {
    const { loop, frame } = harness();
    let tasks: Task<unknown>[] = [];
    const grown = await growth(20, () => {
      tasks = Array.from({ length: 1000 }, () => loop.run(operation));
      frame();
      // Out of order, as it happens.
      for (const task of tasks.filter((_, index) => index % 2 === 1)) task.cancel();
      for (const task of tasks) task.cancel();
      tasks = [];
    });
    expect(loop.tasks).toEqual([]);
    expect(target.listeners).toBe(0);
    expect(channel.size).toBe(0);
    expect(grown).toBeLessThan(NOISE);
  });

  function* held(): Operation<void> {
    yield* never();
  }

  test("a race each frame that the same event and the same channel lose", async () => {
    const { loop, frame } = harness();
    loop.run(function* () {
      while (true) yield* race([event.wait(), channel.receive(), nextFrame(), sleep(1e9)]);
    });
    const grown = await growth(20, () => {
      for (let i = 0; i < 5000; i++) frame();
    });
    expect(grown).toBeLessThan(NOISE);
  });

  test("tasks that share one signal for ever", async () => {
    const { loop, frame } = harness();
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    function* short(): Operation<void> {}
    const grown = await growth(20, () => {
      for (let i = 0; i < 1000; i++) loop.run(short, { signal });
      frame();
    });
    expect(grown).toBeLessThan(NOISE);
  });

  test("failures that are caught, joined and thrown again", async () => {
    const { loop, frame } = harness();
    const fault = new Error("fault");
    loop.run(function* () {
      while (true) {
        const child = yield* spawn(function* () {
          throw fault;
        });
        try {
          yield* child;
        } catch {
          // As meant.
        }
        yield* nextFrame();
      }
    });
    const grown = await growth(10, () => {
      for (let i = 0; i < 200; i++) frame();
    });
    expect(grown).toBeLessThan(NOISE);
  });

  test("an async function that waits for frames without end", async () => {
    const { loop, frame } = harness();
    let frames = 0;
    loop.run(async (wait) => {
      while (true) {
        await wait(nextFrame());
        frames++;
      }
    });
    const grown = await growth(10, async () => {
      for (let i = 0; i < 2000; i++) {
        frame();
        for (let microtask = 0; microtask < 4; microtask++) await null;
      }
    });
    expect(frames).toBeGreaterThan(20_000);
    expect(grown).toBeLessThan(NOISE);
  });

  test("a loop that stops and begins again and again", async () => {
    const { loop, frame } = harness();
    const grown = await growth(50, () => {
      for (let i = 0; i < 1000; i++) loop.run(i % 2 === 0 ? nextFrame() : (sleep(1e9) as Operation<unknown>));
      frame();
      loop.stop();
    });
    expect(grown).toBeLessThan(NOISE);
  });
});

describe("nothing is kept alive", () => {
  class Big {
    readonly bytes = new Uint8Array(1_000_000);
  }

  const ways: { what: string; operation: (value: Big) => Operation<unknown> }[] = [
    {
      what: "what an action gave",
      *operation(value) {
        const arrival = pending<Big>();
        yield* all([
          arrival.wait,
          (function* () {
            yield* nextFrame();
            arrival.resolve(value);
          })(),
        ]);
      },
    },
    {
      what: "what a promise gave",
      *operation(value) {
        yield* until(Promise.resolve(value));
      },
    },
    {
      what: "the result of a child",
      *operation(value) {
        const child = yield* spawn(function* () {
          return value;
        });
        yield* child;
      },
    },
    {
      what: "an item of a channel",
      *operation(value) {
        const items = new Channel<Big>(1);
        yield* items.send(value);
        yield* items.receive();
      },
    },
    {
      what: "an error that was caught",
      *operation(value) {
        try {
          yield* until(Promise.reject(Object.assign(new Error("fault"), { value })));
        } catch {
          // As meant.
        }
      },
    },
    {
      what: "what the loser of a race would have given",
      *operation(value) {
        const items = new Channel<Big>(1);
        yield* race([
          nextFrame(),
          (function* () {
            yield* sleep(1e9);
            yield* items.send(value);
          })(),
        ]);
      },
    },
  ];

  test.each(ways)("$what, once the task has gone on", async ({ operation }) => {
    const { loop, frame } = harness();
    let weak: WeakRef<Big> | undefined;
    const start = () => {
      const value = new Big();
      weak = new WeakRef(value);
      const parts = [operation(value)];
      loop.run(function* () {
        yield* parts.pop()!;
        yield* never();
      });
    };
    start();
    for (let i = 0; i < 4; i++) {
      frame();
      await macrotask();
    }
    await heap();
    expect(loop.tasks.map(({ state }) => state)).toEqual(["waiting"]);
    expect(weak?.deref()).toBe(undefined);
  });

  test.each(["done", "failed", "cancelled"] as const)("what a task held that is %s", async (end) => {
    const { loop, frame, errors } = harness();
    let weak: WeakRef<Big> | undefined;
    const start = () => {
      const value = new Big();
      weak = new WeakRef(value);
      return loop.run(function* () {
        const keeps = value;
        yield* nextFrame();
        if (end === "failed") throw new Error("fault");
        if (end === "cancelled") yield* never();
        return keeps.bytes.length;
      });
    };
    const task = start();
    frame();
    frame();
    if (end === "cancelled") task.cancel();
    expect(task.state).toBe(end);
    errors();
    await heap();
    expect(weak?.deref()).toBe(undefined);
  });
});

describe("a day of frames", () => {
  test("drifts nowhere, loses nothing, and leaves nothing behind", async () => {
    const { loop, driver } = harness();
    const FPS = 24;
    const DAY = 24 * 3600;
    let frames = 0;
    let seconds = 0;
    let minutes = 0;
    loop.run(function* () {
      while (true) {
        yield* nextFrame();
        frames++;
      }
    });
    loop.run(function* () {
      while (true) {
        yield* sleep(1000);
        seconds++;
        // Somebody begins, waits and ends each second.
        yield* spawn(sleep(100));
      }
    });
    loop.run(function* () {
      while (true) {
        yield* race([sleep(60_000), never()]);
        minutes++;
      }
    });
    driver.tick(0);
    const before = await heap();
    for (let index = 1; index <= DAY * FPS; index++) driver.tick((index * 1000) / FPS);
    expect({ frames, seconds, minutes }).toEqual({ frames: DAY * FPS, seconds: DAY, minutes: DAY / 60 });
    expect(loop.frame?.time).toBe(DAY * 1000);
    expect((await heap()) - before).toBeLessThan(NOISE);
  });
});
