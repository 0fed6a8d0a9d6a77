import {
  all,
  AsyncEvent,
  breathe,
  CancelledError,
  isCurrent,
  Loop,
  nextFrame,
  race,
  sleep,
  spawn,
  timeout,
  until,
  type Operation,
  type Task,
  type Wait,
} from "awaitframe";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { harness, macrotask, type Harness } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";
import { RecordingDriver } from "../support/recording-driver.ts";

let fault: Error;
const refused = (() => {
  throw new Error("no wait");
}) as unknown as Wait;
const unhandled = vi.fn<(reason: unknown) => void>();

beforeEach(() => {
  fault = new Error("fault");
  unhandled.mockClear();
  process.on("unhandledRejection", unhandled);
});

afterEach(async () => {
  await macrotask();
  process.off("unhandledRejection", unhandled);
  const [call] = unhandled.mock.calls;
  if (call) throw new Error("unhandled rejection", { cause: call[0] });
});

/** Runs a frame and the microtasks after it, as a browser does; gives what was noted in either. */
async function step({ frame, noted }: Harness, timestamp?: number): Promise<unknown[]> {
  const inFrame = frame(timestamp);
  await macrotask();
  return [...inFrame, ...noted()];
}

describe("an async function as a task", () => {
  test("gets the word to wait with; who takes no parameter, gets none", () => {
    const { loop, note, frame } = harness();
    loop.run(async (...taken: unknown[]) => {
      note(taken.length);
    });
    loop.run(function* (...taken: unknown[]) {
      note(taken.length);
    } as () => Operation<void>);
    loop.run(function* (wait: Wait) {
      note(typeof wait);
    });
    expect(frame()).toEqual([1, 0, "function"]);
  });

  test("waits with the same actions, and resolves inside the frame: in the microtasks right after tick", async () => {
    const h = harness();
    const { loop, note, noted, frame } = h;
    loop.run(async (wait) => {
      while (true) {
        const current = await wait(nextFrame());
        note(current.index, current === loop.frame, isCurrent(current));
      }
    });
    expect(await step(h)).toEqual([]);
    expect(frame()).toEqual([]);
    await null;
    await null;
    await null;
    expect(noted()).toEqual([1, true, true]);
    expect(await step(h)).toEqual([2, true, true]);
  });

  test("its code runs after the frame's last phase, ahead of the next macrotask", async () => {
    const h = harness();
    const { loop, note, noted, frame } = h;
    loop.run(async (wait) => {
      await wait(nextFrame());
      note("async");
    });
    loop.run(function* () {
      while (true) {
        yield* nextFrame("after");
        note("after");
      }
    });
    await step(h);
    const hop = new Promise<void>((resolve) => {
      setTimeout(() => {
        note("macrotask");
        resolve();
      });
    });
    frame();
    await hop;
    expect(noted()).toEqual(["async", "macrotask"]);
  });

  test("and no longer: in the next macrotask the frame is over, though no other one has begun", async () => {
    const h = harness();
    h.loop.run(async (wait) => {
      const frame = await wait(nextFrame());
      for (let i = 0; i < 20; i++) await null;
      h.note(isCurrent(frame));
      await macrotask();
      h.note(isCurrent(frame));
    });
    await step(h);
    expect(await step(h)).toEqual([true]);
    await macrotask();
    expect(h.noted()).toEqual([false]);
  });

  test("begins a wait at the call", async () => {
    const h = harness();
    const arrival = pending<string>();
    h.loop.run(async (wait) => {
      const promise = wait(arrival.wait);
      h.note(arrival.begun);
      h.note(await promise);
    });
    expect(h.frame()).toEqual([1]);
    arrival.resolve("value");
    expect(await step(h)).toEqual(["value"]);
  });

  test("begins several waits at once", async () => {
    const h = harness();
    const parts = [pending<string>(), pending<string>()];
    h.loop.run(async (wait) => {
      h.note(await Promise.all(parts.map((part) => wait(part.wait))));
    });
    await step(h);
    parts[1]!.resolve("b");
    expect(await step(h)).toEqual([]);
    parts[0]!.resolve("a");
    expect(await step(h)).toEqual([["a", "b"]]);
  });

  test("what settles outside of a frame resolves only in the next one", async () => {
    const h = harness();
    const arrival = pending();
    h.loop.run(async (wait) => {
      await wait(arrival.wait);
      h.note(h.loop.frame?.index);
    });
    await step(h);
    arrival.resolve();
    await macrotask();
    expect(h.noted()).toEqual([]);
    expect(await step(h)).toEqual([1]);
  });

  test("waits for every kind of operation", async () => {
    const h = harness();
    const event = new AsyncEvent();
    event.set();
    const other = h.loop.run(function* () {
      yield* nextFrame();
      return "task";
    });
    h.loop.run(async (wait) => {
      h.note(
        await wait(
          (function* () {
            yield* nextFrame("render");
            return "generator";
          })(),
        ),
      );
      h.note(await wait(other));
      h.note(await wait(race([event.wait(), never()])));
      h.note(await wait(until(Promise.resolve("promise"))));
      await wait(sleep(5));
      h.note("slept");
    });
    const notes = [];
    for (let i = 0; i < 8; i++) notes.push(...(await step(h)));
    expect(notes).toEqual(["generator", "task", undefined, "promise", "slept"]);
  });

  test("a wait that is settled when it begins resolves without a frame", async () => {
    const h = harness();
    const event = new AsyncEvent();
    event.set();
    h.loop.run(async (wait) => {
      for (let i = 0; i < 10; i++) await wait(event.wait());
      h.note(h.loop.frame?.index);
    });
    expect(await step(h)).toEqual([0]);
  });

  test("throws the error of a wait, with the place of the wait", async () => {
    const h = harness();
    const arrival = pending();
    h.loop.run(async (wait) => {
      try {
        await wait(arrival.wait);
      } catch (error) {
        h.note(error === fault);
      }
    });
    await step(h);
    arrival.reject(fault);
    expect(await step(h)).toEqual([true]);
  });

  test.each<{
    what: string;
    settle: (resolve: (value: number) => void, reject: (e: unknown) => void) => void;
  }>([
    { what: "a value", settle: (resolve) => resolve(5) },
    { what: "an error", settle: (_, reject) => reject(fault) },
  ])("may give a thenable that calls back at once, with $what", async ({ settle }) => {
    const h = harness();
    // oxlint-disable-next-line unicorn/no-thenable -- what is tested
    const task = h.loop.run(() => ({ then: settle }) as unknown as Promise<number>);
    task.then(h.note, h.note);
    await step(h);
    expect(await step(h)).toEqual([task.state === "done" ? 5 : fault]);
  });

  test("gets its wait, however it declares its parameter", async () => {
    const h = harness();
    h.loop.run(async (...waits: [Wait]) => {
      h.note((await waits[0](nextFrame())).index);
    });
    h.loop.run(async (wait: Wait = refused) => {
      h.note((await wait(nextFrame())).index);
    });
    await step(h);
    expect(await step(h)).toEqual([1, 1]);
  });

  test("the error of a wait names the task, not the wait", async () => {
    const h = harness();
    h.loop.run(
      async (wait) => {
        await wait(until(Promise.reject(fault)));
      },
      { name: "loader" },
    );
    for (let i = 0; i < 3; i++) await step(h);
    expect(h.errors()).toEqual([fault]);
    expect((fault as { taskChain?: string[] }).taskChain).toEqual(["loader"]);
  });

  test("its result is the task's", async () => {
    const h = harness();
    const task = h.loop.run(async (wait) => {
      await wait(nextFrame());
      return "result";
    });
    h.loop.run(function* () {
      h.note(yield* task);
    });
    await step(h);
    await step(h);
    expect(await step(h)).toEqual(["result"]);
    expect(task.state).toBe("done");
    expect(await task).toBe("result");
  });

  test.each<{ when: string; body: (wait: Wait) => Promise<void> }>([
    {
      when: "before its first wait",
      body: async () => {
        throw fault;
      },
    },
    {
      when: "after a wait",
      body: async (wait) => {
        await wait(nextFrame());
        throw fault;
      },
    },
    {
      when: "in a wait",
      body: async (wait) => {
        await wait(
          (function* () {
            yield* nextFrame();
            throw fault;
          })(),
        );
      },
    },
  ])("an error $when fails the task, once", async ({ body }) => {
    const h = harness();
    const task = h.loop.run(body);
    for (let i = 0; i < 4; i++) await step(h);
    expect(task.state).toBe("failed");
    expect(h.errors()).toEqual([fault]);
  });

  test("may await plain promises in between, and come back into the frame", async () => {
    const h = harness();
    h.loop.run(async (wait) => {
      await wait(nextFrame());
      await macrotask();
      h.note("outside");
      const current = await wait(nextFrame());
      h.note(current.index, isCurrent(current));
    });
    await step(h);
    await step(h);
    await macrotask();
    expect(h.noted()).toEqual(["outside"]);
    expect(await step(h)).toEqual([2, true]);
  });

  test("asks the driver for what it waits for, though it began between frames", async () => {
    const h = harness();
    h.loop.run(async (wait) => {
      await wait(nextFrame());
      await wait(sleep(100));
      await wait(nextFrame());
    });
    await step(h);
    expect(h.driver.frameRequested).toBe(true);
    await step(h);
    expect(h.driver.frameRequested).toBe(false);
    expect(h.driver.wakeTime).toBe(116);
    await step(h, 116);
    expect(h.driver.frameRequested).toBe(true);
  });

  test("gets each frame once", async () => {
    const h = harness();
    h.loop.run(async (wait) => {
      while (true) h.note((await wait(nextFrame("render"))).index);
    });
    const notes = [];
    for (let i = 0; i < 4; i++) notes.push(...(await step(h)));
    expect(notes).toEqual([0, 1, 2, 3]);
  });
});

