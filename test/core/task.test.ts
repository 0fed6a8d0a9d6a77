import {
  action,
  all,
  allSettled,
  any,
  AsyncEvent,
  CancelledError,
  Loop,
  manualDriver,
  nextFrame,
  race,
  sleep,
  spawn,
  Task,
  until,
  type Operation,
  type Runnable,
  type TaskState,
} from "awaitframe";
import { describe, expect, test, vi } from "vitest";
import { harness, macrotask } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";

describe("the state of a task", () => {
  test("ready before its first step, running inside, waiting between, done at the end", () => {
    const { loop, note, frame } = harness();
    const task: Task<void> = loop.run(function* () {
      note(task.state);
      yield* nextFrame();
      note(task.state);
    });
    expect(task.state).toBe("ready");
    expect(frame()).toEqual(["running"]);
    expect(task.state).toBe("waiting");
    expect(frame()).toEqual(["running"]);
    expect(task.state).toBe("done");
  });

  test("ready again once its wait has settled", () => {
    const { loop, frame } = harness();
    const arrival = pending();
    const task = loop.run(arrival.wait);
    frame();
    arrival.resolve();
    expect(task.state).toBe("ready");
  });

  test.each<{ state: TaskState; end: (task: Task<unknown>, arrival: { reject(e: unknown): void }) => void }>([
    { state: "cancelled", end: (task) => task.cancel() },
    { state: "failed", end: (_, arrival) => arrival.reject(new Error("fault")) },
  ])("$state at the end, for good", ({ state, end }) => {
    const { loop, frame, errors } = harness();
    const arrival = pending();
    const task = loop.run(arrival.wait);
    frame();
    end(task, arrival);
    frame();
    expect(task.state).toBe(state);
    errors();
    task.cancel();
    arrival.resolve();
    frame();
    expect(task.state).toBe(state);
  });
});

describe("the name of a task", () => {
  test.each([
    { how: "as it was given", name: "harry", run: (loop: Loop) => loop.run(never(), { name: "harry" }) },
    {
      how: "of its function",
      name: "app",
      run: (loop: Loop) =>
        loop.run(function* app() {
          yield* never();
        }),
    },
    {
      how: "of its async function",
      name: "load",
      run: (loop: Loop) =>
        loop.run(async function load(wait) {
          await wait(never());
        }),
    },
    {
      how: "as it was given, before that of its function",
      name: "given",
      run: (loop: Loop) =>
        loop.run(
          function* own() {
            yield* never();
          },
          { name: "given" },
        ),
    },
    {
      how: "of its generator function where other options are given",
      name: "app",
      run: (loop: Loop) => loop.run(function* app() {}, { signal: new AbortController().signal }),
    },
    {
      how: "a number of the loop's where it has no other",
      name: "task 1",
      run: (loop: Loop) => loop.run(never()),
    },
  ])("is $how", ({ name, run }) => {
    const { loop } = harness();
    expect(run(loop).name).toBe(name);
  });

  test("of one without any tells it from others", () => {
    const { loop } = harness();
    const anonymous = () => loop.run((() => never()) satisfies () => Operation<never>);
    const names = [anonymous().name, anonymous().name];
    expect(names[0]).not.toBe("");
    expect(new Set(names).size).toBe(2);
  });

  test("is given to children by spawn", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      const child = yield* spawn(never(), { name: "ron" });
      note(child.name);
    });
    expect(frame()).toEqual(["ron"]);
  });
});

