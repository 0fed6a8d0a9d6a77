import { Action } from "./action.ts";
import { noOperation } from "./coroutine.ts";
import { isIterable, type Operation } from "./operation.ts";
import { WAITING } from "./status.ts";
import type { Task, Runnable } from "./task.ts";
import type { Waiter } from "./waiter.ts";

/** Waits for the end of a task. Losing interest leaves the task alone. @internal */
export class Join<T> extends Action<T> {
  constructor(private readonly target: Task<T>) {
    super();
  }

  get name(): string {
    return `task "${this.target.name}"`;
  }

  begin(waiter: Waiter): void {
    const { target, name } = this;
    if (target.loop !== waiter.loop)
      throw new TypeError(`${name} belongs to another loop: wait for it with yield* until(task)`);
    // Tasks that wait for each other in a circle would hang for good.
    if (target === waiter.task || (waiter.task.isAwaited && needs(target, waiter.task)))
      throw new Error(`${name} would never end: it is the waiter, or waits for it`);
    target.join(waiter);
  }

  override needs(): Waiter {
    return this.target;
  }

  abort(waiter: Waiter): void {
    this.target.leave(waiter);
  }
}

/** Runs an operation as a child of the waiter's task and waits for its end. Losing interest cancels it. */
class Child<T> extends Action<T> {
  constructor(private readonly operation: Runnable<T>) {
    super();
  }

  get name(): string {
    return "child";
  }

  begin(waiter: Waiter): void {
    const child = waiter.loop.adopt(this.operation, waiter.task);
    waiter.record = child;
    child.join(waiter);
  }

  abort(waiter: Waiter): void {
    const child = waiter.record as Task<T>;
    child.leave(waiter);
    child.cancel();
  }

  override needs(waiter: Waiter): Waiter {
    return waiter.record as Task<T>;
  }
}

/**
 * Whether a waiter can't go on before a task has ended: it is that task, or waits for it.
 *
 * @param seen - Who has been asked: waits that may end in another way can form a circle.
 * @internal
 */
export function needs(waiter: Waiter, task: Task<unknown>, seen = new Set<Waiter>()): boolean {
  // In a loop: a queue of tasks of which each waits for the one before it may be long.
  for (let next: Waiter | boolean | undefined = waiter; ;) {
    if (next === task) return true;
    if (typeof next !== "object") return next === true;
    if (next.status !== WAITING || seen.has(next)) return false;
    next = next.wait?.needs?.(next, task, seen.add(next));
  }
}

/**
 * The action that waits for an operation: itself, a join of a task, or a new child for anything else.
 *
 * @throws TypeError if it is no operation.
 * @internal
 */
export function actionOf<T>(operation: Operation<T>): Action<T> {
  if (!isIterable(operation)) throw noOperation(operation);
  const iterator: unknown = operation[Symbol.iterator]();
  // An action is its own iterator, and a task's is the action that joins it.
  return iterator instanceof Action ? (iterator as Action<T>) : new Child(operation);
}