describe("when an async function is cancelled", () => {
  test("its pending waits are cleaned up in the call, and reject with a CancelledError", async () => {
    const h = harness();
    const arrival = pending();
    const task = h.loop.run(async (wait) => {
      try {
        await wait(arrival.wait);
        h.note("resumed");
      } catch (error) {
        h.note(error instanceof CancelledError);
        throw error;
      } finally {
        h.note("finally");
      }
    });
    await step(h);
    task.cancel();
    expect(task.state).toBe("cancelled");
    expect(arrival.cleaned).toBe(1);
    await macrotask();
    expect(h.noted()).toEqual([true, "finally"]);
    arrival.resolve();
    expect(await step(h)).toEqual([]);
  });

  test("a wait that begins while it is being cancelled, since its signal aborts, rejects too", async () => {
    const h = harness();
    const arrival = pending();
    const task = h.loop.run(async (wait) => {
      wait.signal.addEventListener("abort", () => {
        wait(arrival.wait).catch((error: unknown) => h.note(error instanceof CancelledError));
      });
      await wait(never());
    });
    await step(h);
    task.cancel();
    await macrotask();
    expect(h.noted()).toEqual([true]);
    expect(arrival.begun).toBe(0);
    expect(task.state).toBe("cancelled");
  });

  test("later waits reject too, and never begin", async () => {
    const h = harness();
    const arrival = pending();
    const task = h.loop.run(async (wait) => {
      try {
        await wait(never());
      } catch {
        // It goes on, which it should not.
      }
      try {
        await wait(arrival.wait);
      } catch (error) {
        h.note(error instanceof CancelledError, arrival.begun);
      }
      try {
        wait.spawn(never());
      } catch (error) {
        h.note(error instanceof CancelledError);
      }
    });
    await step(h);
    task.cancel();
    await macrotask();
    expect(h.noted()).toEqual([true, 0, true]);
    expect(task.children).toEqual([]);
  });

  test("pending and later waits that nobody awaits are nobody's unhandled rejection", async () => {
    const h = harness();
    const task = h.loop.run(async (wait) => {
      void wait(never());
      void wait(sleep(1000));
      await wait(nextFrame());
      try {
        await wait(never());
      } finally {
        void wait(nextFrame());
      }
    });
    await step(h);
    await step(h);
    task.cancel();
    await macrotask();
    expect(unhandled).not.toHaveBeenCalled();
    expect(h.driver.wakeTime).toBe(Infinity);
  });

  test("wait.signal aborts, in the call, and has aborted if it is read later", async () => {
    const h = harness();
    let signal: AbortSignal | undefined;
    let late: (() => AbortSignal) | undefined;
    const task = h.loop.run(async (wait) => {
      signal = wait.signal;
      late = () => wait.signal;
      await wait(never());
    });
    const unread = h.loop.run(async (wait) => {
      late = () => wait.signal;
      await wait(never());
    });
    await step(h);
    expect(signal?.aborted).toBe(false);
    task.cancel();
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toBeInstanceOf(CancelledError);
    unread.cancel();
    expect(late?.().aborted).toBe(true);
  });

  test("what wait.signal has aborted may reject with an error of its own: it is not reported", async () => {
    const { loop, frame, errors } = harness();
    const task = loop.run(async (wait) => {
      await new Promise((_, reject) => {
        wait.signal.addEventListener("abort", () =>
          reject(new DOMException("The operation was aborted", "AbortError")),
        );
      });
    });
    frame();
    task.cancel();
    await macrotask();
    expect(errors()).toEqual([]);
  });

  test("wait.signal cancels what it was given to", async () => {
    const h = harness();
    let aborted = 0;
    const task = h.loop.run(async (wait) => {
      await new Promise((_, reject) => {
        wait.signal.addEventListener("abort", () => {
          aborted++;
          reject(wait.signal.reason as Error);
        });
      });
    });
    await step(h);
    task.cancel();
    await macrotask();
    expect(aborted).toBe(1);
    expect(h.errors()).toEqual([]);
  });

  test("an error that it throws on its way out is reported; the cancellation is not", async () => {
    const h = harness();
    const task = h.loop.run(async (wait) => {
      try {
        await wait(never());
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- what happens then is what is tested
        throw fault;
      }
    });
    await step(h);
    task.cancel();
    await macrotask();
    expect(h.errors()).toEqual([fault]);
    expect(task.state).toBe("cancelled");
  });

  test("by itself: its waits reject", async () => {
    const h = harness();
    const task: Task<void> = h.loop.run(async (wait) => {
      await wait(nextFrame());
      task.cancel();
      h.note(task.state);
      try {
        await wait(nextFrame());
      } catch (error) {
        h.note(error instanceof CancelledError);
      }
    });
    await step(h);
    expect((await step(h)).at(-1)).toBe(true);
    expect(task.state).toBe("cancelled");
  });

  test("by the loop's stop", async () => {
    const h = harness();
    const task = h.loop.run(async (wait) => {
      try {
        await wait(nextFrame());
      } catch (error) {
        h.note(error instanceof CancelledError);
      }
    });
    await step(h);
    h.loop.stop();
    await macrotask();
    expect(h.noted()).toEqual([true]);
    expect(task.state).toBe("cancelled");
  });

  test("before its first step: the function is not called", async () => {
    const h = harness();
    const body = vi.fn<() => Promise<void>>();
    h.loop.run(body).cancel();
    await step(h);
    expect(body).not.toHaveBeenCalled();
  });

  test("whoever waits for it gets a CancelledError", async () => {
    const h = harness();
    const task = h.loop.run(async (wait) => {
      await wait(never());
    });
    const awaited = task.catch((error: unknown) => error);
    await step(h);
    task.cancel();
    expect(await awaited).toBeInstanceOf(CancelledError);
  });
});