describe("run", () => {
  function* five(): Operation<number> {
    yield* nextFrame();
    return 5;
  }

  test.each<{ what: string; run: (loop: Loop) => Task<unknown> }>([
    { what: "a generator", run: (loop) => loop.run(five()) },
    { what: "a generator function", run: (loop) => loop.run(five) },
    { what: "a function that returns an operation", run: (loop) => loop.run(() => five()) },
    { what: "an action", run: (loop) => loop.run(action<number>((resolve) => resolve(5))) },
    { what: "a function that returns an action", run: (loop) => loop.run(() => until(Promise.resolve(5))) },
    { what: "a task", run: (loop) => loop.run(loop.run(five)) },
    { what: "a function that returns a task", run: (loop) => loop.run(() => loop.run(five)) },
    { what: "an async function", run: (loop) => loop.run(async (wait) => await wait(five())) },
    {
      what: "an object that gives a generator",
      run: (loop) => loop.run({ [Symbol.iterator]: () => five()[Symbol.iterator]() }),
    },
  ])("takes $what", async ({ run }) => {
    const { loop, frame } = harness();
    const task = run(loop);
    for (let i = 0; i < 4; i++) {
      frame();
      await macrotask();
    }
    expect(task.state).toBe("done");
    expect(await task).toBe(5);
  });

  test("calls the function in the frame, not in the caller", () => {
    const { loop, note, noted, frame } = harness();
    loop.run(() => {
      note("called");
      return nextFrame();
    });
    expect(noted()).toEqual([]);
    expect(frame()).toEqual(["called"]);
  });

  test("a function that throws fails the task, not the caller", () => {
    const { loop, frame, errors } = harness();
    const fault = new Error("fault");
    const task = loop.run((): Operation<void> => {
      throw fault;
    });
    frame();
    expect(task.state).toBe("failed");
    expect(errors()).toEqual([fault]);
  });

  test.each([
    { where: "in a task", index: 0 },
    { where: "in a child", index: 0 },
    { where: "in the start of an action", index: 0 },
    { where: "in a finally block of a cancelled task", index: 0 },
    { where: "in a promise callback", index: 1 },
    { where: "in onError", index: 0 },
  ])("works $where: starts a root task", async ({ where, index }) => {
    const log: unknown[] = [];
    let start = () => {};
    const { loop, frame } = harness({ onError: () => start() });
    let root: Task<void> | undefined;
    start = () => {
      root = loop.run(function* () {
        log.push(loop.frame?.index);
      });
    };
    loop.run(function* () {
      if (where === "in a task") start();
      if (where === "in the start of an action") yield* action((resolve) => (start(), resolve(5)));
      if (where === "in a promise callback") {
        Promise.resolve().then(start);
        yield* nextFrame();
      }
      if (where === "in onError") throw new Error("fault");
      const child = yield* spawn(function* () {
        if (where === "in a child") start();
        try {
          yield* never();
        } finally {
          if (where.includes("finally")) start();
        }
      });
      yield* nextFrame("render");
      child.cancel();
      yield* nextFrame();
    });
    frame();
    await macrotask();
    frame();
    expect(log).toEqual([index]);
    expect(root?.parent).toBe(null);
    expect(root?.state).toBe("done");
  });

  test("loop.tasks are the roots that have not ended, in the order in which they were started", () => {
    const { loop, frame } = harness();
    const tasks = ["a", "b", "c"].map((name) => loop.run(never(), { name }));
    expect(loop.tasks.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    frame();
    tasks[1]!.cancel();
    expect(loop.tasks.map(({ name }) => name)).toEqual(["a", "c"]);
  });
});

describe("spawn", () => {
  test("goes on at once with the new task, whose parent is the one that spawned it", () => {
    const { loop, note, frame } = harness();
    const parent = loop.run(function* () {
      const before = loop.frame;
      const child = yield* spawn(never());
      note(loop.frame === before, child instanceof Task, child.state, child.parent === parent);
      note(parent.children.length === 1 && parent.children[0] === child);
      yield* nextFrame();
    });
    expect(frame()).toEqual([true, true, "ready", true, true]);
    expect(parent.parent).toBe(null);
  });

  test("is a child of the task that yields it, however deep in the generators", () => {
    const { loop, note, frame } = harness();
    function* inner(): Operation<Task<never>> {
      return yield* spawn(never());
    }
    function* outer(): Operation<Task<never>> {
      return yield* inner();
    }
    const parent = loop.run(function* () {
      const child = yield* outer();
      note(child.parent === parent);
      yield* nextFrame();
    });
    expect(frame()).toEqual([true]);
  });

  test("ten thousand children in a row are no runaway", () => {
    const { loop, note, frame } = harness();
    let started = 0;
    loop.run(function* () {
      const children = [];
      for (let i = 0; i < 10_000; i++) {
        children.push(
          yield* spawn(function* () {
            started++;
          }),
        );
      }
      yield* nextFrame("render");
      note(children.every(({ state }) => state === "done"));
    });
    expect(frame()).toEqual([true]);
    expect(started).toBe(10_000);
  });
});

describe("the end of a task", () => {
  test("cancels the remaining children, newest first, and only then the task settles", () => {
    const { loop, note, frame } = harness();
    const child = (name: string) =>
      function* () {
        try {
          yield* never();
        } finally {
          note(name);
        }
      };
    const parent = loop.run(function* () {
      for (const name of ["oldest", "middle", "newest"]) yield* spawn(child(name));
      yield* nextFrame();
      note("body ends");
      return "result";
    });
    loop.run(function* () {
      note(yield* parent);
    });
    frame();
    expect(frame()).toEqual(["body ends", "newest", "middle", "oldest", "result"]);
  });

  test("also where the body fails", () => {
    const { loop, note, frame } = harness();
    const parent = loop.run(function* () {
      yield* spawn(function* () {
        try {
          yield* never();
        } finally {
          note("child");
        }
      });
      yield* nextFrame();
      throw new Error("fault");
    });
    loop.run(function* () {
      try {
        yield* parent;
      } catch (error) {
        note(String(error));
      }
    });
    frame();
    expect(frame()).toEqual(["child", "Error: fault"]);
  });

  test("takes grandchildren along, from the leaves", () => {
    const { loop, note, frame } = harness();
    const family = (name: string, depth: number): (() => Operation<void>) =>
      function* () {
        if (depth > 0) {
          yield* spawn(family(`${name}1`, depth - 1));
          yield* spawn(family(`${name}2`, depth - 1));
        }
        try {
          yield* never();
        } finally {
          note(name);
        }
      };
    const root = loop.run(family("r", 2));
    frame();
    root.cancel();
    expect(frame()).toEqual(["r22", "r21", "r2", "r12", "r11", "r1", "r"]);
  });

  test("a child that was spawned and has not begun never begins", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* spawn(function* () {
        note("child");
      });
    });
    expect(frame()).toEqual([]);
    expect(frame()).toEqual([]);
  });

  test("a child that has ended before leaves nothing with its parent", () => {
    const { loop, note, frame } = harness();
    const parent = loop.run(function* () {
      yield* spawn(nextFrame());
      yield* spawn(never());
      yield* nextFrame("after");
      yield* nextFrame("after");
      note(parent.children.length);
    });
    frame();
    expect(frame()).toEqual([1]);
    expect(parent.children).toEqual([]);
  });
});

