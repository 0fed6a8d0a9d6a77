import {
  action,
  all,
  AsyncEvent,
  CancelledError,
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
  type Phase,
  type Task,
} from "awaitframe";
import { describe, expect, test, vi } from "vitest";
import { CountedTarget } from "../support/counted-target.ts";
import { harness, macrotask } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";

/** Notes when it is unwound. */
function* held(note: (name: string) => void, name: string): Operation<void> {
  try {
    yield* never();
  } finally {
    note(name);
  }
}

describe("cancel takes effect inside the call", () => {
  test("first the wait is cleaned up, then children end, newest first, then the finally blocks run", () => {
    const { loop, note, noted, frame } = harness();
    const wait = pending(() => note("wait"));
    const task = loop.run(function* () {
      try {
        yield* spawn(held(note, "older child"));
        yield* spawn(held(note, "newer child"));
        yield* wait.wait;
      } finally {
        note("finally");
      }
    });
    frame();
    task.cancel();
    note("cancel returns");
    expect(noted()).toEqual(["wait", "newer child", "older child", "finally", "cancel returns"]);
    expect(task.state).toBe("cancelled");
    expect(task.children).toEqual([]);
    expect(loop.tasks).toEqual([]);
  });

  const target = new CountedTarget();
  const event = new AsyncEvent();
  const channel = new Channel<string>();
  const counted = pending();
  test.each<{ what: string; operation: () => Operation<unknown>; wake?: () => void; left?: () => number }>([
    { what: "a frame", operation: () => nextFrame() },
    {
      what: "the render phase",
      *operation() {
        yield* nextFrame("after");
        yield* nextFrame("render");
      },
    },
    {
      what: "a child",
      *operation() {
        const child = yield* spawn(never());
        yield* child;
      },
    },
    { what: "a time", operation: () => sleep(5) },
    { what: "no time", operation: () => sleep(0) },
    { what: "an event", operation: () => event.wait(), wake: () => event.set() },
    { what: "an action", operation: () => counted.wait, wake: () => counted.resolve() },
    {
      what: "an event of a target",
      operation: () => once(target, "click"),
      wake: () => target.fire("click"),
      left: () => target.listeners,
    },
    {
      what: "an event of a subscription",
      *operation() {
        const sub = yield* on(target, "click");
        yield* sub.next();
      },
      wake: () => target.fire("click"),
      left: () => target.listeners,
    },
    { what: "an item", operation: () => channel.receive() },
    { what: "room for an item", operation: () => channel.send("item") },
    { what: "a promise", operation: () => until(Promise.resolve()) },
    {
      what: "a race",
      operation: () => race([sleep(5), once(target, "click")]),
      left: () => target.listeners,
    },
    { what: "all", operation: () => all([held(() => {}, ""), nextFrame()]) },
    { what: "a timeout", operation: () => timeout(5, once(target, "click")), left: () => target.listeners },
  ])("of a task that waits for $what: it never resumes", async ({ operation, wake, left }) => {
    const { loop, driver, note, frame, frames } = harness();
    const task = loop.run(function* () {
      try {
        yield* operation();
        note("resumed");
      } catch {
        note("caught");
      } finally {
        note("finally");
      }
    });
    frame();
    expect(task.state).toBe("waiting");
    task.cancel();
    expect(task.state).toBe("cancelled");
    expect(left?.() ?? 0).toBe(0);
    expect(driver.wakeTime).toBe(Infinity);
    wake?.();
    await macrotask();
    expect(frames(3)).toEqual([["finally"], [], []]);
  });

  test("an item that waited to be sent is withdrawn", () => {
    const { loop, note, frame } = harness();
    const channel = new Channel<string>();
    const sender = loop.run(channel.send("withdrawn"));
    frame();
    sender.cancel();
    loop.run(function* () {
      note(yield* channel.receive());
    });
    expect(frame()).toEqual([]);
    loop.run(channel.send("item"));
    expect(frame()).toEqual(["item"]);
  });

  test("before its first step: the body never runs", () => {
    const { loop, note, frame } = harness();
    const body = function* () {
      try {
        note("body");
      } finally {
        note("finally");
      }
    };
    const tasks = [loop.run(body), loop.run(body()), loop.run(async () => note("async"))];
    for (const task of tasks) task.cancel();
    expect(tasks.map(({ state }) => state)).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect(frame()).toEqual([]);
    expect(loop.tasks).toEqual([]);
  });

  test("before its first step, and its waiters get a CancelledError", async () => {
    const { loop, note, frame } = harness();
    const task = loop.run(never());
    const awaited = task.catch((error: unknown) => error);
    loop.run(function* () {
      try {
        yield* task;
      } catch (error) {
        note(error instanceof CancelledError);
      }
    });
    task.cancel();
    expect(frame()).toEqual([true]);
    expect(await awaited).toBeInstanceOf(CancelledError);
  });

  test("a task whose wait has settled, before it goes on: it does not", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const task = loop.run(function* () {
      try {
        yield* event.wait();
        note("resumed");
      } finally {
        note("finally");
      }
    });
    frame();
    event.set();
    task.cancel();
    expect(frame()).toEqual(["finally"]);
  });

  test.each<Phase>(["update", "render", "after"])(
    "one task of %s by another one in front of it: it does not run in this frame",
    (phase) => {
      const { loop, note, frame } = harness();
      loop.run(function* () {
        yield* sleep(1);
        yield* nextFrame(phase);
        note("canceller");
        victim.cancel();
      });
      const victim = loop.run(function* () {
        try {
          yield* sleep(1);
          yield* nextFrame(phase);
          note("victim");
        } finally {
          note("finally");
        }
      });
      loop.run(function* () {
        yield* sleep(1);
        yield* nextFrame(phase);
        note("bystander");
      });
      frame();
      expect(frame()).toEqual(["canceller", "finally", "bystander"]);
      expect(frame()).toEqual([]);
    },
  );

  test("several at once, in the middle of a phase, out of order", () => {
    const { loop, note, frame } = harness();
    const tasks: Task<void>[] = [];
    for (let id = 0; id < 8; id++) {
      tasks[id] = loop.run(function* () {
        while (true) {
          yield* nextFrame();
          note(id);
          if (id === 2) for (const victim of [7, 0, 4, 3]) tasks[victim]!.cancel();
        }
      });
    }
    frame();
    expect(frame()).toEqual([0, 1, 2, 5, 6]);
    expect(frame()).toEqual([1, 2, 5, 6]);
  });
});

