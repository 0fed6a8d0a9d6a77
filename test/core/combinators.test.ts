import {
  action,
  all,
  allSettled,
  any,
  AsyncEvent,
  CancelledError,
  Channel,
  nextFrame,
  race,
  sleep,
  spawn,
  timeout,
  TimeoutError,
  until,
  type Action,
  type Operation,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness, macrotask, type Harness } from "../support/harness.ts";
import { never, pending, type Pending } from "../support/pending.ts";

const fault = new Error("fault");

/** Notes what an operation comes to. */
function outcome({ loop, note }: Harness, operation: () => Operation<unknown>) {
  return loop.run(function* () {
    try {
      note(["value", yield* operation()]);
    } catch (error) {
      note(["error", error]);
    }
  });
}

/** Notes when it is unwound. */
function* held(note: (name: string) => void, name: string): Operation<never> {
  try {
    return yield* never();
  } finally {
    note(name);
  }
}

function* failing(error: unknown): Operation<never> {
  throw error;
}

type Combine = (parts: Operation<unknown>[]) => Action<unknown>;
const COMBINATORS: { name: string; combine: Combine }[] = [
  { name: "all", combine: all },
  { name: "allSettled", combine: allSettled },
  { name: "race", combine: race },
  { name: "any", combine: any },
];

describe("all", () => {
  test("gives the results in the order of the array, once the last has come", () => {
    const h = harness();
    const parts = ["a", "b", "c"].map(() => pending<string>());
    outcome(h, () => all(parts.map(({ wait }) => wait)));
    h.frame();
    parts[2]!.resolve("c");
    parts[0]!.resolve("a");
    expect(h.frame()).toEqual([]);
    parts[1]!.resolve("b");
    expect(h.frame()).toEqual([["value", ["a", "b", "c"]]]);
  });

  test("takes actions, generators, tasks and combinators", () => {
    const h = harness();
    const task = h.loop.run(function* () {
      return "task";
    });
    outcome(h, () =>
      all([
        action<string>((resolve) => resolve("action")),
        (function* () {
          yield* nextFrame("render");
          return "generator";
        })(),
        task,
        all([race([action<string>((resolve) => resolve("nested"))])]),
      ]),
    );
    expect(h.frame()).toEqual([["value", ["action", "generator", "task", ["nested"]]]]);
  });

  test("of nothing gives an empty array, at once", () => {
    const h = harness();
    outcome(h, () => all([]));
    expect(h.frame()).toEqual([["value", []]]);
  });

  test("throws the first error, and cancels the others before that", () => {
    const h = harness();
    const arrival = pending();
    outcome(h, () => all([held(h.note, "first"), arrival.wait, held(h.note, "third")]));
    h.frame();
    arrival.reject(fault);
    expect(h.frame()).toEqual(["third", "first", ["error", fault]]);
  });

  test("throws the first of two errors in one frame, and the other one is not reported", () => {
    const h = harness();
    const event = new AsyncEvent();
    const fails = (name: string) =>
      function* (): Operation<never> {
        yield* event.wait();
        throw new Error(name);
      };
    outcome(h, () => all([fails("a")(), fails("b")()]));
    h.frame();
    event.set();
    expect(h.frame()).toEqual([["error", new Error("a")]]);
  });
});

describe("allSettled", () => {
  test("gives what Promise.allSettled gives", () => {
    const h = harness();
    const arrival = pending<string>();
    outcome(h, () => allSettled([arrival.wait, failing(fault), action<number>((resolve) => resolve(5))]));
    h.frame();
    arrival.resolve("late");
    expect(h.frame()).toEqual([
      [
        "value",
        [
          { status: "fulfilled", value: "late" },
          { status: "rejected", reason: fault },
          { status: "fulfilled", value: 5 },
        ],
      ],
    ]);
  });

  test("of nothing gives an empty array, at once", () => {
    const h = harness();
    outcome(h, () => allSettled([]));
    expect(h.frame()).toEqual([["value", []]]);
  });

  test("counts a cancelled task as rejected with a CancelledError", () => {
    const h = harness();
    const task = h.loop.run(never());
    h.loop.run(function* () {
      const [result] = yield* allSettled([task]);
      h.note(result.status === "rejected" && result.reason instanceof CancelledError);
    });
    h.frame();
    task.cancel();
    expect(h.frame()).toEqual([true]);
  });
});

