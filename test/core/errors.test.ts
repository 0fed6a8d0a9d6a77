import {
  action,
  all,
  AsyncEvent,
  CancelledError,
  nextFrame,
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

/** Fails when an event is set, or at its first step. */
function* failing(error: unknown, event?: AsyncEvent): Operation<never> {
  if (event) yield* event.wait();
  throw error;
}

const fault = new Error("fault");

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe("a failure goes to those who wait for the task", () => {
  test("by yield*, and to nobody else", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      const child = yield* spawn(failing(fault, event));
      try {
        yield* child;
      } catch (error) {
        note(error);
      }
      yield* nextFrame("after");
      note("goes on");
    });
    frame();
    event.set();
    expect(frame()).toEqual([fault, "goes on"]);
  });

  test("to all of them, the same error, in order", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const task = loop.run(failing(fault, event));
    for (const name of ["a", "b"]) {
      loop.run(function* () {
        try {
          yield* task;
        } catch (error) {
          note(name, error === fault);
        }
      });
    }
    frame();
    event.set();
    expect(frame()).toEqual(["a", true, "b", true]);
  });

  test("by await, and is not reported then", async () => {
    const { loop, frame } = harness();
    const task = loop.run(failing(fault));
    const caught = task.catch((error: unknown) => error);
    frame();
    expect(await caught).toBe(fault);
  });

  test("also to one who comes later, after it has been reported", async () => {
    const { loop, note, frame, errors } = harness();
    const task = loop.run(failing(fault));
    frame();
    expect(errors()).toEqual([fault]);
    loop.run(function* () {
      try {
        yield* task;
      } catch (error) {
        note(error === fault);
      }
    });
    expect(frame()).toEqual([true]);
    await expect(task).rejects.toBe(fault);
    expect(errors()).toEqual([]);
  });

  test("not to its parent if another task waits for it", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    let child: Task<never> | undefined;
    const parent = loop.run(function* () {
      child = yield* spawn(failing(fault, event));
      yield* nextFrame();
      yield* nextFrame();
      note("parent goes on");
    });
    loop.run(function* () {
      try {
        yield* child!;
      } catch (error) {
        note(error === fault);
      }
    });
    frame();
    event.set();
    expect(frame()).toEqual([true]);
    expect(frame()).toEqual(["parent goes on"]);
    expect(parent.state).toBe("done");
  });
});