describe("twice, or after the end: nothing happens", () => {
  test("twice", () => {
    const { loop, note, noted, frame } = harness();
    const task = loop.run(held(note, "finally"));
    frame();
    task.cancel();
    task.cancel();
    expect(noted()).toEqual(["finally"]);
  });

  test("from its own finally block, and from its own cleanup", () => {
    const { loop, note, noted, frame } = harness();
    const wait = pending(() => task.cancel());
    const task: Task<void> = loop.run(function* () {
      try {
        yield* wait.wait;
      } finally {
        task.cancel();
        note("finally");
      }
    });
    frame();
    task.cancel();
    expect(noted()).toEqual(["finally"]);
    expect(wait.cleaned).toBe(1);
  });

  test("from the finally block of a child", () => {
    const { loop, note, noted, frame } = harness();
    const task: Task<void> = loop.run(function* () {
      try {
        yield* spawn(function* () {
          try {
            yield* never();
          } finally {
            task.cancel();
            note("child");
          }
        });
        yield* never();
      } finally {
        note("parent");
      }
    });
    frame();
    task.cancel();
    expect(noted()).toEqual(["child", "parent"]);
  });

  test.each([
    { end: "done", body: () => nextFrame() },
    {
      end: "failed",
      *body() {
        throw new Error("fault");
      },
    },
  ])("a task that is $end stays so, and keeps its outcome", async ({ end, body }) => {
    const { loop, frame } = harness();
    const task = loop.run(body as () => Operation<unknown>);
    const outcome = task.then(
      () => "done",
      () => "failed",
    );
    frame();
    frame();
    task.cancel();
    expect(task.state).toBe(end);
    expect(await outcome).toBe(end);
  });
});

