import {
  action,
  all,
  allSettled,
  any,
  Channel,
  Loop,
  manualDriver,
  nextFrame,
  on,
  once,
  race,
  sleep,
  spawn,
  timeout,
  timerDriver,
  until,
  type Driver,
  type LoopOptions,
  type Operation,
  type Phase,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness, type Harness } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";

type Kind = new (...args: never[]) => Error;

interface Row {
  what: string;
  /** Runs in a coroutine, which is to get the error. */
  mistake: (h: Harness) => Operation<unknown>;
  kind: Kind;
  /** What the message says: what was wrong, or what to do. */
  says: RegExp;
}

/** A mistake without a star. */
function* yields(value: unknown): Generator<never, unknown> {
  return yield value as never;
}

/** A mistake at a call. */
function calls(call: () => unknown): () => Operation<unknown> {
  return function* () {
    return call();
  };
}

const finished = (function* (): Operation<number> {
  return 5;
})();
(finished as unknown as Iterator<unknown>).next();

function secretive(): object {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- what is tested
    get then(): never {
      throw new Error("look away");
    },
  };
}

const yielded: Row[] = [
  { what: "undefined", value: undefined, says: /undefined/ },
  { what: "null", value: null, says: /null/ },
  { what: "a number", value: 42, says: /42/ },
  { what: "a string", value: "frame", says: /frame/ },
  { what: "a symbol", value: Symbol("odd"), says: /odd/ },
  { what: "an action, its star forgotten", value: sleep(1), says: /yield\*/ },
  { what: "a generator, its star forgotten", value: yields(1), says: /yield\*/ },
  { what: "a promise", value: Promise.resolve(), says: /until/ },
  { what: "an object", value: { action: "sleep", delay: 1 }, says: /an object \(Object\)/ },
  { what: "an object of no class", value: Object.create(null), says: /an object/ },
  { what: "a function that was not called", value: function frameLater() {}, says: /frameLater/ },
  { what: "an object that won't be looked into", value: secretive(), says: /yield\*/ },
  { what: "an object of an odd class", value: { constructor: { name: Symbol("odd") } }, says: /yield\*/ },
].map(({ what, value, says }) => ({
  what: `a yield of ${what}`,
  mistake: () => yields(value),
  kind: TypeError,
  says,
}));

