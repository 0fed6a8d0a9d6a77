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

const plainWait = some<Wait>(
  [5, record({ wait: is("frame"), phase: fc.constantFrom(0, 1, 2) })],
  [3, record({ wait: is("sleep"), ms })],
  [4, record({ wait: is("event"), event: below(EVENTS) })],
  [4, record({ wait: is("send"), channel: below(CHANNELS.length) })],
  [4, record({ wait: is("receive"), channel: below(CHANNELS.length) })],
  [
    4,
    record({
      wait: is("outside"),
      source: below(SOURCES),
      badCleanup: fc.nat({ max: 9 }).map((n) => n === 9),
    }),
  ],
  [4, record({ wait: is("join"), task })],
  [1, is({ wait: "breathe" })],
);

const plainAct = some<Act>(
  [4, record({ do: is("set"), event: below(EVENTS) })],
  [3, record({ do: is("clear"), event: below(EVENTS) })],
  [5, record({ do: is("cancel"), task })],
  [4, record({ do: is("settle"), source: below(SOURCES), fail: fc.nat({ max: 2 }).map((n) => n === 2) })],
  [1, record({ do: is("then"), task })],
  [1, record({ do: is("close"), channel: below(CHANNELS.length) })],
  [1, is({ do: "settleAgain" })],
  [1, record({ do: is("abort"), signal: below(SIGNALS) })],
  [1, record({ do: is("spend"), ms: fc.constantFrom(3, 8) })],
  [1, record({ do: fc.constantFrom("pause", "resume", "resume", "stop", "start") })],
);

function wait(depth: number): Arbitrary<Wait> {
  if (depth === 0) return plainWait;
  const operand = some<Operand>([3, wait(depth - 1)], [1, record({ body: body(depth - 1) })]);
  const of = fc.array(operand, { minLength: 1, maxLength: 3, size: "max" });
  return some<Wait>(
    [6, plainWait],
    [2, record({ wait: fc.constantFrom("all", "allSettled", "race", "any"), of })],
    [1, record({ wait: is("timeout"), ms, of: operand })],
  );
}

function act(depth: number): Arbitrary<Act> {
  if (depth === 0) return plainAct;
  return some<Act>([12, plainAct], [1, record({ do: is("run"), body: body(depth - 1), signal })]);
}

function statement(depth: number): Arbitrary<Statement> {
  const plain: [number, Arbitrary<Statement>][] = [
    [8, record({ do: is("wait"), on: wait(depth) })],
    [6, act(depth)],
    [1, is({ do: "throw" })],
  ];
  if (depth === 0) return some<Statement>(...plain);
  const inner = body(depth - 1);
  return some<Statement>(
    ...plain,
    [1, is({ do: "return" })],
    [4, record({ do: is("spawn"), body: inner, signal })],
    [1, record({ do: is("repeat"), times: fc.integer({ min: 2, max: 4 }), body: inner })],
    [1, record({ do: is("call"), body: inner })],
    [
      4,
      record({
        do: is("try"),
        body: inner,
        catch: fc.option(inner, { freq: 2 }),
        finally: fc.option(inner, { freq: 2 }),
      }),
    ],
  );
}

function body(depth: number): Arbitrary<Statement[]> {
  return (bodies[depth] ??= fc.array(statement(depth), { maxLength: 4, size: "max" }));
}
const bodies: Arbitrary<Statement[]>[] = [];

const turn = some<Step>(
  [12, is({ do: "tick", ms: 10 })],
  [2, record({ do: is("tick"), ms: fc.constantFrom(0, 5, 15, 30, 500, -5) })],
  [2, record({ do: is("pump"), ms: fc.constantFrom(0, 5, 10, 500) })],
  [1, record({ do: is("step"), ms: fc.constantFrom(0, 10, 15) })],
);

const root: Arbitrary<Step> = record({ do: is("run"), body: body(DEPTH), signal });

/** A program that starts a few tasks, and then lets the outside do this and that. */
export const program: Arbitrary<Program> = fc
  .tuple(
    fc.array(root, { minLength: 2, maxLength: 4, size: "max" }),
    fc.array(some<Step>([3, turn], [2, act(1)]), { minLength: 4, maxLength: 16, size: "max" }),
  )
  .map(([roots, steps]) => roots.concat(steps));