describe("a task on the stack is cancelled at its next yield", () => {
  test("when it cancels itself", () => {
    const { loop, note, frame } = harness();
    const task: Task<void> = loop.run(function* () {
      try {
        task.cancel();
        note("goes on", task.state);
        yield* nextFrame("render");
        note("never");
      } catch {
        note("caught");
      } finally {
        note("finally");
      }
    });
    expect(frame()).toEqual(["goes on", "running", "finally"]);
    expect(task.state).toBe("cancelled");
    expect(frame()).toEqual([]);
  });

  test("and the wait of that yield never begins", () => {
    const { loop, frame } = harness();
    const wait = pending();
    const task: Task<void> = loop.run(function* () {
      task.cancel();
      yield* wait.wait;
    });
    frame();
    expect(task.state).toBe("cancelled");
    expect(wait.begun).toBe(0);
  });

  test("even if that yield is of a wait that is settled, or of nothing that can be waited for", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    event.set();
    const one: Task<void> = loop.run(function* () {
      one.cancel();
      yield* event.wait();
      note("never");
    });
    const two: Task<void> = loop.run(function* (): Generator<never, void> {
      two.cancel();
      yield 5 as never;
      note("never");
    });
    expect(frame()).toEqual([]);
    expect([one.state, two.state]).toEqual(["cancelled", "cancelled"]);
  });

  test("if it returns first, it has ended with its result", async () => {
    const { loop, frame } = harness();
    const task: Task<number> = loop.run(function* (): Operation<number> {
      task.cancel();
      return 5;
    });
    frame();
    expect(task.state).toBe("done");
    expect(await task).toBe(5);
  });

  test("if it throws first, it has failed with that error", () => {
    const { loop, frame, errors } = harness();
    const fault = new Error("fault");
    const task: Task<void> = loop.run(function* (): Operation<void> {
      task.cancel();
      throw fault;
    });
    frame();
    expect(task.state).toBe("failed");
    expect(errors()).toEqual([fault]);
  });

  test("when it cancels its parent: the parent's finally blocks run in the call, its own at its yield", () => {
    const { loop, note, frame } = harness();
    const parent = loop.run(function* () {
      try {
        yield* spawn(function* () {
          try {
            parent.cancel();
            note("child goes on");
            yield* nextFrame("render");
            note("never");
          } finally {
            note("child");
          }
        });
        yield* never();
      } finally {
        note("parent");
      }
    });
    expect(frame()).toEqual(["parent", "child goes on", "child"]);
    expect(parent.state).toBe("cancelled");
    expect(loop.tasks).toEqual([]);
  });

  test("who waits for the parent hears of it when the child on the stack has ended too", () => {
    const { loop, note, frame } = harness();
    const parent = loop.run(function* () {
      yield* spawn(function* () {
        try {
          yield* nextFrame();
          parent.cancel();
          note("child goes on");
          yield* nextFrame();
        } finally {
          note("child");
        }
      });
      yield* never();
    });
    loop.run(function* () {
      try {
        yield* parent;
      } catch (error) {
        note(error instanceof CancelledError);
      }
    });
    frame();
    expect(frame()).toEqual(["child goes on", "child", true]);
  });

  test("when it cancels its parent: the parent is there until it has ended too, and its siblings stay", () => {
    const { loop, note, frame } = harness();
    const names = () => loop.tasks.map(({ name }) => name);
    loop.run(never(), { name: "older" });
    const parent = loop.run(
      function* () {
        yield* spawn(function* () {
          parent.cancel();
          note(names());
        });
        yield* never();
      },
      { name: "parent" },
    );
    loop.run(never(), { name: "newer" });
    expect(frame()).toEqual([["older", "parent", "newer"]]);
    expect(names()).toEqual(["older", "newer"]);
  });

  test("when it cancels its grandparent, and returns first", () => {
    const { loop, note, frame } = harness();
    const grandparent = loop.run(function* () {
      yield* spawn(function* () {
        yield* spawn(function* () {
          grandparent.cancel();
          note("returns");
        });
        yield* never();
      });
      yield* never();
    });
    expect(frame()).toEqual(["returns"]);
    expect(grandparent.state).toBe("cancelled");
    expect(loop.tasks).toEqual([]);
  });

  test("when it stops the loop from inside", () => {
    const { loop, note, frame } = harness();
    const other = loop.run(held(note, "other"));
    const task = loop.run(function* () {
      try {
        loop.stop();
        note("goes on");
        yield* nextFrame();
        note("never");
      } finally {
        note("finally");
      }
    });
    expect(frame()).toEqual(["other", "goes on", "finally"]);
    expect([other.state, task.state]).toEqual(["cancelled", "cancelled"]);
    expect(loop.tasks).toEqual([]);
  });

  test("when the start of its own action does it: at once, and the action's cleanup runs once", () => {
    const { loop, note, frame } = harness();
    let cleanups = 0;
    const task: Task<void> = loop.run(function* () {
      try {
        yield* action(() => {
          task.cancel();
          note(task.state);
          return () => cleanups++;
        });
        note("never");
      } finally {
        note("finally");
      }
    });
    expect(frame()).toEqual(["finally", "cancelled"]);
    expect(cleanups).toBe(1);
    expect(task.state).toBe("cancelled");
  });

  test("its spawn that follows starts no child", () => {
    const { loop, note, frame } = harness();
    const task: Task<void> = loop.run(function* () {
      task.cancel();
      yield* spawn(function* () {
        note("child");
      });
    });
    frame();
    expect(frame()).toEqual([]);
    expect(task.children).toEqual([]);
  });
});