const rows: Row[] = [
  ...yielded,
  { what: "sleep(NaN)", mistake: calls(() => sleep(Number.NaN)), kind: RangeError, says: /sleep.*NaN/ },
  { what: "sleep(-1)", mistake: calls(() => sleep(-1)), kind: RangeError, says: /sleep.*-1/ },
  { what: "sleep of a string", mistake: calls(() => sleep("1" as never)), kind: TypeError, says: /sleep/ },
  {
    what: "sleep of nothing",
    mistake: calls(() => sleep(undefined as never)),
    kind: TypeError,
    says: /sleep/,
  },
  {
    what: "nextFrame of no phase",
    mistake: calls(() => nextFrame("draw" as Phase)),
    kind: RangeError,
    says: /draw.*update.*render.*after/,
  },
  { what: "nextFrame(null)", mistake: calls(() => nextFrame(null as never)), kind: Error, says: /null/ },
  {
    what: "until of a value",
    mistake: calls(() => until(5 as never)),
    kind: TypeError,
    says: /until.*promise/,
  },
  {
    what: "until of a function that returns a value",
    mistake: () => until(() => 5 as never),
    kind: TypeError,
    says: /until.*promise.*5/,
  },
  {
    what: "until of a generator",
    mistake: calls(() => until(finished as never)),
    kind: TypeError,
    says: /until.*promise/,
  },
  {
    what: "action of no function",
    mistake: calls(() => action(5 as never)),
    kind: TypeError,
    says: /action/,
  },
  {
    what: "an action waited for twice",
    *mistake() {
      const wait = action((resolve) => resolve(1), "the pipe");
      yield* wait;
      yield* wait;
    },
    kind: TypeError,
    says: /the pipe/,
  },
  {
    what: "an action that another task waits for",
    *mistake({ loop }) {
      const { wait } = pending();
      loop.run(wait);
      yield* nextFrame("render");
      yield* wait;
    },
    kind: TypeError,
    says: /pending/,
  },
  ...[
    { what: "undefined", given: undefined, says: /undefined/ },
    { what: "a number", given: 5, says: /5/ },
    { what: "a promise", given: Promise.resolve(), says: /promise/ },
    { what: "an object", given: {}, says: /[Oo]bject/ },
    { what: "an array", given: [nextFrame()], says: /Array/ },
    { what: "a string", given: "operation", says: /operation/ },
  ].flatMap(({ what, given, says }): Row[] => {
    const operation = given as unknown as Operation<void>;
    return [
      { what: `spawn of ${what}`, mistake: () => spawn(operation), kind: TypeError, says },
      {
        what: `run of ${what}`,
        mistake: ({ loop }) => calls(() => loop.run(operation))(),
        kind: TypeError,
        says,
      },
    ];
  }),
  {
    what: "run of a generator that runs already",
    *mistake({ loop }) {
      const running = (function* (): Operation<void> {
        yield* never();
      })();
      loop.run(running);
      loop.run(running);
    },
    kind: TypeError,
    says: /generator|coroutine|operation/,
  },
  {
    what: "spawn of a generator that runs already",
    *mistake() {
      const running = (function* (): Operation<void> {
        yield* never();
      })();
      yield* spawn(running);
      yield* spawn(running);
    },
    kind: TypeError,
    says: /generator|coroutine|operation/,
  },
  {
    what: "spawn of a generator that has run",
    *mistake() {
      const once = (function* (): Operation<void> {})();
      yield* yield* spawn(once);
      yield* yield* spawn(once);
    },
    kind: TypeError,
    says: /generator|coroutine|operation/,
  },
  {
    what: "spawn of one's own generator",
    *mistake({ loop }) {
      const own = { operation: never() as Operation<void> };
      own.operation = (function* (): Operation<void> {
        yield* spawn(own.operation);
      })();
      yield* loop.run(own.operation);
    },
    kind: TypeError,
    says: /generator|coroutine|operation/,
  },
  {
    what: "the same generator twice in an all",
    *mistake() {
      const part = (function* (): Operation<void> {
        yield* never();
      })();
      yield* all([part, part]);
    },
    kind: TypeError,
    says: /generator|coroutine|operation/,
  },
  ...[{}, 5, "abort"].flatMap((given): Row[] => {
    const signal = given as AbortSignal;
    return [
      {
        what: `run with ${String(given)} as its signal`,
        mistake: ({ loop }) => calls(() => loop.run(never(), { signal }))(),
        kind: TypeError,
        says: /signal/,
      },
      {
        what: `once with ${String(given)} as its signal`,
        mistake: () => once(new EventTarget(), "click", { signal }),
        kind: TypeError,
        says: /signal/,
      },
    ];
  }),
  ...[5, Symbol("name"), {}].map((name): Row => ({
    what: `run with ${String(name)} as its name`,
    mistake: ({ loop }) => calls(() => loop.run(never(), { name: name as string }))(),
    kind: TypeError,
    says: /name/,
  })),
  ...[all, race, any, allSettled].flatMap((combine): Row[] =>
    [5, undefined, {}, Promise.resolve()].map((given) => ({
      what: `${combine.name} with ${String(given)} among the operations`,
      mistake: calls(() => combine([never(), given as Operation<void>])),
      kind: TypeError,
      says: /operation/,
    })),
  ),
  {
    what: "all with a hole",
    // oxlint-disable-next-line no-sparse-arrays -- what is tested
    mistake: calls(() => all([, never()] as Operation<void>[])),
    kind: TypeError,
    says: /operation/,
  },
  {
    what: "spawn of what has no iterator",
    mistake: () => spawn({ [Symbol.iterator]: () => null } as unknown as Operation<void>),
    kind: TypeError,
    says: /operation/,
  },
  ...[once, on].flatMap((listen): Row[] => [
    {
      what: `${listen.name} of no type`,
      mistake: () => listen(new EventTarget(), undefined as unknown as string),
      kind: TypeError,
      says: /event/,
    },
    {
      what: `${listen.name} with a filter that is none`,
      mistake: () => listen(new EventTarget(), "click", { filter: 5 as never }),
      kind: TypeError,
      says: /filter/,
    },
  ]),
  {
    what: "a join of a task of another loop",
    *mistake() {
      const other = new Loop({ driver: manualDriver() });
      yield* other.run(never(), { name: "stranger" });
    },
    kind: TypeError,
    says: /stranger.*loop/,
  },
  {
    what: "a race with a task of another loop",
    *mistake() {
      const other = new Loop({ driver: manualDriver() });
      yield* race([other.run(never(), { name: "stranger" }), never()]);
    },
    kind: TypeError,
    says: /stranger.*loop/,
  },
  { what: "all of no array", mistake: calls(() => all(5 as never)), kind: TypeError, says: /all/ },
  { what: "race of nothing", mistake: calls(() => race([])), kind: Error, says: /race/ },
  {
    what: "timeout(NaN)",
    mistake: calls(() => timeout(Number.NaN, never())),
    kind: RangeError,
    says: /timeout/,
  },
  {
    what: "timeout of no operation",
    *mistake() {
      yield* timeout(5, undefined as never);
    },
    kind: TypeError,
    says: /operation/,
  },
  {
    what: "timeout with its parameters exchanged",
    *mistake() {
      yield* timeout(never() as never, 5 as never);
    },
    kind: TypeError,
    says: /timeout/,
  },
  ...[once, on].flatMap((listen): Row[] =>
    [undefined, null, 5, {}, "button"].map((target) => ({
      what: `${listen.name} of ${String(target)}`,
      mistake: () => listen(target as unknown as EventTarget, "click"),
      kind: TypeError,
      says: new RegExp(listen.name),
    })),
  ),
  {
    what: "on with no capacity",
    mistake: () => on(new EventTarget(), "click", { capacity: 0 }),
    kind: RangeError,
    says: /capacity/,
  },
  {
    what: "on with NaN as its capacity",
    mistake: () => on(new EventTarget(), "click", { capacity: Number.NaN }),
    kind: RangeError,
    says: /capacity/,
  },
  {
    what: "on with a string as its capacity",
    mistake: () => on(new EventTarget(), "click", { capacity: "16" as never }),
    kind: TypeError,
    says: /capacity/,
  },
  {
    what: "on with an unknown overflow",
    mistake: () => on(new EventTarget(), "click", { overflow: "drop" as never }),
    kind: RangeError,
    says: /overflow.*dropOldest/,
  },
  ...[-1, Number.NaN, "5"].map((capacity) => ({
    what: `a channel with ${capacity} (${typeof capacity}) as its capacity`,
    mistake: calls(() => new Channel(capacity as number)),
    kind: Error,
    says: /capacity/,
  })),
  {
    what: "tick in a task",
    mistake: ({ loop }) => calls(() => loop.tick(5))(),
    kind: Error,
    says: /tick/,
  },
  {
    what: "step of a loop that runs",
    mistake: ({ loop }) => calls(() => loop.step())(),
    kind: Error,
    says: /pause/,
  },
];