describe("race", () => {
  test("gives the first result, and cancels the others before that", () => {
    const h = harness();
    const arrival = pending<string>();
    outcome(h, () => race([held(h.note, "first"), arrival.wait, held(h.note, "third")]));
    h.frame();
    arrival.resolve("second");
    expect(h.frame()).toEqual(["third", "first", ["value", "second"]]);
  });

  test("throws an error that comes first", () => {
    const h = harness();
    const parts = [pending<string>(), pending<string>()];
    outcome(h, () => race(parts.map(({ wait }) => wait)));
    h.frame();
    parts[1]!.reject(fault);
    parts[0]!.resolve("late");
    expect(h.frame()).toEqual([["error", fault]]);
  });

  test("of those that have settled when it begins, takes the first of the array, and begins no more", () => {
    const h = harness();
    const begun: string[] = [];
    const part = (name: string) =>
      action<string>((resolve) => {
        begun.push(name);
        if (name !== "a") resolve(name);
      });
    outcome(h, () => race([part("a"), part("b"), part("c")]));
    expect(h.frame()).toEqual([["value", "b"]]);
    expect(begun).toEqual(["a", "b"]);
  });

  test("of those that settle in one frame, takes the one that did so first", () => {
    const h = harness();
    const parts = [pending<string>(), pending<string>()];
    outcome(h, () => race(parts.map(({ wait }) => wait)));
    h.frame();
    parts[1]!.resolve("b");
    parts[0]!.resolve("a");
    expect(h.frame()).toEqual([["value", "b"]]);
  });

  test.each<{
    what: string;
    lead: Operation<unknown>;
    wait: (item: Operation<string>) => Operation<unknown>;
  }>([
    { what: "a frame", lead: nextFrame(), wait: (item) => race([nextFrame(), item]) },
    { what: "a time", lead: sleep(4), wait: (item) => race([sleep(12), item]) },
    { what: "a time limit", lead: sleep(4), wait: (item) => timeout(12, item) },
    { what: "a race", lead: sleep(4), wait: (item) => race([race([never(), sleep(12)]), item]) },
  ])("takes what a task settled in this frame before $what had its turn", ({ lead, wait }) => {
    const h = harness();
    const channel = new Channel<string>(1);
    h.loop.run(function* () {
      yield* nextFrame();
      yield* lead;
      yield* channel.send("item");
    });
    outcome(h, function* () {
      yield* nextFrame();
      return yield* wait(channel.receive() as Operation<string>);
    });
    expect(h.frames(3)).toEqual([[], [], [["value", "item"]]]);
  });

  test("of a completion and a time that is over in the same frame, takes the completion", () => {
    const h = harness();
    const arrival = pending<string>();
    outcome(h, () => race([sleep(5), arrival.wait]));
    h.frame();
    arrival.resolve("completion");
    expect(h.frame()).toEqual([["value", "completion"]]);
  });

  test("of nothing is an error: it could only hang", () => {
    const h = harness();
    outcome(h, () => race([]));
    const [[kind, error]] = h.frame() as [[string, Error]];
    expect(kind).toBe("error");
    expect(error).toBeInstanceOf(Error);
  });
});