describe("cancelling skips catch and runs finally", () => {
  test("from the innermost block to the outermost, through delegated generators", () => {
    const { loop, note, noted, frame } = harness();
    function* inner(): Operation<void> {
      try {
        try {
          yield* never();
        } catch {
          note("caught");
        } finally {
          note("1");
        }
        note("after 1");
      } finally {
        note("2");
      }
    }
    function* outer(): Operation<void> {
      try {
        yield* inner();
        note("after inner");
      } catch {
        note("caught");
      } finally {
        note("3");
      }
    }
    const task = loop.run(function* () {
      try {
        yield* outer();
      } finally {
        note("4");
      }
      note("after all");
    });
    frame();
    task.cancel();
    expect(noted()).toEqual(["1", "2", "3", "4"]);
  });

  test("a return in a finally block does not make it done", async () => {
    const { loop, frame } = harness();
    const task = loop.run(function* (): Operation<number> {
      try {
        yield* never();
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- what happens then is what is tested
        return 5;
      }
    });
    frame();
    task.cancel();
    expect(task.state).toBe("cancelled");
    await expect(task).rejects.toBeInstanceOf(CancelledError);
  });

  test("and finally blocks may start and cancel other tasks", () => {
    const { loop, note, frame } = harness();
    const other = loop.run(held(note, "other"));
    const task = loop.run(function* () {
      try {
        yield* never();
      } finally {
        other.cancel();
        loop.run(function* () {
          note("root");
        });
      }
    });
    frame();
    task.cancel();
    expect(frame()).toEqual(["other", "root"]);
  });

  test("a sibling that a finally block cancels is cancelled once", () => {
    const { loop, note, noted, frame } = harness();
    const parent = loop.run(function* () {
      const first = yield* spawn(held(note, "first"));
      const second = yield* spawn(held(note, "second"));
      yield* spawn(function* () {
        try {
          yield* never();
        } finally {
          first.cancel();
          second.cancel();
          note("third");
        }
      });
      yield* never();
    });
    frame();
    parent.cancel();
    expect(noted()).toEqual(["first", "second", "third"]);
  });
});