describe("a failure that nobody waits for goes up, exactly once", () => {
  const target = new CountedTarget();
  test.each<{ what: string; operation: () => Operation<unknown> }>([
    { what: "a frame", operation: () => nextFrame() },
    { what: "a time", operation: () => sleep(1000) },
    { what: "an event", operation: () => new AsyncEvent().wait() },
    { what: "an event of a target", operation: () => once(target, "click") },
    { what: "an action", operation: () => never() },
    { what: "a promise", operation: () => until(new Promise(() => {})) },
    { what: "all of several", operation: () => all([never(), sleep(1000), never()]) },
    { what: "one of several", operation: () => race([never(), once(target, "click")]) },
    { what: "a limited time", operation: () => timeout(1000, never()) },
    {
      what: "another child",
      *operation() {
        const child = yield* spawn(never());
        yield* child;
      },
    },
    {
      what: "a generator that it delegates to",
      *operation() {
        yield* never();
      },
    },
  ])("thrown into the parent while that waits for $what", ({ operation }) => {
    const { loop, driver, note, frame } = harness();
    const event = new AsyncEvent();
    // With a signal: a task that has more about it than most is treated no differently.
    const { signal } = new AbortController();
    const body = function* (): Operation<void> {
      yield* spawn(failing(fault, event));
      try {
        yield* operation();
        note("resumed");
      } catch (error) {
        note(error);
      }
      yield* never();
    };
    const parent = loop.run(body, { signal });
    frame();
    event.set();
    expect(frame()).toEqual([fault]);
    expect(target.listeners).toBe(0);
    expect(frame(5000)).toEqual([]);
    expect(driver.wakeTime).toBe(Infinity);
    expect(parent.state).toBe("waiting");
  });

  test("in the same frame", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* spawn(function* () {
        yield* nextFrame("render");
        note(loop.frame?.index);
        throw fault;
      });
      try {
        yield* never();
      } catch {
        note(loop.frame?.index);
      }
    });
    expect(frame()).toEqual([0, 0]);
  });

  test("at its next wait, if the parent has already been resumed", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* spawn(function* () {
        yield* nextFrame();
        event.set();
        throw fault;
      });
      yield* event.wait();
      note("resumed");
      try {
        yield* never();
      } catch (error) {
        note(error);
      }
    });
    frame();
    expect(frame()).toEqual(["resumed", fault]);
  });

  test("and it is not lost if the parent has no next wait: then it is the parent's own", () => {
    const { loop, note, frame, reported } = harness();
    const event = new AsyncEvent();
    const parent = loop.run(function* () {
      yield* spawn(function* () {
        yield* nextFrame();
        event.set();
        throw fault;
      });
      yield* event.wait();
      note("returns");
      return "result";
    });
    frame();
    expect(frame()).toEqual(["returns"]);
    expect(parent.state).toBe("failed");
    expect(reported()).toEqual([{ error: fault, task: expect.anything() as unknown }]);
  });

  test("and up again from a parent that does not catch it, whose other children are cancelled", () => {
    const { loop, note, frame, reported } = harness();
    const event = new AsyncEvent();
    const root = loop.run(
      function* () {
        yield* spawn(
          function* () {
            yield* spawn(function* () {
              try {
                yield* never();
              } finally {
                note("sibling");
              }
            });
            yield* spawn(failing(fault, event), { name: "leaf" });
            try {
              yield* never();
            } finally {
              note("middle");
            }
          },
          { name: "middle" },
        );
        try {
          yield* never();
        } finally {
          note("root");
        }
      },
      { name: "root" },
    );
    frame();
    event.set();
    expect(frame()).toEqual(["middle", "sibling", "root"]);
    expect(root.state).toBe("failed");
    const reports = reported();
    expect(reports.map(({ error }) => error)).toEqual([fault]);
    expect(reports[0]!.task).toBe(root);
  });

  test("stops where it is caught", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const root = loop.run(function* () {
      yield* spawn(function* () {
        yield* spawn(failing(fault, event));
        try {
          yield* never();
        } catch (error) {
          note(error);
        }
      });
      yield* nextFrame("after");
      yield* nextFrame("after");
      note("root goes on");
    });
    frame();
    event.set();
    expect(frame()).toEqual([fault, "root goes on"]);
    expect(root.state).toBe("done");
  });

  test("two of them: the second at the wait after that", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* spawn(failing("first", event));
      yield* spawn(failing("second", event));
      for (let i = 0; i < 2; i++) {
        try {
          yield* never();
        } catch (error) {
          note(error);
        }
      }
      yield* nextFrame("after");
      note("goes on");
    });
    frame();
    event.set();
    expect(frame()).toEqual(["first", "second", "goes on"]);
  });

  test("two of them, and the first ends the parent: the second is not lost", () => {
    const { loop, frame, errors } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* spawn(failing("first", event));
      yield* spawn(failing("second", event));
      yield* never();
    });
    frame();
    event.set();
    frame();
    expect(errors().toSorted()).toEqual(["first", "second"]);
  });

  test("at the root to onError, with the task", () => {
    const { loop, frame, reported } = harness();
    const tasks = [new Error("a"), new Error("b")].map((error) => loop.run(failing(error)));
    frame();
    const reports = reported();
    expect(reports.map(({ error }) => String(error))).toEqual(["Error: a", "Error: b"]);
    expect(reports.map(({ task }, index) => task === tasks[index])).toEqual([true, true]);
    frame();
  });

  test("to onError if its parent is being cancelled", () => {
    const { loop, frame, errors } = harness();
    const parent = loop.run(function* () {
      yield* spawn(function* () {
        parent.cancel();
        throw fault;
      });
      yield* never();
    });
    frame();
    expect(errors()).toEqual([fault]);
    expect(parent.state).toBe("cancelled");
    expect(loop.tasks).toEqual([]);
  });

  test("a failure of a waiter is its own: the parent of the task that failed has no part in it", () => {
    const { loop, note, frame, errors } = harness();
    const event = new AsyncEvent();
    let child: Task<never> | undefined;
    loop.run(function* () {
      child = yield* spawn(failing(fault, event));
      yield* nextFrame("after");
      yield* nextFrame("after");
      note("parent goes on");
    });
    const waiter = loop.run(function* () {
      yield* child!;
    });
    frame();
    event.set();
    expect(frame()).toEqual(["parent goes on"]);
    expect(waiter.state).toBe("failed");
    expect(errors()).toEqual([fault]);
  });
});

