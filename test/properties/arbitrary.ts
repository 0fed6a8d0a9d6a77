import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";
import {
  CHANNELS,
  EVENTS,
  SIGNALS,
  SOURCES,
  type Act,
  type Operand,
  type Program,
  type Statement,
  type Step,
  type Wait,
} from "./program.ts";

/** How deep bodies hold bodies. */
const DEPTH = 3;

/** What a program is mostly about: programs about everything seldom get deep into anything. */
interface Focus {
  /** How often things happen, from 0. */
  time: number;
  events: number;
  channels: number;
  outside: number;
  tasks: number;
  combinators: number;
  errors: number;
  /** Cancels, stops, aborts. */
  ends: number;
  /** What is done in the middle of other things. */
  interference: number;
  /** Async functions. */
  async: number;
}

const EVEN: Focus = {
  time: 2,
  events: 2,
  channels: 2,
  outside: 2,
  tasks: 2,
  combinators: 2,
  errors: 2,
  ends: 2,
  interference: 1,
  async: 0,
};
const NONE: Focus = {
  time: 1,
  events: 0,
  channels: 0,
  outside: 0,
  tasks: 1,
  combinators: 0,
  errors: 0,
  ends: 0,
  interference: 0,
  async: 0,
};

const FOCUSES: Focus[] = [
  EVEN,
  { ...NONE, time: 6, ends: 1, tasks: 2, combinators: 1 },
  { ...NONE, ends: 4, tasks: 3 },
  { ...NONE, channels: 8, ends: 2, combinators: 2, tasks: 2, events: 1 },
  { ...NONE, channels: 6, errors: 2, combinators: 6, outside: 2, ends: 1 },
  { ...NONE, errors: 4, tasks: 6, combinators: 3, outside: 2, ends: 1 },
  { ...NONE, combinators: 8, outside: 4, ends: 2, channels: 2, events: 2 },
  { ...NONE, interference: 6, outside: 6, ends: 4, errors: 2, tasks: 3, combinators: 3 },
];

/** Few different times, so that they often meet. */
const ms = fc.constantFrom(0, 1, 5, 10, 15, 20, 40);
/** Mostly the first few tasks, which live long. */
const task = fc.nat({ max: 6 });
const signal = fc.option(below(SIGNALS), { freq: 9 });

function below(count: number): Arbitrary<number> {
  return fc.nat({ max: count - 1 });
}

function is<T>(value: T): Arbitrary<T> {
  return fc.constant(value);
}

/** A record of some union: the caller knows which. */
function record<T>(model: Record<string, Arbitrary<unknown>>): Arbitrary<T> {
  return fc.record(model) as Arbitrary<unknown> as Arbitrary<T>;
}