describe("any", () => {
  test("gives the first success, past errors, and cancels the others before that", () => {
    const h = harness();
    const arrival = pending<string>();
    outcome(h, () => any([failing(fault), held(h.note, "other"), arrival.wait]));
    h.frame();
    arrival.resolve("success");
    expect(h.frame()).toEqual(["other", ["value", "success"]]);
  });

  test("throws an AggregateError if none succeeds, with the errors in the order of the array", () => {
    const h = harness();
    const parts = [pending(), pending(), pending()];
    outcome(h, () => any(parts.map(({ wait }) => wait)));
    h.frame();
    for (const index of [2, 0, 1]) parts[index]!.reject(index);
    const [[kind, error]] = h.frame() as [[string, AggregateError]];
    expect(kind).toBe("error");
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.message).toBe("no operation succeeded");
    expect(error.errors).toEqual([0, 1, 2]);
  });

  test("of nothing throws an AggregateError", () => {
    const h = harness();
    outcome(h, () => any([]));
    const [[kind, error]] = h.frame() as [[string, AggregateError]];
    expect(kind).toBe("error");
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.message).toBe("any([]) has no operation that could succeed");
    expect(error.errors).toEqual([]);
  });
});

describe("timeout", () => {
  test("gives the result if that comes in time, and drops the timer", () => {
    const h = harness();
    const arrival = pending<string>();
    outcome(h, () => timeout(100, arrival.wait));
    h.frame();
    arrival.resolve("in time");
    expect(h.frame()).toEqual([["value", "in time"]]);
    expect(h.driver.wakeTime).toBe(Infinity);
  });

  test("throws the operation's own error", () => {
    const h = harness();
    outcome(h, () => timeout(100, failing(fault)));
    expect(h.frame()).toEqual([["error", fault]]);
  });

  test("throws a TimeoutError in the first frame at or after its time, and cancels the operation", () => {
    const h = harness();
    outcome(h, () => timeout(100, held(h.note, "operation")));
    h.frame(0);
    expect(h.frame(99)).toEqual([]);
    const [first, [kind, error]] = h.frame(100) as [string, [string, Error]];
    expect([first, kind]).toEqual(["operation", "error"]);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toMatch(/100/);
  });

  test("prefers a result that comes in the very frame", () => {
    const h = harness();
    const arrival = pending<string>();
    outcome(h, () => timeout(100, arrival.wait));
    h.frame(0);
    arrival.resolve("just in time");
    expect(h.frame(1000)).toEqual([["value", "just in time"]]);
  });

  test("of a task that ended before the time was over, gives its result, though both are seen in one frame", () => {
    const h = harness();
    outcome(h, function* () {
      const task = yield* spawn(function* () {
        yield* sleep(4);
        return "done";
      });
      return yield* timeout(12, task);
    });
    h.frame();
    expect(h.frame()).toEqual([["value", "done"]]);
  });

  test("of no time lets what is settled through", () => {
    const h = harness();
    outcome(h, () =>
      timeout(
        0,
        action<number>((resolve) => resolve(5)),
      ),
    );
    outcome(h, () => timeout(0, never()));
    expect(h.frame()).toEqual([["value", 5]]);
    expect(h.frame()).toEqual([["error", expect.any(TimeoutError) as unknown]]);
  });

  test("without a limit waits for ever", () => {
    const h = harness();
    const arrival = pending<string>();
    outcome(h, () => timeout(Infinity, arrival.wait));
    h.frame();
    expect(h.frame(1e12)).toEqual([]);
    arrival.resolve("at last");
    expect(h.frame()).toEqual([["value", "at last"]]);
  });

  test("nested, the shorter one counts, for the inner part alone", () => {
    const h = harness();
    outcome(h, () => race([timeout(1000, timeout(50, never())), sleep(2000)]));
    h.frame(0);
    const [[kind, error]] = h.frame(60) as [[string, Error]];
    expect(kind).toBe("error");
    expect(error.message).toMatch(/50/);
  });
});