describe("where an error goes that no task takes", () => {
  test("to the platform's reportError, where there is one", () => {
    const reportError = vi.fn<(error: unknown) => void>();
    vi.stubGlobal("reportError", reportError);
    const { loop, frame } = harness({ onError: undefined });
    loop.run(failing(fault));
    frame();
    expect(reportError.mock.calls).toEqual([[fault]]);
    vi.unstubAllGlobals();
  });

  test("else to the console", () => {
    vi.stubGlobal("reportError", undefined);
    const consoleError = vi.spyOn(console, "error").mockImplementation(() => {});
    const { loop, frame } = harness({ onError: undefined });
    loop.run(failing(fault));
    frame();
    expect(consoleError.mock.calls).toEqual([[fault]]);
    vi.unstubAllGlobals();
    consoleError.mockRestore();
  });

  test("an onError that throws loses neither the error nor the loop", () => {
    vi.stubGlobal("reportError", undefined);
    const consoleError = vi.spyOn(console, "error").mockImplementation(() => {});
    const second = new Error("from onError");
    const { loop, note, frame } = harness({
      onError: () => {
        throw second;
      },
    });
    for (let i = 0; i < 2; i++) loop.run(failing(fault));
    loop.run(function* () {
      while (true) {
        note("goes on");
        yield* nextFrame();
      }
    });
    expect(frame()).toEqual(["goes on"]);
    expect(frame()).toEqual(["goes on"]);
    expect(consoleError.mock.calls.flat()).toEqual([fault, second, fault, second]);
    vi.unstubAllGlobals();
    consoleError.mockRestore();
  });
});

describe("one throwing task never stops the loop, the frame, or the next frame", () => {
  const cases: { where: string; body: (arrival: Operation<unknown>) => Operation<void> }[] = [
    { where: "its first step", *body() {} },
    ...(["update", "render", "after"] as Phase[]).map((phase) => ({
      where: phase,
      *body(): Operation<void> {
        yield* sleep(1);
        yield* nextFrame(phase);
      },
    })),
    {
      where: "a completion",
      *body(arrival) {
        yield* arrival;
      },
    },
    {
      where: "a timer",
      *body() {
        yield* sleep(1);
      },
    },
    {
      where: "a wait that was settled",
      *body() {
        yield* action((resolve) => resolve(1));
      },
    },
  ];

  test.each(cases)("in $where", ({ where, body }) => {
    const { loop, note, frame, errors } = harness();
    const arrivals = Array.from({ length: 3 }, () => pending());
    arrivals.forEach(({ wait }, index) => {
      loop.run(function* () {
        yield* body(wait);
        if (index === 1) throw fault;
        note(index);
      });
    });
    loop.run(function* () {
      while (true) {
        yield* nextFrame("after");
        note("frame");
      }
    });
    const first = frame();
    for (const { resolve } of arrivals) resolve();
    const notes = where.startsWith("a wait") || where === "its first step" ? first : frame();
    expect(notes.filter((entry) => entry !== "frame")).toEqual([0, 2]);
    expect(notes).toContain("frame");
    expect(errors()).toEqual([fault]);
    expect(frame()).toEqual(["frame"]);
    expect(errors()).toEqual([]);
  });

  test("in a pump", () => {
    const { loop, note, pump, errors } = harness();
    loop.run(failing(fault));
    loop.run(function* () {
      note("other");
    });
    expect(pump()).toEqual(["other"]);
    expect(errors()).toEqual([fault]);
  });

  test("one that failed is never stepped again", () => {
    const { loop, note, frames, errors } = harness();
    loop.run(function* () {
      while (true) {
        note("step");
        yield* nextFrame();
        throw fault;
      }
    });
    expect(frames(3)).toEqual([["step"], [], []]);
    expect(errors()).toEqual([fault]);
  });
});

