import {
  action,
  all,
  allSettled,
  any,
  AsyncEvent,
  breathe,
  CancelledError,
  Channel,
  closed,
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
import { describe, expect, test } from "vitest";
import { CountedTarget } from "../support/counted-target.ts";
import { harness, type Harness } from "../support/harness.ts";
import { never } from "../support/pending.ts";

/** What the programs use up, counted. */
class World {
  readonly target = new CountedTarget();
  readonly event = new AsyncEvent();
  readonly channel = new Channel<number>(1);
  /** Actions that have begun and not been cleaned up. */
  open = 0;
  /** Blocks that were entered and not left by their `finally`. */
  inside = 0;
  /** Steps of any task, to see whether one runs that should not. */
  steps = 0;
  points = 0;
  /** Called at each suspension point, with its number. */
  onPoint: (point: number) => void = () => {};
  readonly #resolves = new Set<() => void>();

  /** Waits, and counts the place as a point where the program may be cancelled. */
  *at<T>(operation: Operation<T>): Operation<T> {
    this.onPoint(++this.points);
    const result = yield* operation;
    this.steps++;
    return result;
  }

  /** An action that settles in the next round. */
  action(): Operation<void> {
    return action<void>((resolve) => {
      this.open++;
      this.#resolves.add(resolve);
      return () => {
        this.open--;
        this.#resolves.delete(resolve);
      };
    });
  }

  /** A promise that settles in the next round. */
  promise(): Operation<void> {
    return until(
      () =>
        new Promise<void>((resolve) => {
          this.#resolves.add(resolve);
        }),
    );
  }

  /** A block with a clean-up. */
  *scope<T>(body: () => Operation<T>): Operation<T> {
    this.inside++;
    try {
      return yield* body();
    } finally {
      this.inside--;
    }
  }

  /** Settles whatever can be settled from outside. */
  settle(): void {
    this.target.fire("click");
    this.event.set();
    this.event.clear();
    for (const resolve of this.#resolves) resolve();
    this.#resolves.clear();
  }
}

const programs: { program: string; run: (world: World) => Operation<void> }[] = [
  {
    program: "one wait after the other",
    *run(w) {
      yield* w.at(nextFrame());
      yield* w.at(nextFrame("render"));
      yield* w.at(nextFrame("after"));
      yield* w.at(sleep(0));
      yield* w.at(sleep(20));
      yield* w.at(w.event.wait());
      yield* w.at(once(w.target, "click"));
      yield* w.at(w.action());
      yield* w.at(w.promise());
      yield* w.at(breathe());
    },
  },
  {
    program: "nested blocks",
    *run(w) {
      yield* w.scope(function* () {
        yield* w.at(w.action());
        yield* w.scope(function* () {
          yield* w.at(nextFrame());
          yield* w.scope(() => w.at(once(w.target, "click")));
          yield* w.at(sleep(5));
        });
        yield* w.at(w.event.wait());
      });
    },
  },
  {
    program: "a family",
    *run(w) {
      const child = (depth: number): (() => Operation<number>) =>
        function* () {
          return yield* w.scope(function* () {
            yield* w.at(nextFrame());
            if (depth === 0) return (yield* w.at(w.action()), 1);
            const [first, second] = [yield* spawn(child(depth - 1)), yield* spawn(child(depth - 1))];
            return (yield* w.at(first)) + (yield* w.at(second));
          });
        };
      yield* w.at(yield* w.at(spawn(child(2))));
      yield* spawn(child(1));
      yield* w.at(nextFrame("after"));
    },
  },
  {
    program: "combinators",
    *run(w) {
      const part = (operation: () => Operation<unknown>) => w.scope(() => w.at(operation()));
      yield* w.at(all([part(() => w.action()), nextFrame(), w.event.wait()]));
      yield* w.at(race([part(() => sleep(500)), once(w.target, "click"), w.promise()]));
      yield* w.at(any([part(() => w.promise()), part(() => nextFrame("render"))]));
      yield* w.at(allSettled([part(() => w.action()), sleep(5)]));
      yield* w.at(
        timeout(
          1000,
          part(() => all([race([w.event.wait(), part(() => nextFrame())]), w.action()])),
        ),
      );
    },
  },
  {
    program: "time limits that are exceeded",
    *run(w) {
      for (let i = 0; i < 3; i++) {
        try {
          yield* w.at(
            timeout(
              10,
              w.scope(() => w.at(sleep(10_000))),
            ),
          );
        } catch {
          yield* w.at(nextFrame());
        }
      }
    },
  },
  {
    program: "a channel between children",
    *run(w) {
      yield* spawn(function* () {
        yield* w.scope(function* () {
          for (let i = 0; i < 5; i++) yield* w.at(w.channel.send(i));
          w.channel.close();
        });
      });
      while ((yield* w.at(w.channel.receive())) !== closed) yield* w.at(nextFrame());
    },
  },
  {
    program: "a subscription",
    *run(w) {
      const sub = yield* w.at(on(w.target, "click"));
      for (let i = 0; i < 3; i++) {
        yield* w.at(sub.next());
        yield* w.at(race([sub.next(), sleep(1000)]));
      }
      sub.close();
      yield* w.at(sub.next());
    },
  },
  {
    program: "failures that are caught",
    *run(w) {
      for (let i = 0; i < 3; i++) {
        try {
          yield* spawn(function* () {
            yield* w.scope(() => w.at(w.action()));
            throw new Error("fault");
          });
          yield* w.at(all([sleep(10_000), w.scope(() => w.at(once(w.target, "key")))]));
        } catch {
          yield* w.at(nextFrame());
        }
      }
    },
  },
  {
    program: "waits that are settled",
    *run(w) {
      const ended = yield* spawn(function* () {});
      yield* w.at(nextFrame());
      for (let i = 0; i < 4; i++) {
        yield* w.at(ended);
        yield* w.at(action((resolve) => resolve(1)));
        yield* w.at(all([]));
      }
    },
  },
  {
    program: "an async function",
    *run(w) {
      const child = yield* spawn(async (wait) => {
        await wait(w.at(nextFrame()));
        await Promise.all([wait(w.at(w.action())), wait(w.scope(() => w.at(once(w.target, "click"))))]);
        wait.spawn(w.scope(() => w.at(sleep(10_000))));
        await wait(w.at(w.event.wait()));
      });
      yield* w.at(child);
    },
  },
];

interface Scene extends Harness {
  world: World;
  task: Task<void>;
  /** What is to be done once the frame is over. */
  afterwards: (() => void)[];
}

const modes: { when: string; cancel: (scene: Scene) => void }[] = [
  { when: "at the yield itself", cancel: ({ task }) => task.cancel() },
  {
    when: "by another task, in the same frame",
    cancel: ({ loop, task }) =>
      loop.run(function* () {
        task.cancel();
      }),
  },
  { when: "between frames", cancel: ({ task, afterwards }) => afterwards.push(() => task.cancel()) },
  {
    when: "between frames, when its wait has settled",
    cancel: ({ world, task, afterwards }) => afterwards.push(() => (world.settle(), task.cancel())),
  },
  {
    when: "by another one that is woken in the frame in which its wait ends",
    cancel({ loop, world, task, afterwards }) {
      afterwards.push(() => {
        world.settle();
        loop.run(function* () {
          task.cancel();
        });
      });
    },
  },
  { when: "by the loop's stop", cancel: ({ loop, afterwards }) => afterwards.push(() => loop.stop()) },
];

/** Runs a program to its end, or to the point where it is cancelled, and some frames more. */
async function play(
  run: (world: World) => Operation<void>,
  cancel?: { at: number; how: (scene: Scene) => void },
) {
  const h = harness();
  const world = new World();
  const task = h.loop.run(function* () {
    yield* run(world);
    // At the last points, the cancel comes when the program may be through already.
    if (cancel) yield* never();
  });
  const scene: Scene = { ...h, world, task, afterwards: [] };
  world.onPoint = (point) => {
    if (point === cancel?.at) cancel.how(scene);
  };
  for (let frames = 0; frames < 100 && (task.state === "ready" || task.state === "waiting"); frames++) {
    await settleMicrotasks();
    world.settle();
    await settleMicrotasks();
    h.frame();
    for (const call of scene.afterwards.splice(0)) call();
  }
  await settleMicrotasks();
  return scene;
}

async function settleMicrotasks(): Promise<void> {
  for (let i = 0; i < 8; i++) await null;
}

describe.each(programs)("$program", ({ run }) => {
  test("comes to its end, and leaves nothing behind", async () => {
    const { loop, world, task, driver, frame } = await play(run);
    expect(task.state).toBe("done");
    frame();
    expect(loop.tasks).toEqual([]);
    expect({ open: world.open, inside: world.inside, listeners: world.target.listeners }).toEqual({
      open: 0,
      inside: 0,
      listeners: 0,
    });
    expect(driver.wakeTime).toBe(Infinity);
    expect(world.points).toBeGreaterThanOrEqual(5);
  });

  test.each(modes)("cancelled at every suspension point $when", async ({ cancel }) => {
    const { points } = (await play(run)).world;
    for (let at = 1; at <= points; at++) {
      const { loop, world, task, driver, frame, errors } = await play(run, { at, how: cancel });
      const where = `at point ${at} of ${points}`;
      expect(task.state, where).toBe("cancelled");
      expect(loop.tasks, where).toEqual([]);
      expect(task.children, where).toEqual([]);
      expect(world.target.listeners, `listeners ${where}`).toBe(0);
      expect(world.open, `actions ${where}`).toBe(0);
      expect(world.inside, `blocks ${where}`).toBe(0);
      expect(Number.isFinite(driver.wakeTime), `timers ${where}`).toBe(false);
      expect(errors(), where).toEqual([]);

      const { steps } = world;
      for (let i = 0; i < 3; i++) {
        world.settle();
        await settleMicrotasks();
        frame();
      }
      frame(1e9);
      expect(world.steps, `steps after the end ${where}`).toBe(steps);
      expect([driver.frameRequested, driver.wakeTime], where).toEqual([false, Infinity]);
      await expect(task).rejects.toBeInstanceOf(CancelledError);
    }
  });
});
