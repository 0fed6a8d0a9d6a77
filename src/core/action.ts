import { wrong } from "./check.ts";
import { locate } from "./errors.ts";
import type { Operation, Suspend } from "./operation.ts";
import type { Task } from "./task.ts";
import type { Waiter } from "./waiter.ts";

/** What the second `next` of an action gives. Shared and overwritten: `yield*` reads its value at once. @internal */
export const RESUMED = { value: undefined as unknown, done: true as const };

/** The action that is on its way to the loop, where `yield*` passes on no result as it is: see {@link suspension}. */
let handed: Action<unknown> | null = null;

/** What the loop passes to `next`. Never undefined: that is what `yield*` itself passes first. @internal */
export const RESUME = true;

/**
 * The primitive operation, the one that reaches the loop: it begins, settles at most once, and is cleaned up.
 * An action is its own stateless iterator, and what that gives first: so the loop gets it without an allocation. A bare
 * `yield` is told apart, since a generator wraps what it yields in an object of its own.
 *
 * Make your own with {@link action}.
 */
export abstract class Action<T> implements Operation<T> {
  /** What is waited for, in words: for messages and tools. */
  abstract readonly name: string;

  /** Hands the action to the loop: used by `yield*`. */
  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this as unknown as Iterator<Suspend, T, unknown>;
  }

  /** @internal */
  next(resumed?: unknown): this | typeof RESUMED {
    return resumed === undefined ? this : RESUMED;
  }

  /** @internal */
  get done(): false {
    return false;
  }

  /** Read by `yield*` in JavaScriptCore, and by what iterates over an action. @internal */
  get value(): Suspend {
    // The loop has not got the first one.
    if (handed !== null) throw this.byHand();
    // oxlint-disable-next-line typescript/no-this-alias -- not to save `this`: it is what is handed on
    handed = this;
    return RESUMED as unknown as Suspend;
  }

  /** Runs inside the coroutine, so the stack here is that of the `yield*` that waits. @internal */
  throw(error: unknown): never {
    throw locate(error);
  }

  /** @internal */
  return(value: unknown): IteratorReturnResult<unknown> {
    // A destructuring takes one value, and this is its end.
    if (handed === this) throw this.byHand();
    return { value, done: true };
  }

  private byHand(): TypeError {
    handed = null;
    return new TypeError(`${this.name} was iterated by hand: wait for it with yield*, in a coroutine`);
  }

  /** Begins the wait: settles the waiter, now or later, until `abort`. @internal */
  abstract begin(waiter: Waiter): void;

  /** Ends a wait that has not settled. @internal */
  abstract abort(waiter: Waiter): void;

  /** Makes the outcome, inside the frame, when the waiter of a wait that has settled goes on. May throw. @internal */
  deliver?(waiter: Waiter): unknown;

  /** Takes back an outcome that the waiter will not see any more. @internal */
  undeliver?(waiter: Waiter): void;

  /** Whether the wait can't settle before a task has ended; or who must go on first, to be asked the same. @internal */
  needs?(waiter: Waiter, task: Task<unknown>, seen: Set<Waiter>): boolean | Waiter;

  /** Whether it gives a task: a promise can't, it would wait for the task's end. @internal */
  givesTask?(): boolean;

  /** What going on at once counts towards the limit for runaway tasks: 1, unless it says otherwise. @internal */
  weight?(): number;
}

/**
 * The action that a coroutine waits for from now on, given the result of its step; null if it yielded something else.
 * By the specification, `yield*` hands on the very object that an action gives: the action itself. JavaScriptCore makes
 * a new one of its `value`; there the action comes by a side channel, with a token for a value.
 *
 * @internal
 */
export function suspension(result: unknown): Action<unknown> | null {
  if (result instanceof Action) return result as Action<unknown>;
  const action = handed;
  handed = null;
  return (result as { value: unknown }).value === RESUMED ? action : null;
}

/** Undoes what an action's start has set up. Runs exactly once, however the wait ends. */
export type Cleanup = () => void;

/** Begins an action: calls `resolve` or `reject` once, now or later, and may return a cleanup. */
export type Start<T> = (resolve: (value: T) => void, reject: (error: unknown) => void) => Cleanup | void;

/** One wait for a custom action: what `resolve` and `reject` refer to, whatever its waiter does later. */
interface Settlement {
  open: boolean;
  cleanup: Cleanup | void;
}

class CustomAction<T> extends Action<T> {
  private started = false;

  constructor(
    private readonly start: Start<T>,
    readonly name: string,
  ) {
    super();
  }

  begin(waiter: Waiter): void {
    if (this.started)
      throw new TypeError(`${this.name} was waited for already: make a new one for each wait`);
    this.started = true;
    const settlement: Settlement = { open: true, cleanup: undefined };
    waiter.record = settlement;
    const settle = (failed: boolean, value: unknown) => {
      if (!settlement.open) return;
      close(settlement, waiter);
      waiter.settle(failed, value);
    };
    try {
      const cleanup = this.start(
        (value) => settle(false, value),
        (error) => settle(true, error),
      );
      if (cleanup !== undefined && typeof cleanup !== "function") {
        throw wrong(`the start of ${this.name} must return its cleanup or nothing`, cleanup);
      }
      settlement.cleanup = cleanup;
      // Settled or cancelled while it began: the cleanup was not known then.
      if (!settlement.open) close(settlement, waiter);
    } catch (error) {
      settlement.open = false;
      throw error;
    }
  }

  abort(waiter: Waiter): void {
    close(waiter.record as Settlement, waiter);
  }
}

function close(settlement: Settlement, waiter: Waiter): void {
  settlement.open = false;
  const { cleanup } = settlement;
  settlement.cleanup = undefined;
  try {
    cleanup?.();
  } catch (error) {
    waiter.loop.report(error, waiter.task);
  }
}

/**
 * Makes an action of anything that calls back. `start` runs when a coroutine waits for the action; the coroutine goes
 * on inside the frame with what is passed to `resolve`, or throws what is passed to `reject`. The cleanup that `start`
 * returns runs exactly once: when the wait settles, and when it is cancelled. Later calls of `resolve` or `reject`
 * change nothing. An action is waited for once.
 *
 * @param start - Sets the wait up; what it throws, the waiting coroutine throws.
 * @param name - What is waited for, in words: for messages and tools.
 * @throws TypeError if `start` is no function; at the `yield*`, if the action was waited for already.
 *
 * @example
 * ```ts
 * import { action } from "awaitframe";
 *
 * const idle = () =>
 *   action<IdleDeadline>((resolve) => {
 *     const id = requestIdleCallback(resolve);
 *     return () => cancelIdleCallback(id);
 *   }, "idle");
 * ```
 */
export function action<T>(start: Start<T>, name = "action"): Action<T> {
  if (typeof start !== "function") throw wrong("action() takes a function", start);
  return new CustomAction(start, name);
}