describe("joining a task", () => {
  test("gives its result", () => {
    const { loop, note, frame } = harness();
    const task = loop.run(function* () {
      yield* nextFrame();
      return { answer: 42 };
    });
    loop.run(function* () {
      note((yield* task).answer);
    });
    frame();
    expect(frame()).toEqual([42]);
  });

  test.each([undefined, null, 0, "", false, Number.NaN])("gives %s as it is", async (result) => {
    const { loop, note, frame } = harness();
    const task = loop.run(function* () {
      yield* sleep(0);
      return result;
    });
    loop.run(function* () {
      note(yield* task);
    });
    frame();
    expect(frame()).toEqual([result]);
    expect(await task).toBe(result);
  });

  test("does not take a result that is thenable apart", () => {
    const { loop, note, frame } = harness();
    const inner = loop.run(never());
    const task = loop.run(function* () {
      yield* sleep(0);
      return { inner };
    });
    loop.run(function* () {
      note((yield* task).inner === inner);
    });
    frame();
    expect(frame()).toEqual([true]);
  });

  test("that has ended goes on at once", () => {
    const { loop, note, frame } = harness();
    const task = loop.run(function* () {
      return 5;
    });
    frame();
    loop.run(function* () {
      yield* nextFrame();
      const before = loop.frame;
      note(yield* task, yield* task, loop.frame === before);
    });
    loop.run(function* () {
      yield* nextFrame();
      note("behind it");
    });
    frame();
    expect(frame()).toEqual([5, 5, true, "behind it"]);
  });

  test("resumes all who wait, in the order in which they came", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const task = loop.run(event.wait());
    for (const name of ["a", "b", "c"]) {
      loop.run(function* () {
        yield* task;
        note(name);
      });
    }
    frame();
    event.set();
    expect(frame()).toEqual(["a", "b", "c"]);
  });

  test("whose joiner is cancelled goes on, and so do the others who wait", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const task = loop.run(event.wait());
    const join = (name: string) =>
      loop.run(function* () {
        yield* task;
        note(name);
      });
    join("a");
    const cancelled = join("b");
    join("c");
    frame();
    cancelled.cancel();
    expect(task.state).toBe("waiting");
    event.set();
    expect(frame()).toEqual(["a", "c"]);
  });

  test("itself is an error instead of a wait without end", () => {
    const { loop, note, frame } = harness();
    const task: Task<void> = loop.run(function* (): Operation<void> {
      try {
        yield* task;
      } catch (error) {
        note(error instanceof Error);
      }
    });
    expect(frame()).toEqual([true]);
  });

  test("in a circle is an error of the one that closes it", () => {
    const { loop, note, frame } = harness();
    const tasks: Task<void>[] = ["a", "b", "c"].map((name, index) =>
      loop.run(function* (): Operation<void> {
        try {
          yield* nextFrame();
          yield* tasks[(index + 1) % 3]!;
        } catch (error) {
          note(name, error instanceof Error);
        }
      }),
    );
    frame();
    expect(frame()).toEqual(["c", true]);
    expect(tasks.map(({ state }) => state)).toEqual(["done", "done", "done"]);
  });

  const circles: Record<string, (other: () => Operation<unknown>) => Operation<unknown>> = {
    all: (other) => all([sleep(100), other()]),
    allSettled: (other) => allSettled([sleep(100), other()]),
    "an all in an all": (other) => all([all([sleep(100), other()])]),
    "a race of nothing else": (other) => race([other(), other()]),
    "an any whose rest has failed": (other) => any([failed(), other()]),
    *"a child"(other) {
      yield* all([
        (function* () {
          yield* other();
        })(),
      ]);
    },
  };
  function* failed(): Operation<void> {
    throw new Error("expected");
  }

  test.each(
    Object.entries(circles).flatMap(([through, wait]) =>
      [true, false].map((first) => ({ through, wait, first, begins: first ? "first" : "last" })),
    ),
  )("in a circle through $through, which begins $begins, is an error of one", ({ wait, first }) => {
    const { loop, note, frame } = harness();
    const tasks: Task<void>[] = [0, 1].map((index) =>
      loop.run(function* (): Operation<void> {
        function* other(): Operation<void> {
          yield* tasks[1 - index]!;
        }
        try {
          for (let i = 0; i < 3; i++) yield* nextFrame();
          if ((index === 0) === first) {
            yield* wait(() => tasks[1 - index]!);
          } else {
            for (let i = 0; i < 3; i++) yield* nextFrame();
            yield* other();
          }
        } catch (error) {
          note(String(error).includes("never end"));
        }
      }),
    );
    const notes = Array.from({ length: 20 }, () => frame()).flat();
    expect(notes).toEqual([true]);
    expect(tasks.map(({ state }) => state)).toEqual(["done", "done"]);
  });

  test.each(["older", "newer"])("in a long queue, of which each waits for the %s one", (which) => {
    const { loop, frame } = harness();
    const tasks: Task<void>[] = [];
    const length = 9000;
    for (let i = 0; i < length; i++) {
      const next = which === "older" ? i - 1 : i + 1;
      tasks.push(
        loop.run(function* () {
          const other = tasks[next];
          if (other) yield* other;
          else yield* nextFrame();
        }),
      );
    }
    frame();
    frame();
    expect(tasks.filter(({ state }) => state === "done")).toHaveLength(length);
  });

  test("in a long queue that is closed to a circle is an error", () => {
    const { loop, frame, errors } = harness();
    const tasks: Task<void>[] = [];
    const length = 9000;
    for (let i = 0; i < length; i++) {
      tasks.push(
        loop.run(function* () {
          yield* tasks[(i + 1) % length]!;
        }),
      );
    }
    frame();
    expect(errors().length).toBe(1);
    expect(tasks[length - 1]!.state).toBe("failed");
  });

  test("of a task that waits no more for one's own end is no circle", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const first: Task<void> = loop.run(function* (): Operation<void> {
      yield* nextFrame();
      event.set();
      // It has heard of the event, and has not gone on yet.
      note(yield* second);
    });
    const second: Task<string> = loop.run(function* (): Operation<string> {
      yield* race([first, event.wait()]);
      return "second";
    });
    loop.run(function* () {
      yield* first;
      note("first");
    });
    frame();
    expect(frame()).toEqual(["second", "first"]);
  });

  test("in a lattice, each by two that wait for the same two, is looked through once", () => {
    const { loop, note, frame } = harness();
    const layers = 60;
    const tasks: Task<void>[] = [];
    for (let i = 0; i < layers; i++) {
      for (let side = 0; side < 2; side++) {
        const below = tasks.slice(2 * i - 2, 2 * i);
        tasks.push(
          loop.run(function* () {
            yield* all(below);
            if (i === 0) yield* nextFrame();
          }),
        );
      }
    }
    // Only one for whom somebody waits has to look.
    loop.run(function* () {
      yield* asker;
    });
    const asker: Task<void> = loop.run(function* (): Operation<void> {
      yield* all(tasks.slice(-2));
      note("the last ones have ended");
    });
    frame();
    expect(frame()).toEqual(["the last ones have ended"]);
  });

  test("by a task that waits for something else too is no circle", () => {
    const { loop, note, frame } = harness();
    const first: Task<void> = loop.run(function* () {
      note(yield* race([second, late()]));
    });
    function* late(): Operation<string> {
      for (let i = 0; i < 5; i++) yield* nextFrame();
      return "late";
    }
    const second: Task<void> = loop.run(function* (): Operation<void> {
      yield* nextFrame();
      yield* first;
      note("second");
    });
    expect(Array.from({ length: 8 }, () => frame()).flat()).toEqual(["late", "second"]);
  });

  test("of another loop is refused, with the way to do it", async () => {
    const { loop, note, frame } = harness();
    const other = new Loop({ driver: manualDriver() });
    const foreign = other.run(function* () {
      return 5;
    });
    loop.run(function* () {
      try {
        yield* foreign;
      } catch (error) {
        note(error instanceof TypeError, String(error).includes("until"));
      }
      note(yield* until(foreign));
    });
    expect(frame()).toEqual([true, true]);
    other.tick(0);
    await macrotask();
    expect(frame()).toEqual([5]);
  });
});