/** One of several, with weights. */
function some<T>(...choices: [weight: number, arbitrary: Arbitrary<T>][]): Arbitrary<T> {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** What programs of a focus are made of. */
class Grammar {
  private readonly plainAct: Arbitrary<Act>;
  private readonly plainWait: Arbitrary<Wait>;
  private readonly bodies: Arbitrary<Statement[]>[] = [];

  private readonly isAsync: Arbitrary<boolean>;

  constructor(private readonly focus: Focus) {
    this.isAsync = focus.async === 0 ? is(false) : fc.boolean();
    const { time, events, channels, outside, tasks, ends, interference } = focus;
    this.plainAct = some<Act>(
      [1 + 2 * events, record({ do: is("set"), event: below(EVENTS) })],
      [events, record({ do: is("clear"), event: below(EVENTS) })],
      [3 * ends, record({ do: is("cancel"), task })],
      [
        2 * outside,
        record({ do: is("settle"), source: below(SOURCES), fail: fc.nat({ max: 2 }).map((n) => n === 2) }),
      ],
      [tasks, record({ do: is("then"), task })],
      [1, is({ do: "look" })],
      [channels, record({ do: is("close"), channel: below(CHANNELS.length) })],
      [outside, is({ do: "settleAgain" })],
      [ends, record({ do: is("abort"), signal: below(SIGNALS) })],
      [time, record({ do: is("spend"), ms: fc.constantFrom(3, 8) })],
      [time, record({ do: fc.constantFrom("pause", "resume", "resume") })],
      [ends, record({ do: fc.constantFrom("stop", "start") })],
    );
    const inTheMiddle = some<unknown>(
      [6, is(null)],
      [interference, is("throw")],
      [2 * interference, this.plainAct],
    );
    const atOnce = some<unknown>(
      [20, is(null)],
      [1, fc.constantFrom("resolve", "reject", "throw")],
      [2 * interference, this.plainAct],
    );
    this.plainWait = some<Wait>(
      [5 + time, record({ wait: is("frame"), phase: fc.constantFrom(0, 1, 2) })],
      [2 * time, record({ wait: is("sleep"), ms })],
      [2 * events, record({ wait: is("event"), event: below(EVENTS) })],
      [2 * channels, record({ wait: is("send"), channel: below(CHANNELS.length) })],
      [2 * channels, record({ wait: is("receive"), channel: below(CHANNELS.length) })],
      [
        2 * outside,
        record({ wait: is("outside"), source: below(SOURCES), start: atOnce, cleanup: inTheMiddle }),
      ],
      [2 * tasks, record({ wait: is("join"), task })],
      [time, is({ wait: "breathe" })],
    );
  }

  act(depth: number): Arbitrary<Act> {
    if (depth === 0) return this.plainAct;
    return some<Act>(
      [12, this.plainAct],
      [1, record({ do: is("run"), body: this.body(depth - 1), signal, isAsync: this.isAsync })],
    );
  }

  body(depth: number): Arbitrary<Statement[]> {
    return (this.bodies[depth] ??= fc.array(this.statement(depth), { maxLength: depth + 3, size: "max" }));
  }

  program(): Arbitrary<Program> {
    const root: Arbitrary<Step> = record({
      do: is("run"),
      body: this.body(DEPTH),
      signal,
      isAsync: this.isAsync,
    });
    const turn = some<Step>(
      [12, is({ do: "tick", ms: 10 })],
      [2, record({ do: is("tick"), ms: fc.constantFrom(0, 5, 15, 30, 500, -5) })],
      [2, record({ do: is("pump"), ms: fc.constantFrom(0, 5, 10, 500) })],
      [1, record({ do: is("step"), ms: fc.constantFrom(0, 10, 15) })],
    );
    const roots = fc.array(root, { minLength: 2, maxLength: 4, size: "max" });
    const steps = fc.array(some([3, turn], [2, this.act(1)]), { minLength: 4, maxLength: 16, size: "max" });
    return record({
      steps: fc.tuple(roots, steps).map(([roots, steps]) => roots.concat(steps)),
      onError: this.focus.interference === 0 ? is(null) : fc.option(this.plainAct),
    });
  }

  private wait(depth: number): Arbitrary<Wait> {
    const { combinators } = this.focus;
    if (depth === 0 || combinators === 0) return this.plainWait;
    const operand = some<Operand>([3, this.wait(depth - 1)], [1, record({ body: this.body(depth - 1) })]);
    const of = fc.array(operand, { minLength: 1, maxLength: 3, size: "max" });
    return some<Wait>(
      [8, this.plainWait],
      [2 * combinators, record({ wait: fc.constantFrom("all", "allSettled", "race", "any"), of })],
      [combinators, record({ wait: is("timeout"), ms, of: operand })],
    );
  }

  private statement(depth: number): Arbitrary<Statement> {
    const { async, errors, tasks } = this.focus;
    const plain: [number, Arbitrary<Statement>][] = [
      [12, record({ do: is("wait"), on: this.wait(depth) })],
      [async, record({ do: is("float"), on: this.wait(depth) })],
      [5, this.act(depth)],
      [errors, is({ do: "throw" })],
    ];
    if (depth === 0) return some<Statement>(...plain);
    const inner = this.body(depth - 1);
    return some<Statement>(
      ...plain,
      [1, is({ do: "return" })],
      [2 * tasks, record({ do: is("spawn"), body: inner, signal, isAsync: this.isAsync })],
      [1, record({ do: is("repeat"), times: fc.integer({ min: 2, max: 4 }), body: inner })],
      [1, record({ do: is("call"), body: inner })],
      [
        1 + 2 * errors,
        record({
          do: is("try"),
          body: inner,
          catch: fc.option(inner, { freq: 2 }),
          finally: fc.option(inner, { freq: 2 }),
        }),
      ],
    );
  }
}

const of = (focuses: Focus[]) => fc.oneof(...focuses.map((focus) => new Grammar(focus).program()));

/** A program that starts a few tasks, and then lets the outside do this and that. */
export const program: Arbitrary<Program> = of(FOCUSES);

/** One in which half of the tasks are async functions. */
export const asyncProgram: Arbitrary<Program> = of(
  FOCUSES.map((focus) => Object.assign({}, focus, { async: 4 })),
);

/** Very many tasks that wait for frames and times, and are cancelled in any order. */
export const crowd: Arbitrary<Program> = fc
  .tuple(
    fc.array(
      fc.array(
        some<Wait>(
          [2, record({ wait: is("frame"), phase: fc.constantFrom(0, 1, 2) })],
          [2, record({ wait: is("sleep"), ms: fc.nat({ max: 60 }) })],
          [1, record({ wait: is("event"), event: below(EVENTS) })],
        ).map((on): Statement => ({ do: "wait", on })),
        { minLength: 1, maxLength: 4, size: "max" },
      ),
      { minLength: 150, maxLength: 400, size: "max" },
    ),
    fc.array(
      some<Step>(
        [8, record({ do: is("cancel"), task: fc.nat({ max: 400 }) })],
        [1, is({ do: "tick", ms: 10 })],
        [1, record({ do: is("set"), event: below(EVENTS) })],
      ),
      { minLength: 200, maxLength: 600, size: "max" },
    ),
  )
  .map(([bodies, steps]) => {
    const runs = bodies.map((body): Step => ({ do: "run", body, signal: null, isAsync: false }));
    return { steps: [...runs, { do: "tick", ms: 10 }, ...steps], onError: null };
  });