describe("body error and cleanup error are both kept", () => {
  test("the body's goes to the waiter, that of a child's cleanup to onError", () => {
    const { loop, note, frame, errors } = harness();
    const cleanup = new Error("cleanup");
    const task = loop.run(function* () {
      yield* spawn(function* () {
        try {
          yield* never();
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- what happens then is what is tested
          throw cleanup;
        }
      });
      yield* nextFrame();
      throw fault;
    });
    loop.run(function* () {
      try {
        yield* task;
      } catch (error) {
        note(error);
      }
    });
    frame();
    expect(frame()).toEqual([fault]);
    expect(errors()).toEqual([cleanup]);
  });

  test("that of an action's cleanup too, and the value or error of the wait stands", () => {
    const { loop, note, frame, errors } = harness();
    const cleanup = new Error("cleanup");
    const fails = () => {
      throw cleanup;
    };
    const good = pending<number>(fails);
    const bad = pending<number>(fails);
    loop.run(function* () {
      note(yield* good.wait);
      try {
        yield* bad.wait;
      } catch (error) {
        note(error);
      }
    });
    frame();
    good.resolve(5);
    expect(frame()).toEqual([5]);
    bad.reject(fault);
    expect(frame()).toEqual([fault]);
    expect(errors()).toEqual([cleanup, cleanup]);
  });
});

