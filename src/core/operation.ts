/**
 * What a coroutine hands to its loop while it waits. Only actions make it, so that a `yield` without its star is a
 * compile error: nothing else has this property, and its name is what the compiler prints.
 */
export interface Suspend {
  readonly "a coroutine waits with `yield*`, not with `yield`": never;
}

/**
 * Anything that `yield*` accepts in a coroutine and that ends in a `T`: an action, a generator, a task.
 *
 * @example
 * ```ts
 * import { nextFrame, type Operation } from "awaitframe";
 *
 * function* frames(count: number): Operation<number> {
 *   let time = 0;
 *   for (let i = 0; i < count; i++) time = (yield* nextFrame()).time;
 *   return time;
 * }
 * ```
 */
export interface Operation<T> {
  [Symbol.iterator](): Iterator<Suspend, T, unknown>;
}

/** The result type of an operation: `Result<Operation<number>>` is `number`. */
export type Result<O> = O extends Operation<infer T> ? T : never;

/** @internal */
export function isIterable(value: unknown): value is Operation<unknown> {
  return typeof (value as Partial<Operation<unknown>> | null | undefined)?.[Symbol.iterator] === "function";
}

/** Whether a value has a `then`: a promise, or what behaves like one. @internal */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