describe("a task is a promise", () => {
  test("whose value is its result", async () => {
    const { loop, frame } = harness();
    const task = loop.run(function* () {
      return 5;
    });
    const awaited = Promise.all([task, task.then((value) => value + 1), Promise.resolve(task)]);
    frame();
    expect(await awaited).toEqual([5, 6, 5]);
    expect(await task).toBe(5);
  });

  test("that rejects with its error, which is then not reported", async () => {
    const { loop, frame } = harness();
    const fault = new Error("fault");
    const task = loop.run(function* (): Operation<number> {
      throw fault;
    });
    const caught = task.catch((error: unknown) => error);
    frame();
    expect(await caught).toBe(fault);
    await expect(task).rejects.toBe(fault);
  });

  test("that rejects with a CancelledError when it is cancelled", async () => {
    const { loop, frame } = harness();
    const task = loop.run(never());
    const caught = task.catch((error: unknown) => error);
    frame();
    task.cancel();
    expect(await caught).toBeInstanceOf(CancelledError);
    await expect(task).rejects.toBeInstanceOf(CancelledError);
  });

  test("with then, catch and finally", async () => {
    const { loop, frame } = harness();
    const log: unknown[] = [];
    const good = loop.run(function* () {
      return 1;
    });
    const bad = loop.run(function* (): Operation<number> {
      throw new Error("fault");
    });
    const chains = [
      good.then((value) => log.push(value)),
      good.catch(() => log.push("never")),
      good.finally(() => log.push("good")),
      bad.then(
        () => log.push("never"),
        () => log.push("rejected"),
      ),
      bad.finally(() => log.push("bad")).catch(() => {}),
    ];
    frame();
    await Promise.all(chains);
    expect(new Set(log)).toEqual(new Set([1, "good", "rejected", "bad"]));
    expect(Object.prototype.toString.call(good)).toBe("[object Task]");
  });

  test("lazily: none is made unless asked for", () => {
    const Native = Promise;
    let made = 0;
    class Counting<T> extends Native<T> {
      constructor(executor: ConstructorParameters<typeof Promise<T>>[0]) {
        super(executor);
        made++;
      }
    }
    vi.stubGlobal("Promise", Counting);
    try {
      const { loop, frames, errors } = harness();
      const event = new AsyncEvent();
      loop.run(function* () {
        const child = yield* spawn(sleep(10));
        yield* child;
        yield* event.wait();
        const cancelled = yield* spawn(never());
        yield* nextFrame();
        cancelled.cancel();
        throw new Error("fault");
      });
      event.set();
      frames(5);
      expect(errors()).toHaveLength(1);
      loop.stop();
      expect(made).toBe(0);
      void loop.run(nextFrame()).catch(() => {});
      expect(made).toBeGreaterThan(0);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test("a cancelled or failed one that nobody has asked is no unhandled rejection", async () => {
    const { loop, frame, errors } = harness();
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    loop.run(never()).cancel();
    loop.run(function* () {
      throw new Error("fault");
    });
    frame();
    expect(errors()).toHaveLength(1);
    await macrotask();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("the option signal", () => {
  test("cancels the task when it aborts", () => {
    const { loop, note, frame, noted } = harness();
    const controller = new AbortController();
    const task = loop.run(
      function* () {
        try {
          yield* never();
        } finally {
          note("finally");
        }
      },
      { signal: controller.signal },
    );
    frame();
    controller.abort();
    expect(noted()).toEqual(["finally"]);
    expect(task.state).toBe("cancelled");
  });

  test("that has aborted already: the body never runs", () => {
    const { loop, note, frame } = harness();
    const task = loop.run(
      function* () {
        note("body");
      },
      { signal: AbortSignal.abort() },
    );
    expect(task.state).toBe("cancelled");
    expect(frame()).toEqual([]);
  });

  test("works for children", () => {
    const { loop, note, frame, noted } = harness();
    const controller = new AbortController();
    loop.run(function* () {
      const child = yield* spawn(never(), { signal: controller.signal });
      try {
        yield* child;
      } catch (error) {
        note(error instanceof CancelledError);
      }
    });
    frame();
    controller.abort();
    expect(noted()).toEqual([]);
    expect(frame()).toEqual([true]);
  });

  test.each([
    { how: "done", body: () => nextFrame() },
    { how: "cancelled", body: () => never() },
  ])("is left alone once the task is $how", ({ how, body }) => {
    const { loop, frames } = harness();
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const task = loop.run(body as () => Operation<unknown>, { signal });
    frames(3);
    if (how === "cancelled") task.cancel();
    expect(task.state).toBe(how);
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
    expect(removed.mock.calls[0]?.slice(0, 2)).toEqual(added.mock.calls[0]?.slice(0, 2));
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