describe("a yield while being cancelled", () => {
  test.each<{ what: string; operation: () => Operation<unknown> }>([
    { what: "a frame", operation: () => nextFrame() },
    { what: "a time", operation: () => sleep(5) },
    { what: "a child", operation: () => spawn(never()) },
    { what: "a race", operation: () => race([nextFrame(), sleep(5)]) },
    {
      what: "an event that is set",
      operation: () => {
        const event = new AsyncEvent();
        event.set();
        return event.wait();
      },
    },
  ])("for $what is reported as an error that says so, and the unwinding goes on", ({ operation }) => {
    const { loop, note, frames, noted, reported } = harness();
    function* inner(): Operation<void> {
      try {
        yield* never();
      } finally {
        note("inner");
        yield* operation();
        note("never");
      }
    }
    const task = loop.run(
      function* () {
        try {
          yield* inner();
          note("un-cancelled");
        } finally {
          note("outer");
        }
        note("un-cancelled");
      },
      { name: "drawing" },
    );
    frames(1);
    task.cancel();
    expect(noted()).toEqual(["inner", "outer"]);
    expect(task.state).toBe("cancelled");
    const reports = reported();
    expect(reports).toHaveLength(1);
    expect(reports[0]!.task).toBe(task);
    expect(String(reports[0]!.error)).toMatch(/drawing/);
    expect(String(reports[0]!.error)).toMatch(/finally|cancel|end/);
    expect(frames(3)).toEqual([[], [], []]);
    expect(task.children).toEqual([]);
  });

  test("in several blocks is reported for each", () => {
    const { loop, note, noted, frame, errors } = harness();
    const task = loop.run(function* () {
      try {
        try {
          try {
            yield* never();
          } finally {
            note(1);
            yield* nextFrame();
          }
        } finally {
          note(2);
          yield* nextFrame();
        }
      } finally {
        note(3);
      }
    });
    frame();
    task.cancel();
    expect(noted()).toEqual([1, 2, 3]);
    expect(errors()).toHaveLength(2);
  });

  test("does not disturb what waits next in other tasks", () => {
    const { loop, note, frame, errors } = harness();
    const task = loop.run(function* () {
      try {
        yield* never();
      } finally {
        yield* sleep(1);
      }
    });
    loop.run(function* () {
      yield* nextFrame();
      task.cancel();
      const { index } = yield* nextFrame("render");
      note(index);
      yield* sleep(0);
      note("slept");
    });
    frame();
    expect(frame()).toEqual([1]);
    expect(errors()).toHaveLength(1);
    expect(frame()).toEqual(["slept"]);
  });

  test("that never ends is bounded, and the loop goes on", () => {
    const { loop, note, frame, errors } = harness();
    const task = loop.run(function* () {
      while (true) {
        try {
          yield* nextFrame();
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- a task that will not end
          continue;
        }
      }
    });
    loop.run(function* () {
      yield* sleep(0);
      note("other");
    });
    frame();
    task.cancel();
    expect(task.state).toBe("cancelled");
    expect(errors().length).toBeGreaterThan(0);
    expect(frame()).toEqual(["other"]);
    expect(frame()).toEqual([]);
  });

  test("by a child makes no difference to its parent and siblings", () => {
    const { loop, note, noted, frame, errors } = harness();
    const parent = loop.run(function* () {
      yield* spawn(held(note, "sibling"));
      yield* spawn(function* () {
        try {
          yield* never();
        } finally {
          yield* nextFrame();
        }
      });
      yield* held(note, "parent");
    });
    frame();
    parent.cancel();
    expect(noted()).toEqual(["sibling", "parent"]);
    expect(errors()).toHaveLength(1);
  });
});

describe("errors in cleanup", () => {
  test("of an action, a child and a finally block go to onError, once each; cancel does not throw", () => {
    const { loop, note, noted, frame, reported } = harness();
    const faults = ["wait", "child", "inner"].map((name) => new Error(name));
    const wait = pending(() => {
      throw faults[0];
    });
    let child: Task<void> | undefined;
    const task = loop.run(function* () {
      try {
        child = yield* spawn(function* () {
          try {
            yield* never();
          } finally {
            // oxlint-disable-next-line no-unsafe-finally -- what happens then is what is tested
            throw faults[1];
          }
        });
        try {
          yield* wait.wait;
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- what happens then is what is tested
          throw faults[2];
        }
      } finally {
        note("outer");
      }
    });
    frame();
    task.cancel();
    expect(noted()).toEqual(["outer"]);
    const reports = reported();
    expect(reports.map(({ error }) => error)).toEqual(faults);
    expect(reports.map((report) => report.task === task || report.task === child)).toEqual([
      true,
      true,
      true,
    ]);
    expect(task.state).toBe("cancelled");
    frame();
  });

  test("of one child do not keep its siblings from being cancelled", () => {
    const { loop, note, noted, frame, errors } = harness();
    const fault = new Error("fault");
    const parent = loop.run(function* () {
      yield* spawn(held(note, "oldest"));
      yield* spawn(function* () {
        try {
          yield* never();
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- what happens then is what is tested
          throw fault;
        }
      });
      yield* spawn(held(note, "newest"));
      yield* never();
    });
    frame();
    parent.cancel();
    expect(noted()).toEqual(["newest", "oldest"]);
    expect(errors()).toEqual([fault]);
  });

  test("with a throwing onError: cancel still does not throw, and nothing is left undone", () => {
    vi.stubGlobal("reportError", undefined);
    const consoleError = vi.spyOn(console, "error").mockImplementation(() => {});
    const log: string[] = [];
    const { loop, frame } = harness({
      onError: () => {
        throw new Error("from onError");
      },
    });
    const wait = pending(() => {
      throw new Error("cleanup");
    });
    const task = loop.run(function* () {
      try {
        yield* spawn(held((name) => log.push(name), "child"));
        yield* wait.wait;
      } finally {
        log.push("finally");
      }
    });
    frame();
    expect(() => task.cancel()).not.toThrow();
    expect(log).toEqual(["child", "finally"]);
    expect(consoleError).toHaveBeenCalled();
    vi.unstubAllGlobals();
    consoleError.mockRestore();
  });

  test("where the cancelled body catches an inner cleanup's error and waits on: the wait is refused too", () => {
    const { loop, note, noted, frame, frames, errors } = harness();
    const task = loop.run(function* () {
      try {
        try {
          yield* never();
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- what happens then is what is tested
          throw new Error("cleanup");
        }
      } catch {
        note("caught");
      }
      yield* nextFrame();
      note("un-cancelled");
    });
    frame();
    task.cancel();
    expect(task.state).toBe("cancelled");
    expect(noted()).toEqual(["caught"]);
    expect(errors()).toHaveLength(1);
    expect(frames(2)).toEqual([[], []]);
  });
});

