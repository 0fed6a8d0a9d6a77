import type { Suspend } from "awaitframe";
import type { Act, Operand, Spawned, Statement, Wait } from "./program.ts";

/** What bodies run in: the kit, or the model of it. */
export interface World {
  /** How many statements may still run: programs that start programs must end. */
  fuel: number;
  /** How many bodies have begun. */
  bodies: number;
  /** How many errors were thrown by `throw`. */
  throws: number;
  log(line: string): void;
  act(act: Act): void;
  /** `me` is the body that waits. */
  wait(wait: Wait, me: string): Coroutine;
  spawn(spawned: Spawned): Coroutine;
}

/** What an async function has. */
export interface Face {
  readonly aborted: boolean;
  wait(wait: Wait): Promise<unknown>;
  spawn(spawned: Spawned): void;
}

/** A coroutine, as it is written. */
export type Coroutine = Iterable<Suspend, unknown, unknown>;

/** An error that a program throws. */
export class Thrown extends Error {}

const RETURN = Symbol("return");

/** Runs a body, and gives its number. */
export function* run(world: World, statements: Statement[]): Generator<Suspend, string, unknown> {
  const me = `b${world.bodies++}`;
  world.log(`${me} begins`);
  yield* block(world, me, statements);
  world.log(`${me} ends`);
  return me;
}

type Completion = typeof RETURN | undefined;

type Block = Generator<Suspend, Completion, unknown>;

function* block(world: World, me: string, statements: Statement[]): Block {
  for (const statement of statements) {
    if (world.fuel-- <= 0) return RETURN;
    if ((yield* one(world, me, statement)) === RETURN) return RETURN;
  }
  return undefined;
}

function* one(world: World, me: string, statement: Statement): Block {
  switch (statement.do) {
    case "wait":
    case "float": {
      const value = yield* world.wait(statement.on, me);
      world.log(`${me} ${nameOf(statement.on)}: ${show(value)}`);
      return undefined;
    }
    case "spawn":
      yield* world.spawn(statement);
      world.log(`${me} spawned`);
      return undefined;
    case "throw":
      world.log(`${me} throws`);
      throw new Thrown(`E${world.throws++}`);
    case "return":
      world.log(`${me} returns`);
      return RETURN;
    case "repeat":
      for (let i = 0; i < statement.times; i++) {
        if ((yield* block(world, me, statement.body)) === RETURN) return RETURN;
      }
      return undefined;
    case "call":
      yield* run(world, statement.body);
      return undefined;
    case "try":
      return yield* withFinally(world, me, statement);
    default:
      world.log(`${me} ${statement.do}`);
      world.act(statement);
      return undefined;
  }
}

type Try = Extract<Statement, { do: "try" }>;

function* withFinally(world: World, me: string, statement: Try): Block {
  if (statement.finally === null) return yield* withCatch(world, me, statement);
  try {
    if ((yield* withCatch(world, me, statement)) === RETURN) return RETURN;
  } finally {
    world.log(`${me} finally`);
    // oxlint-disable-next-line no-unsafe-finally -- the program may have a `return` there
    if ((yield* block(world, me, statement.finally)) === RETURN) return RETURN;
  }
  return undefined;
}

function* withCatch(world: World, me: string, statement: Try): Block {
  if (statement.catch === null) return yield* block(world, me, statement.body);
  try {
    return yield* block(world, me, statement.body);
  } catch (error) {
    world.log(`${me} caught ${show(error)}`);
    return yield* block(world, me, statement.catch);
  }
}

/** Runs a body as an async function. */
export async function runAsync(world: World, face: Face, statements: Statement[]): Promise<string> {
  const me = `a${world.bodies++}`;
  world.log(`${me} begins`);
  await asyncBlock(world, face, me, statements);
  world.log(`${me} ends`);
  return me;
}

async function asyncBlock(
  world: World,
  face: Face,
  me: string,
  statements: Statement[],
): Promise<Completion> {
  for (const statement of statements) {
    if (world.fuel-- <= 0) return RETURN;
    if ((await asyncOne(world, face, me, statement)) === RETURN) return RETURN;
  }
  return undefined;
}

async function asyncOne(world: World, face: Face, me: string, statement: Statement): Promise<Completion> {
  switch (statement.do) {
    case "wait": {
      const value = await face.wait(statement.on);
      world.log(`${me} ${nameOf(statement.on)}: ${show(value)}`);
      return undefined;
    }
    case "float":
      face.wait(statement.on).then(
        (value) => world.log(`${me} meanwhile ${nameOf(statement.on)}: ${show(value)}`),
        (error: unknown) => world.log(`${me} meanwhile ${show(error)}`),
      );
      return undefined;
    case "spawn":
      face.spawn(statement);
      world.log(`${me} spawned`);
      return undefined;
    case "throw":
      world.log(`${me} throws`);
      throw new Thrown(`E${world.throws++}`);
    case "return":
      world.log(`${me} returns`);
      return RETURN;
    case "repeat":
      for (let i = 0; i < statement.times; i++) {
        if ((await asyncBlock(world, face, me, statement.body)) === RETURN) return RETURN;
      }
      return undefined;
    case "call":
      await runAsync(world, face, statement.body);
      return undefined;
    case "try":
      return asyncTry(world, face, me, statement);
    default:
      world.log(`${me} ${statement.do}`);
      world.act(statement);
      return undefined;
  }
}

async function asyncTry(world: World, face: Face, me: string, statement: Try): Promise<Completion> {
  try {
    return await asyncBlock(world, face, me, statement.body);
  } catch (error) {
    if (statement.catch === null) throw error;
    world.log(`${me} caught ${show(error)}`);
    return await asyncBlock(world, face, me, statement.catch);
  } finally {
    world.log(`${me} finally${face.aborted ? ", aborted" : ""}`);
    await asyncBlock(world, face, me, statement.finally ?? []);
  }
}

/** What a wait is called in a trace. */
export function nameOf(operand: Operand): string {
  if ("body" in operand) return "body";
  switch (operand.wait) {
    case "frame":
      return ["update", "render", "after"][operand.phase] as string;
    case "sleep":
      return `sleep ${operand.ms}`;
    case "event":
      return `event ${operand.event}`;
    case "send":
    case "receive":
      return `${operand.wait} ${operand.channel}`;
    case "outside":
      return `outside ${operand.source}`;
    case "join":
    case "breathe":
      return operand.wait;
    case "timeout":
      return `timeout(${nameOf(operand.of)})`;
    default:
      return `${operand.wait}(${operand.of.map(nameOf).join()})`;
  }
}

/** A value as it stands in a trace: the same for the kit and the model. */
export function show(value: unknown): string {
  if (value instanceof Thrown) return value.message;
  if (value instanceof AggregateError) return `AggregateError${show(value.errors)}`;
  if (value instanceof Error) return value.name;
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  if (typeof value === "object" && value !== null) {
    if ("rawDelta" in value) {
      const { index, time, delta, rawDelta } = value as Record<string, number>;
      return `frame ${index} at ${time}, ${delta}, ${rawDelta}`;
    }
    if ("status" in value) {
      const { status, value: result, reason } = value as Record<string, unknown>;
      return `${String(status)} ${show(status === "fulfilled" ? result : reason)}`;
    }
  }
  return String(value);
}