describe("errors say where", () => {
  /** Runs a tree of named tasks whose leaf fails, and gives what is reported. */
  function reportedFrom(leaf: () => Operation<unknown>): Error {
    const { loop, frames, errors } = harness();
    loop.run(
      function* () {
        yield* spawn(
          function* () {
            yield* spawn(leaf, { name: "the leaf" });
            yield* never();
          },
          { name: "the branch" },
        );
        yield* never();
      },
      { name: "the root" },
    );
    frames(3);
    return errors()[0] as Error;
  }

  test("with the names of the tasks, from the root to the one that failed", () => {
    const error = reportedFrom(function* () {
      yield* nextFrame();
      throw new Error("fault");
    });
    expect((error as { taskChain?: string[] }).taskChain).toEqual(["the root", "the branch", "the leaf"]);
    expect(error.stack).toMatch(/\n  in task the root > the branch > the leaf\n/);
    expect(error.message).toBe("fault");
  });

  test("also that of a cleanup, which goes straight to onError", () => {
    const { loop, frame, errors } = harness();
    const task = loop.run(
      function* () {
        try {
          yield* never();
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- what is tested
          throw new Error("fault");
        }
      },
      { name: "untidy" },
    );
    frame();
    task.cancel();
    expect((errors()[0] as { taskChain?: string[] }).taskChain).toEqual(["untidy"]);
  });

  test("an error that is a result, and not thrown, is left as it is", async () => {
    const { loop, frame } = harness();
    const result = new Error("a result");
    const { stack } = result;
    const task = loop.run(function* () {
      return result;
    });
    frame();
    expect(await task).toBe(result);
    expect(result).not.toHaveProperty("taskChain");
    expect(result.stack).toBe(stack);
  });

  test("as a property that whoever keeps the error may take away", () => {
    const error = reportedFrom(function* () {
      throw new Error("fault");
    }) as { taskChain?: string[] };
    delete error.taskChain;
    expect(error.taskChain).toBeUndefined();
  });

  test("but not on what is thrown without being an error, nor on one without a stack", () => {
    const thrown: object = {};
    expect(
      reportedFrom(function* () {
        yield* nextFrame();
        throw thrown;
      }),
    ).toBe(thrown);
    expect(Reflect.ownKeys(thrown)).toEqual([]);
    const { stack } = reportedFrom(function* () {
      throw Object.assign(new Error("fault"), { stack: undefined });
    });
    expect(stack).toBeUndefined();
  });

  test("with the stack of the yield* that waited, through all delegation", () => {
    function* innermostWait(): Operation<void> {
      yield* action((_, reject) => {
        setTimeoutLike(() => reject(new Error("from outside")));
      });
    }
    function* delegates(): Operation<void> {
      yield* innermostWait();
    }
    let late = () => {};
    const setTimeoutLike = (call: () => void) => {
      late = call;
    };
    const { loop, frame, errors } = harness();
    loop.run(function* bodyOfTask() {
      yield* delegates();
    });
    frame();
    late();
    frame();
    const [error] = errors() as Error[];
    expect(error!.stack).toMatch(/from outside/);
    expect(error!.stack).toMatch(/innermostWait[^]*delegates[^]*bodyOfTask/);
    // The kit's own functions, on top of it and below, say nothing.
    expect(error!.stack).toMatch(
      /\n {2}waited for at\n.*\binnermostWait\b.*\n.*\bdelegates\b.*\n.*\bbodyOfTask\b.*\n {2}in task bodyOfTask$/,
    );
  });

  test.each<{ what: string; wait: () => Operation<unknown> }>([
    { what: "a promise", wait: () => until(Promise.reject(new Error("fault"))) },
    { what: "a time limit", wait: () => timeout(1, never()) },
    { what: "a combinator", wait: () => all([until(Promise.reject(new Error("fault")))]) },
    { what: "another task", wait: () => spawnFailing() },
  ])("with that of a wait for $what", async ({ wait }) => {
    const { loop, frame, errors } = harness();
    loop.run(function* () {
      yield* (function* theWaiter(): Operation<unknown> {
        return yield* wait();
      })();
    });
    for (let i = 0; i < 3; i++) {
      frame();
      await macrotask();
    }
    const [error] = errors() as Error[];
    expect(error!.stack).toMatch(/theWaiter/);
  });

  function* spawnFailing(): Operation<unknown> {
    const child = yield* spawn(function* () {
      yield* nextFrame();
      throw new Error("fault");
    });
    return yield* child;
  }

  test("without growing, however often the same error is thrown", () => {
    const { loop, note, frame, frames, errors } = harness();
    const error = new Error("again and again");
    const task = loop.run(failing(error));
    frame();
    errors();
    loop.run(function* () {
      while (true) {
        try {
          yield* task;
        } catch {
          note(error.stack?.length);
        }
        yield* nextFrame();
      }
    });
    // Asked at one place: some engines have the whole stack, down to this test.
    const lengths: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      frames(100);
      lengths.push(...frame());
    }
    expect(lengths[3]).toBe(lengths[1]);
  });

  const frozen = Object.freeze(new Error("frozen"));
  const sealed = Object.preventExtensions(new Error("sealed"));
  class Guarded extends Error {
    override get stack(): string {
      return "no stack of mine";
    }
  }
  const throwing: ProxyHandler<Error> = {
    has: () => {
      throw new Error("has");
    },
    get: (target, key) => (key === "stack" ? "no stack" : Reflect.get(target, key)),
  };
  test.each<{ what: string; thrown: unknown }>([
    { what: "a frozen error", thrown: frozen },
    { what: "one that can't be extended", thrown: sealed },
    { what: "one whose stack is read-only", thrown: new Guarded("guarded") },
    { what: "a string", thrown: "fault" },
    { what: "undefined", thrown: undefined },
    { what: "null", thrown: null },
    { what: "zero", thrown: 0 },
    { what: "a symbol", thrown: Symbol("fault") },
    { what: "an object", thrown: Object.freeze({ code: 7 }) },
    { what: "a function", thrown: () => 5 },
    { what: "a proxy that allows nothing", thrown: new Proxy({}, { get: () => 5, has: () => false }) },
    { what: "a proxy that was revoked", thrown: revoked() },
    { what: "an error behind a proxy that throws", thrown: new Proxy(new Error("hidden"), throwing) },
  ])("and $what passes unharmed, on every way", async ({ thrown }) => {
    const { loop, note, frame, errors } = harness();
    // From a body to a waiter.
    const task = loop.run(failing(thrown));
    const awaited = task.then(
      () => "no error",
      (error: unknown) => Object.is(error, thrown),
    );
    loop.run(function* () {
      try {
        yield* task;
      } catch (error) {
        note(error === thrown);
      }
    });
    // From an action, through a combinator, from a child into its parent.
    const arrival = pending();
    loop.run(function* () {
      yield* spawn(function* () {
        yield* all([arrival.wait]);
      });
      try {
        yield* never();
      } catch (error) {
        note(error === thrown);
      }
    });
    // To onError.
    loop.run(failing(thrown));
    expect(frame()).toEqual([true]);
    arrival.reject(thrown);
    expect(frame()).toEqual([true]);
    const reports = errors();
    expect(reports).toHaveLength(1);
    expect(Object.is(reports[0], thrown)).toBe(true);
    expect(await awaited).toBe(true);
  });

  test("an error of a child is the very same in its parent, in a combinator, in a promise", async () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const root = loop.run(function* () {
      try {
        yield* all([failing(fault, event), never()]);
      } catch (error) {
        note(error === fault);
      }
      throw fault;
    });
    const caught = root.catch((error: unknown) => error);
    frame();
    event.set();
    expect(frame()).toEqual([true]);
    expect(await caught).toBe(fault);
  });

  test("an error that is caught and thrown again on its way up keeps the names of where it began", () => {
    const error = reportedFrom(function* () {
      try {
        yield* (function* (): Operation<void> {
          throw new Error("fault");
        })();
      } catch (caught) {
        yield* nextFrame();
        throw caught;
      }
    });
    expect((error as { taskChain?: string[] }).taskChain).toEqual(["the root", "the branch", "the leaf"]);
  });

  test("a CancelledError that goes up names the task that was cancelled", () => {
    const { loop, frames, errors } = harness();
    loop.run(
      function* () {
        const child = yield* spawn(never(), { name: "the child" });
        child.cancel();
        yield* child;
      },
      { name: "the parent" },
    );
    frames(1);
    const [error] = errors();
    expect(error).toBeInstanceOf(CancelledError);
    expect(String(error)).toMatch(/the child/);
    expect((error as { taskChain?: string[] }).taskChain).toEqual(["the parent"]);
  });
});