describe("a mistake is a clear error in the coroutine that made it", () => {
  test.each(rows)("$what", ({ mistake, kind, says }) => {
    const h = harness();
    const { loop, note, frame, frames } = h;
    const culprit = loop.run(
      function* () {
        try {
          yield* mistake(h);
          note("no error");
        } catch (error) {
          note(error);
        }
        yield* nextFrame("after");
        note("goes on");
      },
      { name: "culprit" },
    );
    loop.run(function* () {
      while (true) {
        yield* nextFrame("after");
        note("others");
      }
    });
    const notes = frame();
    const error = notes.find((entry) => entry instanceof Error);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(says);
    expect((error as Error).message.length).toBeLessThan(200);
    expect([...notes, ...frame()]).toEqual(expect.arrayContaining([error, "goes on", "others"]));
    expect(culprit.state).toBe("done");
    expect(loop.tasks.filter(({ state }) => state === "ready")).toHaveLength(0);
    expect(frames(2)).toEqual([["others"], ["others"]]);
  });

  test.each(yielded)("$what that is not caught fails its task, which is named", ({ mistake, says }) => {
    const h = harness();
    const task = h.loop.run(() => mistake(h), { name: "culprit" });
    h.frame();
    expect(task.state).toBe("failed");
    const [error] = h.errors() as [Error];
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/culprit/);
    expect(error.message).toMatch(says);
  });

  // One list of all of them, to be read as a user would. `vitest -u` renews it.
  test("the messages, word for word", async () => {
    const messages: string[] = [];
    for (const { what, mistake } of rows) {
      const h = harness();
      h.loop.run(
        function* () {
          try {
            yield* mistake(h);
          } catch (error) {
            messages.push(`${what}:\n  ${String(error)}`);
          }
        },
        { name: "culprit" },
      );
      h.frame();
      h.loop.stop();
    }
    expect(messages).toHaveLength(rows.length);
    await expect(`${messages.join("\n")}\n`).toMatchFileSnapshot("bad-input.messages.txt");
  });

  test("a yield in the middle of proper waits", () => {
    const { loop, note, frame } = harness();
    loop.run(function* (): Generator<never, void> {
      for (let i = 0; i < 3; i++) {
        yield* nextFrame() as unknown as Generator<never, void>;
        try {
          yield i as never;
        } catch (error) {
          note(error instanceof TypeError);
        }
      }
    });
    frame();
    expect([frame(), frame(), frame(), frame()]).toEqual([[true], [true], [true], []]);
  });

  test("a foreign iterator that is no generator", () => {
    const { loop, errors, frame } = harness();
    const bare = { [Symbol.iterator]: () => ({ next: () => ({ done: true, value: 5 }) }) };
    expect(() => loop.run(bare as unknown as Operation<number>)).toThrow(TypeError);
    loop.run(() => bare as unknown as Operation<number>);
    frame();
    expect(errors()[0]).toBeInstanceOf(TypeError);
  });

  test.each(["throw", "return"])("a foreign iterator that lacks only %s", (lacking) => {
    const { loop } = harness();
    const end = () => ({ done: true, value: 5 });
    const iterator = { next: end, throw: end, return: end, [lacking]: undefined };
    const bare = { [Symbol.iterator]: () => iterator } as unknown as Operation<number>;
    expect(() => loop.run(bare)).toThrow("expected an operation");
  });

  test("an async generator", () => {
    const { loop, errors, frame } = harness();
    loop.run(async function* () {} as unknown as () => Operation<void>);
    frame();
    expect(errors()[0]).toBeInstanceOf(TypeError);
  });

  test("a function that returns nothing, or a value that is no operation", () => {
    const { loop, errors, frame } = harness();
    loop.run((() => {}) as unknown as () => Operation<void>);
    loop.run((() => 5) as unknown as () => Operation<void>);
    frame();
    expect(errors().map((error) => error instanceof TypeError)).toEqual([true, true]);
  });
});