describe("children of an async function", () => {
  function* failing(event: AsyncEvent): Operation<never> {
    yield* event.wait();
    throw fault;
  }

  test("wait.spawn starts a child and returns its task, at once", async () => {
    const h = harness();
    const task = h.loop.run(async (wait) => {
      const child = wait.spawn(
        function* () {
          h.note("child");
          yield* nextFrame();
          return "result";
        },
        { name: "ron" },
      );
      h.note(child.name, child.state, child.parent === task);
      h.note(await wait(child));
    });
    expect(await step(h)).toEqual(["ron", "ready", true, "child"]);
    expect(await step(h)).toEqual(["result"]);
  });

  test("wait.spawn after a wait starts the child in the next frame", async () => {
    const h = harness();
    h.loop.run(async (wait) => {
      await wait(nextFrame());
      wait.spawn(function* () {
        h.note("child", h.loop.frame?.index);
      });
      await wait(never());
    });
    await step(h);
    expect(await step(h)).toEqual([]);
    expect(h.driver.frameRequested).toBe(true);
    expect(await step(h)).toEqual(["child", 2]);
  });

  test("wait(spawn(op)) is refused with an error that says what to do", async () => {
    const h = harness();
    h.loop.run(async (wait) => {
      try {
        await wait(
          spawn(function* () {
            h.note("child");
          }),
        );
      } catch (error) {
        h.note(error instanceof TypeError, String(error).includes("wait.spawn"));
      }
    });
    expect(await step(h)).toEqual([true, true]);
    expect(await step(h)).toEqual([]);
  });

  test("end with it, newest first, before its task settles", async () => {
    const h = harness();
    const held = (name: string) =>
      function* () {
        try {
          yield* never();
        } finally {
          h.note(name);
        }
      };
    const task = h.loop.run(async (wait) => {
      wait.spawn(held("older"));
      wait.spawn(held("newer"));
      await wait(nextFrame());
      h.note("ends");
    });
    h.loop.run(function* () {
      yield* task;
      h.note("settled");
    });
    await step(h);
    expect([...(await step(h)), ...(await step(h))]).toEqual(["ends", "newer", "older", "settled"]);
  });

  test("waits that it leaves behind at its end are dropped", async () => {
    const h = harness();
    const arrival = pending();
    const task = h.loop.run(async (wait) => {
      void wait(arrival.wait);
      await wait(nextFrame());
    });
    for (let i = 0; i < 3; i++) await step(h);
    expect(task.state).toBe("done");
    expect(arrival.cleaned).toBe(1);
  });

  test.each([
    { how: "with a result", fails: false },
    { how: "with an error", fails: true },
  ])("and waits that begin after its end, $how, reject, and never begin", async ({ fails }) => {
    const h = harness();
    let leaked: Wait | undefined;
    h.loop.run(async (wait) => {
      leaked = wait;
      if (fails) throw fault;
    });
    await step(h);
    await step(h);
    expect(h.errors()).toEqual(fails ? [fault] : []);
    const arrival = pending();
    await expect(leaked!(arrival.wait)).rejects.toThrow(new CancelledError('task "task 1" has ended'));
    expect(arrival.begun).toBe(0);
    expect(() => leaked!.spawn(never())).toThrow(Error);
  });

  test("a child's failure rejects all pending waits", async () => {
    const h = harness();
    const event = new AsyncEvent();
    const [one, two] = [pending(), pending()];
    const task = h.loop.run(async (wait) => {
      wait.spawn(failing(event));
      const results = await Promise.allSettled([wait(one.wait), wait(two.wait)]);
      h.note(results.map((result) => result.status === "rejected" && result.reason === fault));
      await wait(nextFrame());
      h.note("goes on");
    });
    await step(h);
    event.set();
    expect(await step(h)).toEqual([[true, true]]);
    expect([one.cleaned, two.cleaned]).toEqual([1, 1]);
    expect(await step(h)).toEqual(["goes on"]);
    await step(h);
    expect(task.state).toBe("done");
  });

  test("a child's failure harms no other child, though that has a signal of its own", async () => {
    const h = harness();
    const event = new AsyncEvent();
    const { signal } = new AbortController();
    h.loop.run(async (wait) => {
      const other = wait.spawn(never(), { signal });
      const plain = wait.spawn(never());
      wait.spawn(failing(event));
      await Promise.allSettled([wait(never())]);
      h.note(other.state, plain.state);
      await wait(never());
    });
    await step(h);
    event.set();
    expect(await step(h)).toEqual(["waiting", "waiting"]);
  });

  test("what a generator starts that it waits for ends with that generator", async () => {
    const h = harness();
    h.loop.run(async (wait) => {
      const child = await wait(
        (function* () {
          const task = yield* spawn(never());
          return [task];
        })(),
      );
      h.note(child[0]!.state);
    });
    expect(await step(h)).toEqual(["cancelled"]);
  });

  test("a child's failure rejects every kind of pending wait, and unwinds what ran for it", async () => {
    const h = harness();
    const event = new AsyncEvent();
    const task = h.loop.run(async (wait) => {
      wait.spawn(failing(event));
      const waits = [
        wait(
          (function* () {
            try {
              yield* never();
            } finally {
              h.note("unwound");
            }
          })(),
        ),
        wait(all([never(), sleep(1000)])),
        wait(h.loop.run(never())),
        wait(sleep(Infinity)),
      ];
      const results = await Promise.allSettled(waits);
      h.note(...results.map((result) => result.status === "rejected" && result.reason === fault));
    });
    await step(h);
    event.set();
    expect(await step(h)).toEqual(["unwound", true, true, true, true]);
    await step(h);
    expect(task.state).toBe("done");
  });

  test("a child's failure while nothing is pending is thrown by the next wait", async () => {
    const h = harness();
    const event = new AsyncEvent();
    let release = () => {};
    const task = h.loop.run(async (wait) => {
      wait.spawn(failing(event));
      await wait(nextFrame());
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      try {
        await wait(nextFrame());
      } catch (error) {
        h.note(error === fault);
      }
    });
    await step(h);
    await step(h);
    event.set();
    expect(await step(h)).toEqual([]);
    expect(task.state).toBe("waiting");
    release();
    await macrotask();
    expect(h.noted()).toEqual([true]);
    await step(h);
    expect(task.state).toBe("done");
  });

  test("a child's failure that no wait takes any more fails the task: it is not lost", async () => {
    const h = harness();
    const event = new AsyncEvent();
    let release = () => {};
    const task = h.loop.run(async (wait) => {
      wait.spawn(failing(event));
      await wait(nextFrame());
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await step(h);
    await step(h);
    event.set();
    await step(h);
    release();
    await macrotask();
    await step(h);
    expect(task.state).toBe("failed");
    expect(h.errors()).toEqual([fault]);
  });

  test("a child's failure that is caught nowhere fails the task, and goes to onError once", async () => {
    const h = harness();
    const event = new AsyncEvent();
    const task = h.loop.run(async (wait) => {
      wait.spawn(failing(event));
      await wait(never());
    });
    await step(h);
    event.set();
    await step(h);
    await step(h);
    expect(task.state).toBe("failed");
    expect(h.errors()).toEqual([fault]);
  });

  test("a child that is waited for gives its failure to that wait alone", async () => {
    const h = harness();
    const event = new AsyncEvent();
    h.loop.run(async (wait) => {
      const child = wait.spawn(failing(event));
      const other = wait(sleep(20));
      try {
        await wait(child);
      } catch (error) {
        h.note(error === fault);
      }
      await other;
      h.note("the other wait goes on");
    });
    await step(h);
    event.set();
    expect(await step(h)).toEqual([true]);
    expect(await step(h)).toEqual(["the other wait goes on"]);
  });

  test("an async function may be a child, of a generator or of another one", async () => {
    const h = harness();
    h.loop.run(function* () {
      const child = yield* spawn(async (wait) => {
        const grandchild = wait.spawn(async (innerWait) => {
          await innerWait(nextFrame());
          return 1;
        });
        return (await wait(grandchild)) + 1;
      });
      h.note(yield* child);
    });
    const notes = [];
    for (let i = 0; i < 6; i++) notes.push(...(await step(h)));
    expect(notes).toEqual([2]);
  });

  test("a wait for something that belongs to a child's subtree is cancelled with the parent", async () => {
    const h = harness();
    const arrival = pending();
    const parent = h.loop.run(function* () {
      yield* spawn(async (wait) => {
        await wait(all([arrival.wait, never()]));
      });
      yield* never();
    });
    await step(h);
    parent.cancel();
    expect(arrival.cleaned).toBe(1);
    await macrotask();
    expect(h.errors()).toEqual([]);
  });
});

describe("bad input of an async function's wait", () => {
  test.each<{ what: string; given: unknown }>([
    { what: "undefined", given: undefined },
    { what: "null", given: null },
    { what: "a number", given: 5 },
    { what: "a promise", given: Promise.resolve() },
    { what: "an object", given: {} },
    { what: "a string", given: "frame" },
  ])("$what rejects with a TypeError, and the function may go on", async ({ given }) => {
    const h = harness();
    h.loop.run(async (wait) => {
      try {
        await wait(given as Operation<void>);
      } catch (error) {
        h.note(error instanceof TypeError, String(error));
      }
      await wait(nextFrame("render"));
      h.note("goes on");
    });
    const says = expect.stringContaining(
      "expected an operation (an action, a generator or a task), got",
    ) as string;
    expect([...(await step(h)), ...(await step(h))]).toEqual([true, says, "goes on"]);
  });

  test.each<{ what: string; operation: unknown; error: string }>([
    { what: "a bad one", operation: 5, error: "expected an operation" },
    { what: "one that fails", operation: timeout(0, never()), error: "timed out" },
  ])(
    "$what of which nobody hears, the platform reports as an unhandled rejection",
    async ({ operation, error }) => {
      const h = harness();
      h.loop.run(async (wait) => {
        void wait(operation as Operation<void>);
        await wait(nextFrame());
        await wait(nextFrame());
      });
      await step(h);
      await step(h);
      expect(unhandled).toHaveBeenCalledTimes(1);
      expect(String(unhandled.mock.lastCall?.[0])).toContain(error);
      unhandled.mockClear();
    },
  );

  test("an action that is waited for twice rejects the second time", async () => {
    const h = harness();
    const arrival = pending<string>();
    h.loop.run(async (wait) => {
      const first = wait(arrival.wait);
      try {
        await wait(arrival.wait);
      } catch (error) {
        h.note(error instanceof TypeError);
      }
      h.note(await first);
    });
    expect(await step(h)).toEqual([true]);
    arrival.resolve("value");
    expect(await step(h)).toEqual(["value"]);
  });

  test("its own task rejects, instead of a wait without end", async () => {
    const h = harness();
    const task: Task<void> = h.loop.run(async (wait) => {
      try {
        await wait(task);
      } catch (error) {
        h.note(error instanceof Error);
      }
    });
    expect(await step(h)).toEqual([true]);
  });

  test("a task of another loop rejects", async () => {
    const h = harness();
    const other = harness();
    const foreign = other.loop.run(never());
    h.loop.run(async (wait) => {
      try {
        await wait(foreign);
      } catch (error) {
        h.note(error instanceof TypeError);
      }
    });
    expect(await step(h)).toEqual([true]);
  });
});

describe("an async function that goes on regardless", () => {
  /** Waits again and again, whatever comes of it. */
  async function stubborn(wait: Wait, operation: () => Operation<unknown>): Promise<never> {
    for (;;) {
      try {
        await wait(operation());
      } catch {
        // On and on.
      }
    }
  }

  test.each<{ what: string; end: (task: Task<unknown>, h: Harness) => void }>([
    { what: "cancelled", end: (task) => task.cancel() },
    { what: "stopped with its loop", end: (_, { loop }) => loop.stop() },
  ])("is left where it is once it is $what: the page stays alive", async ({ end }) => {
    const h = harness();
    const task = h.loop.run((wait) => stubborn(wait, nextFrame));
    await step(h);
    end(task, h);
    await step(h);
    expect(task.state).toBe("cancelled");
  });

  test.each<{ what: string; operation: () => Operation<unknown> }>([
    { what: "of nothing", operation: () => undefined as unknown as Operation<unknown> },
    { what: "of spawn", operation: () => spawn(never()) },
  ])("is a runaway if its waits $what are refused", async ({ operation }) => {
    const h = harness();
    const task = h.loop.run((wait) => stubborn(wait, operation), { name: "stubborn" });
    await step(h);
    expect(task.state).toBe("failed");
    expect(String(h.errors())).toMatch(/RunawayError.*stubborn/);
  });

  test("in two places at once is a runaway once", async () => {
    const h = harness();
    const event = new AsyncEvent();
    event.set();
    h.loop.run(async (wait) => {
      const rounds = () => stubborn(wait, () => event.wait());
      await Promise.all([rounds(), rounds()]);
    });
    await step(h);
    expect(h.errors()).toHaveLength(1);
  });

  test("is no runaway if it breathes: the frame's budget bounds that", async () => {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver, budget: 1 });
    let breaths = 0;
    const task = loop.run(async (wait) => {
      for (; breaths < 30_000; breaths++) await wait(breathe());
    });
    driver.tick(0);
    await macrotask();
    driver.tick(16);
    expect([breaths, task.state]).toEqual([30_000, "done"]);
  });
});