test("a child whose cleanup cancels its parent is cleaned up once", () => {
  const { loop, note, noted, frame } = harness();
  const children: Task<unknown>[] = [];
  const parent = loop.run(function* () {
    try {
      children.push(
        yield* spawn(function* () {
          try {
            yield* never();
          } finally {
            parent.cancel();
            note("child");
          }
        }),
      );
      yield* never();
    } finally {
      note("parent");
    }
  });
  frame();
  children[0]!.cancel();
  expect(noted()).toEqual(["parent", "child"]);
  expect([parent.state, children[0]!.state]).toEqual(["cancelled", "cancelled"]);
  expect(loop.tasks).toEqual([]);
});

describe("whoever waits for a cancelled task", () => {
  test("gets a CancelledError that names it, inside the frame", () => {
    const { loop, note, noted, frame } = harness();
    const task = loop.run(never(), { name: "harry" });
    loop.run(function* () {
      try {
        yield* task;
      } catch (error) {
        note(error instanceof CancelledError, error instanceof Error, String(error));
      }
    });
    frame();
    task.cancel();
    expect(noted()).toEqual([]);
    expect(frame()).toEqual([true, true, 'CancelledError: task "harry" was cancelled']);
  });

  test("later gets one too", async () => {
    const { loop, note, frame } = harness();
    const task = loop.run(never());
    task.cancel();
    frame();
    loop.run(function* () {
      try {
        yield* task;
      } catch (error) {
        note(error instanceof CancelledError);
      }
    });
    expect(frame()).toEqual([true]);
    await expect(task).rejects.toBeInstanceOf(CancelledError);
  });

  test("and does not catch it has failed like any other", () => {
    const { loop, frame, errors } = harness();
    const task = loop.run(never());
    const waiter = loop.run(function* () {
      yield* task;
    });
    frame();
    task.cancel();
    frame();
    expect(waiter.state).toBe("failed");
    const [error] = errors();
    expect(error).toBeInstanceOf(CancelledError);
  });

  test("within the task that cancels it, gets it at once", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      const child = yield* spawn(never());
      yield* nextFrame();
      const before = loop.frame;
      child.cancel();
      try {
        yield* child;
      } catch (error) {
        note(error instanceof CancelledError, loop.frame === before);
      }
    });
    frame();
    expect(frame()).toEqual([true, true]);
  });
});

describe("cancellation itself", () => {
  test("is never reported, and a cancelled child is no error of its parent", () => {
    const { loop, note, frame, errors } = harness();
    const parent = loop.run(function* () {
      const child = yield* spawn(never());
      yield* nextFrame();
      child.cancel();
      yield* nextFrame();
      note("parent goes on");
    });
    frame();
    frame();
    expect(frame()).toEqual(["parent goes on"]);
    expect(parent.state).toBe("done");
    loop.run(never());
    frame();
    loop.stop();
    expect(errors()).toEqual([]);
  });

  test("has no effect on a task that only is waited for", () => {
    const { loop, note, frame } = harness();
    const shared = loop.run(function* () {
      yield* sleep(20);
      return "shared";
    });
    const waiter = loop.run(function* () {
      yield* shared;
    });
    loop.run(function* () {
      note(yield* shared);
    });
    frame();
    waiter.cancel();
    expect(shared.state).toBe("waiting");
    expect([frame(), frame()].flat()).toEqual(["shared"]);
  });
});