describe("a loop with wrong options is refused", () => {
  test.each<{ what: string; options: LoopOptions; kind: Kind }>([
    ...(["maxDelta", "maxFps", "budget"] as const).flatMap((name) =>
      [0, -1, Number.NaN, "5", null, {}].map((value) => ({
        what: `${name}: ${String(value)} (${typeof value})`,
        options: { [name]: value } as LoopOptions,
        kind: Error,
      })),
    ),
    { what: "onError: a string", options: { onError: "x" as never }, kind: TypeError },
    { what: "driver: null", options: { driver: null as unknown as Driver }, kind: TypeError },
    { what: "driver: {}", options: { driver: {} as Driver }, kind: TypeError },
    { what: "driver: a function", options: { driver: manualDriver as unknown as Driver }, kind: TypeError },
  ])("$what", ({ options, kind }) => {
    const [option = ""] = Object.keys(options);
    const create = (): Loop => new Loop({ driver: manualDriver(), ...options });
    expect(create).toThrow(kind);
    expect(create).toThrow(new RegExp(`${option}.*, got `));
  });

  test.each([-1, Number.NaN, Infinity, "16"])("timerDriver({ interval: %s })", (interval) => {
    expect(() => timerDriver({ interval: interval as number })).toThrow(Error);
  });

  test("a driver that another loop has", () => {
    const driver = manualDriver();
    const errors: unknown[] = [];
    new Loop({ driver }).run(never());
    const second = new Loop({ driver, onError: (error) => errors.push(error) });
    second.run(never());
    expect(String(errors[0])).toMatch(/driver.*loop/);
  });
});