describe("combinators leave nothing running behind them", () => {
  const ways: {
    way: string;
    wrap: (part: Operation<unknown>, other: Operation<unknown>) => Operation<unknown>;
  }[] = [
    { way: "race", wrap: (part, other) => race([part, other]) },
    { way: "any", wrap: (part, other) => any([part, other]) },
    { way: "all", wrap: (part, other) => all([part, failsAfter(other)]) },
    { way: "timeout", wrap: (part) => timeout(5, part) },
    { way: "a nested race", wrap: (part, other) => race([all([race([part])]), other]) },
  ];

  function* failsAfter(operation: Operation<unknown>): Operation<never> {
    yield* operation;
    throw fault;
  }

  test.each(ways)("$way, once it is decided", ({ wrap }) => {
    const h = harness();
    const { loop, note, frame, driver } = h;
    const wait = pending(() => note("action"));
    const task = outcome(h, () =>
      wrap(
        (function* () {
          yield* spawn(held(note, "grandchild"));
          try {
            yield* all([wait.wait, sleep(10_000), held(note, "generator")]);
          } finally {
            note("body");
          }
        })(),
        sleep(5),
      ),
    );
    frame();
    const notes = frame();
    expect(notes.slice(0, -1).toSorted()).toEqual(["action", "body", "generator", "grandchild"]);
    expect(task.state).toBe("done");
    expect(wait.cleaned).toBe(1);
    expect(driver.wakeTime).toBe(Infinity);
    expect(loop.tasks).toEqual([]);
  });

  test.each(COMBINATORS)("$name, when its task is cancelled", ({ combine }) => {
    const h = harness();
    const wait = pending(() => h.note("action"));
    const task = h.loop.run(function* () {
      try {
        yield* combine([held(h.note, "older"), wait.wait, held(h.note, "newer"), sleep(10_000)]);
      } finally {
        h.note("finally");
      }
    });
    h.frame();
    expect(task.children).toHaveLength(2);
    task.cancel();
    expect(h.noted()).toEqual(["newer", "action", "older", "finally"]);
    expect(task.children).toEqual([]);
    expect(h.driver.wakeTime).toBe(Infinity);
  });

  test.each(COMBINATORS)("$name, when a child's error interrupts it", ({ combine }) => {
    const h = harness();
    const event = new AsyncEvent();
    const task = h.loop.run(function* () {
      yield* spawn(function* () {
        yield* event.wait();
        throw fault;
      });
      try {
        yield* combine([held(h.note, "older"), held(h.note, "newer")]);
      } catch (error) {
        h.note(error);
      }
      h.note(task.children.length);
    });
    h.frame();
    event.set();
    expect(h.frame()).toEqual(["newer", "older", fault, 0]);
  });

  test("and an error in a loser's cleanup is reported once, while the result stands", () => {
    const h = harness();
    const bad = pending(() => {
      throw fault;
    });
    outcome(h, () => race([bad.wait, sleep(5)]));
    h.frame();
    expect(h.frame()).toEqual([["value", undefined]]);
    expect(h.errors()).toEqual([fault]);
  });

  test("and a part that settles late resumes nobody", () => {
    const h = harness();
    const late = pending<string>();
    h.loop.run(function* () {
      yield* race([late.wait, sleep(5)]);
      h.note("decided");
      yield* race([never(), sleep(5000)]);
      h.note("too early");
    });
    h.frame();
    expect(h.frame()).toEqual(["decided"]);
    late.resolve("late");
    expect(h.frames(2)).toEqual([[], []]);
  });
});

test("a combinator that fails ends the child that a part of it has spawned: nobody has got it", () => {
  const { loop, note, frame } = harness();
  loop.run(function* () {
    try {
      yield* all([
        spawn(held(note, "child")),
        (function* () {
          yield* nextFrame();
          throw fault;
        })(),
      ]);
    } catch (error) {
      note(error);
    }
    yield* never();
  });
  expect(frame()).toEqual([]);
  expect(frame()).toEqual(["child", fault]);
});