describe("a spawn in a finally block of a cancelled task", () => {
  test.each(["in a turn of a phase", "after one", "outside of a frame"])(
    "is refused %s, and is nobody else's child",
    (where) => {
      const { loop, note, frame, errors } = harness();
      function* intruder(): Operation<void> {
        note("intruder");
      }
      const victim = loop.run(function* () {
        try {
          yield* never();
        } finally {
          yield* spawn(intruder);
        }
      });
      const event = new AsyncEvent();
      const canceller = loop.run(function* () {
        yield* nextFrame();
        if (where === "outside of a frame") yield* never();
        if (where === "after one") yield* event.wait();
        victim.cancel();
        note(canceller.children.length);
        yield* spawn(intruder);
        note(canceller.children.length);
        yield* nextFrame();
      });
      loop.run(function* () {
        yield* nextFrame();
        event.set();
      });
      frame();
      const notes = frame();
      if (where === "outside of a frame") victim.cancel();
      expect(notes).toEqual(where === "outside of a frame" ? [] : [0, 1, "intruder"]);
      expect(victim.state).toBe("cancelled");
      expect(errors().map(String)).toEqual([expect.stringContaining("finally")]);
    },
  );
});

test("a spawn in a finally block that has cancelled another task is refused, and is nobody else's child", () => {
  const { loop, note, frame, errors } = harness();
  const third = loop.run(held(note, "third"));
  const second = loop.run(function* () {
    try {
      yield* never();
    } finally {
      third.cancel();
      yield* spawn(held(note, "intruder"));
    }
  });
  const first = loop.run(function* () {
    yield* nextFrame();
    second.cancel();
    note(first.children.length);
    yield* spawn(held(note, "child"));
    note(first.children.length);
    yield* never();
  });
  frame();
  expect(frame()).toEqual(["third", 0, 1]);
  expect(errors().map(String)).toEqual([expect.stringContaining("finally")]);
  first.cancel();
});

describe("a tree of many levels", () => {
  const levels = 9000;

  function* deep(left: number, ended: () => void): Operation<void> {
    try {
      if (left > 1) yield* spawn(deep(left - 1, ended));
      yield* never();
    } finally {
      ended();
    }
  }

  test.each<{ how: string; end: (root: Task<void>, stop: () => void) => void }>([
    { how: "cancelled", end: (root) => root.cancel() },
    { how: "stopped", end: (_, stop) => stop() },
  ])("is $how to the last of them", ({ end }) => {
    const { loop, frame } = harness();
    let ended = 0;
    const root = loop.run(deep(levels, () => ended++));
    frame();
    frame();
    frame();
    end(root, () => loop.stop());
    expect([root.state, ended, loop.tasks]).toEqual(["cancelled", levels, []]);
  });

  test("ends with the body of its root", () => {
    const { loop, frame } = harness();
    let ended = 0;
    const root = loop.run(function* () {
      yield* spawn(deep(levels, () => ended++));
      for (let i = 0; i < 4; i++) yield* nextFrame();
    });
    for (let i = 0; i < 6; i++) frame();
    expect([root.state, ended, loop.tasks]).toEqual(["done", levels, []]);
  });

  test("fails from the last of them to the first", () => {
    const { loop, frame, errors } = harness();
    const fault = new Error("deep");
    function* failing(left: number): Operation<void> {
      if (left === 0) throw fault;
      yield* yield* spawn(failing(left - 1));
    }
    const root = loop.run(failing(4500));
    frame();
    frame();
    expect([root.state, errors()]).toEqual(["failed", [fault]]);
  });
});

test("a target that refuses to remove its listener keeps nobody from being cancelled, and is reported", () => {
  const { loop, note, frame, errors } = harness();
  const fault = new Error("stays");
  class Sticky extends EventTarget {
    override removeEventListener(): never {
      throw fault;
    }
  }
  function* listening(name: string): Operation<void> {
    const sub = yield* on(new Sticky(), "click");
    try {
      yield* sub.next();
    } finally {
      note(name);
    }
  }
  const tasks = ["one", "two"].map((name) => loop.run(listening(name)));
  frame();
  for (const task of tasks) task.cancel();
  expect(frame()).toEqual(["one", "two"]);
  expect(tasks.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
  expect(errors()).toEqual([fault, fault]);
});