test("a page that makes something else of its stacks gets its errors all the same", () => {
  const { loop, note, frame } = harness();
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_, sites) => sites;
  try {
    const arrival = pending();
    loop.run(function* () {
      try {
        yield* arrival.wait;
      } catch (error) {
        note(error);
      }
    });
    frame();
    arrival.reject(fault);
    expect(frame()).toEqual([fault]);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
});

describe("an iterator that breaks the rules", () => {
  const strange: Record<string, () => unknown> = {
    "gives undefined": () => undefined,
    "gives null": () => null,
    "gives a result whose done throws": () => ({
      get done() {
        throw fault;
      },
    }),
    "gives a result whose value throws": () => ({
      done: true,
      get value() {
        throw fault;
      },
    }),
  };

  test.each(Object.keys(strange))("that %s fails its task alone", (what) => {
    const { loop, note, frame, errors } = harness();
    const wait = nextFrame()[Symbol.iterator]();
    let steps = 0;
    const iterator = {
      next: (resumed?: unknown) => (++steps === 1 ? wait.next(resumed) : strange[what]!()),
      throw: () => ({ done: true }),
      return: () => ({ done: true }),
    };
    function* ordinary(): Operation<void> {
      for (;;) note((yield* nextFrame()).index);
    }
    loop.run(ordinary());
    const task = loop.run({ [Symbol.iterator]: () => iterator } as unknown as Operation<void>);
    loop.run(ordinary());
    frame();
    expect(frame()).toEqual([1, 1]);
    expect(frame()).toEqual([2, 2]);
    expect(task.state).toBe("failed");
    expect(errors()).toHaveLength(1);
  });
});