describe("given a task, combinators drop only their own waiting for it", () => {
  test.each<{
    way: string;
    wrap: (task: Operation<unknown>, other: Operation<unknown>) => Operation<unknown>;
  }>([
    { way: "race", wrap: (task, other) => race([task, other]) },
    { way: "any", wrap: (task, other) => any([task, other]) },
    { way: "all", wrap: (task, other) => all([task, other]) },
    { way: "timeout", wrap: (task) => timeout(5, task) },
    { way: "nested ones", wrap: (task, other) => race([all([task]), other]) },
  ])("$way", ({ way, wrap }) => {
    const h = harness();
    const { loop, note, frame } = h;
    const event = new AsyncEvent();
    const task = loop.run(function* () {
      yield* event.wait();
      return "task";
    });
    outcome(h, () =>
      wrap(
        task,
        (function* () {
          yield* sleep(5);
          if (way === "all") throw fault;
        })(),
      ),
    );
    frame();
    expect(frame()).toHaveLength(1);
    expect(task.state).toBe("waiting");
    loop.run(function* () {
      note(yield* task);
    });
    frame();
    event.set();
    expect(frame()).toEqual(["task"]);
  });

  test("also when they are cancelled", () => {
    const h = harness();
    const task = h.loop.run(never());
    const waiter = h.loop.run(function* () {
      yield* all([task, never()]);
    });
    h.frame();
    waiter.cancel();
    expect(task.state).toBe("waiting");
  });

  test("a task's failure goes to the combinator that waits for it, and is not reported", () => {
    const h = harness();
    const event = new AsyncEvent();
    const task = h.loop.run(function* () {
      yield* event.wait();
      throw fault;
    });
    outcome(h, () => race([task, never()]));
    h.frame();
    event.set();
    expect(h.frame()).toEqual([["error", fault]]);
  });

  test("a task that fails after they have lost interest is reported", () => {
    const h = harness();
    const event = new AsyncEvent();
    const task = h.loop.run(function* () {
      yield* event.wait();
      throw fault;
    });
    outcome(h, () => race([task, sleep(5)]));
    h.frame();
    expect(h.frame()).toEqual([["value", undefined]]);
    event.set();
    h.frame();
    expect(h.errors()).toEqual([fault]);
  });
});

describe("combinators cost no frame", () => {
  test.each(COMBINATORS)("$name of generators that don't wait: in the same frame", ({ combine }) => {
    const h = harness();
    h.loop.run(function* () {
      const before = h.loop.frame?.index;
      yield* combine([
        (function* () {
          return 1;
        })(),
        (function* () {
          return 2;
        })(),
      ]);
      h.note(h.loop.frame?.index === before);
    });
    expect(h.frame()).toEqual([true]);
  });

  test.each(COMBINATORS)("$name of waits that settle in a frame: in that frame", ({ combine }) => {
    const h = harness();
    const parts: Pending<void>[] = [pending(), pending()];
    h.loop.run(function* () {
      yield* combine(parts.map(({ wait }) => wait));
      h.note("decided", h.loop.frame?.index);
    });
    h.loop.run(function* () {
      yield* nextFrame("render");
      for (const { resolve } of parts) resolve();
    });
    expect(h.frame()).toEqual(["decided", 0]);
  });

  test("phases of one frame in a race: the first that comes", () => {
    const h = harness();
    h.loop.run(function* () {
      yield* nextFrame();
      const frame = yield* race([nextFrame(), nextFrame("after"), nextFrame("render")]);
      h.note(frame.index);
      yield* nextFrame("after");
      h.note("after");
    });
    h.frame();
    expect(h.frame()).toEqual([1, "after"]);
    expect(h.frame()).toEqual([]);
  });
});

describe("parts that are generators", () => {
  test("run as children of the task that combines them", () => {
    const h = harness();
    const task = h.loop.run(
      function* () {
        yield* all([held(h.note, "a"), held(h.note, "b")]);
      },
      { name: "parent" },
    );
    h.frame();
    expect(task.children.map(({ parent }) => parent === task)).toEqual([true, true]);
    task.cancel();
  });

  test("may spawn: what they spawned ends with them", () => {
    const h = harness();
    outcome(h, () =>
      all([
        (function* () {
          yield* spawn(held(h.note, "spawned"));
          yield* nextFrame("render");
          h.note("part ends");
        })(),
        sleep(5),
      ]),
    );
    expect(h.frame()).toEqual(["part ends", "spawned"]);
    expect(h.frame()).toEqual([["value", [undefined, undefined]]]);
  });

  test("their failure is the combinator's, and not thrown into the task a second time", () => {
    const h = harness();
    h.loop.run(function* () {
      try {
        yield* all([failing(fault), never()]);
      } catch (error) {
        h.note(error);
      }
      yield* nextFrame("after");
      h.note("goes on");
    });
    expect(h.frame()).toEqual([fault, "goes on"]);
  });
});

