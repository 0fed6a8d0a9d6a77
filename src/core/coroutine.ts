import { Action } from "./action.ts";
import { wrong } from "./check.ts";
import { isIterable } from "./operation.ts";

/** The iterator of a coroutine, as the loop needs it: it must also take errors and cancellation. */
export interface Coroutine<T> {
  next(resumed?: unknown): IteratorResult<unknown, T>;
  throw(error: unknown): IteratorResult<unknown, T>;
  return(value?: unknown): IteratorResult<unknown, unknown>;
  /** Set once a task runs it. */
  [TAKEN]?: boolean;
}

const TAKEN = Symbol();

/**
 * The coroutine of an operation, for one task.
 *
 * @throws TypeError if it is no operation, or a generator that a task runs or has run.
 */
export function coroutineOf<T>(operation: unknown): Coroutine<T> {
  if (isIterable(operation)) {
    const coroutine = operation[Symbol.iterator]() as unknown as Coroutine<T>;
    // An action has no state: any number of tasks may wait for it.
    if (coroutine instanceof Action) return coroutine as Coroutine<T>;
    if (typeof coroutine?.throw === "function" && typeof coroutine.return === "function") {
      if (coroutine[TAKEN]) throw new TypeError("a task runs or ran this generator: call its function again");
      coroutine[TAKEN] = true;
      return coroutine;
    }
  }
  throw noOperation(operation);
}

/** @internal */
export function noOperation(value: unknown): TypeError {
  return wrong("expected an operation (an action, a generator or a task)", value);
}