describe("a wait that has settled when it begins", () => {
  const ways: { way: string; wait: () => Operation<unknown>; fails?: boolean }[] = [
    {
      way: "an event that is set",
      wait() {
        const event = new AsyncEvent();
        event.set();
        return event.wait();
      },
    },
    { way: "a generator that doesn't wait", *wait() {} },
    {
      way: "a generator that throws",
      fails: true,
      *wait() {
        throw fault;
      },
    },
  ];

  test.each(ways)("outside of a frame, resolves in the next one: $way", async ({ wait: make, fails }) => {
    const h = harness();
    const { loop, note } = h;
    loop.run(async (wait) => {
      await wait(nextFrame());
      await macrotask();
      note("outside", isCurrent(loop.frame!));
      try {
        await wait(make());
      } catch (error) {
        note(error);
      }
      note("inside", isCurrent(loop.frame!));
    });
    await step(h);
    expect(await step(h)).toEqual([]);
    await macrotask();
    expect(h.noted()).toEqual(["outside", false]);
    await macrotask();
    expect(h.noted()).toEqual([]);
    expect(await step(h)).toEqual([...(fails ? [fault] : []), "inside", true]);
  });

  test.each(ways)("outside of a frame, ends with its task: $way", async ({ wait: make }) => {
    const h = harness();
    const { loop, note } = h;
    const task = loop.run(async (wait) => {
      await macrotask();
      try {
        await wait(make());
      } catch (error) {
        note((error as Error).name);
      }
    });
    await step(h);
    await macrotask();
    task.cancel();
    await macrotask();
    expect(h.noted()).toEqual(["CancelledError"]);
    h.errors();
  });

  test("inside of one goes on there, for as many as there are", async () => {
    const h = harness();
    const { loop, note } = h;
    loop.run(async (wait) => {
      const event = new AsyncEvent();
      event.set();
      const frame = await wait(nextFrame());
      for (let i = 0; i < 1000; i++) await wait(event.wait());
      note(frame === loop.frame, isCurrent(frame));
    });
    await step(h);
    expect(await step(h)).toEqual([true, true]);
  });
});