describe("an item that a losing receiver was handed", () => {
  test.each<{ way: string; wrap: (receive: Operation<unknown>, event: AsyncEvent) => Operation<unknown> }>([
    { way: "race", wrap: (receive, event) => race([event.wait(), receive]) },
    { way: "nested race", wrap: (receive, event) => race([event.wait(), all([race([receive])])]) },
    { way: "any", wrap: (receive, event) => any([event.wait(), receive]) },
  ])("in a $way is not lost", ({ wrap }) => {
    const h = harness();
    const event = new AsyncEvent();
    const channel = new Channel<string>(4);
    h.loop.run(function* () {
      h.note(yield* wrap(channel.receive(), event));
    });
    h.loop.run(function* () {
      yield* nextFrame();
      event.set();
      yield* channel.send("item");
    });
    h.frame();
    expect(h.frame()).toEqual([undefined]);
    h.loop.run(function* () {
      h.note(yield* channel.receive());
    });
    expect(h.frame()).toEqual(["item"]);
  });
});

describe("combinators of promises", () => {
  test("of which one rejects after the decision: nobody's unhandled rejection", async () => {
    const h = harness();
    let reject: (error: Error) => void = () => {};
    const promise = new Promise((_, no) => {
      reject = no;
    });
    outcome(h, () => race([until(promise), sleep(5)]));
    h.frame();
    h.frame();
    reject(fault);
    await macrotask();
    expect(h.frame()).toEqual([]);
  });
});

describe("combinators take an array of operations", () => {
  test.each(COMBINATORS)("$name refuses everything else, in the coroutine that gave it", ({ combine }) => {
    const h = harness();
    for (const wrong of [undefined, null, 5, "ab", {}, new Set([never()]), never(), () => [never()]]) {
      outcome(h, () => combine(wrong as Operation<unknown>[]));
      expect(h.frame(), String(wrong)).toEqual([["error", expect.any(TypeError) as unknown]]);
    }
  });

  test.each(COMBINATORS)("$name throws for a part that is none", ({ name, combine }) => {
    const h = harness();
    for (const wrong of [undefined, null, 5, "ab", {}, [nextFrame()], Promise.resolve()]) {
      outcome(h, () => combine([wrong as Operation<unknown>]));
      const [[kind, result]] = h.frame() as [[string, unknown]];
      const error = name === "allSettled" ? (result as PromiseRejectedResult[])[0]?.reason : result;
      expect(kind, String(wrong)).toBe(name === "allSettled" && kind === "value" ? "value" : "error");
      const found = error instanceof AggregateError ? error.errors[0] : (error ?? result);
      expect(found, String(wrong)).toBeInstanceOf(TypeError);
    }
  });
});

describe("an item that a combinator inside of another one has received", () => {
  function* failed(): Operation<void> {
    yield* nextFrame();
    throw fault;
  }

  test.each<{ ends: string; outer: (inner: Operation<unknown>) => Operation<unknown> }>([
    { ends: "fails", outer: (inner) => all([inner, failed()]) },
    { ends: "is cancelled", outer: (inner) => all([inner, never()]) },
    { ends: "is cancelled in an all of its own", outer: (inner) => all([all([inner, never()]), never()]) },
  ])("goes back when the outer one $ends", ({ outer }) => {
    const { loop, note, frame, errors } = harness();
    const channel = new Channel<string>(4);
    const task = loop.run(outer(race([channel.receive(), never()])));
    loop.run(channel.send("item"));
    frame();
    frame();
    task.cancel();
    loop.run(function* () {
      note(yield* channel.receive());
    });
    expect(frame()).toEqual(["item"]);
    errors();
  });
});
