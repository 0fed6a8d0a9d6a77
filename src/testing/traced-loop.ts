import { takesWait, type Wait } from "../core/async-wait.ts";
import { suspension } from "../core/action.ts";
import { Loop, type LoopOptions } from "../core/loop.ts";
import { coroutineOf, type Coroutine } from "../core/coroutine.ts";
import { Spawn } from "../core/spawn.ts";
import { isIterable, type Operation, type Suspend } from "../core/operation.ts";
import type { Runnable, Task, TaskOptions, TaskOwner } from "../core/task.ts";

/**
 * A loop that writes down each step of each task: the frame, the task, and what it then waits for. It does so from
 * around the coroutines, so that a loop without a trace pays nothing for it.
 *
 * @internal
 */
export class TracedLoop extends Loop {
  constructor(
    options: LoopOptions,
    private readonly write: (line: string) => void,
  ) {
    super(options);
  }

  /** @internal */
  override adopt<T>(runnable: Runnable<T>, owner: TaskOwner, options?: TaskOptions): Task<T> {
    // What wraps the body has no name of its own.
    const name = options?.name ?? ((runnable as { name?: string }).name || undefined);
    const note = (what: string) =>
      this.write(`${this.frame?.index ?? "-"} ${task.path.join(" > ")}: ${what}`);
    const task = super.adopt(traced(runnable, note), owner, { ...options, name });
    return task;
  }
}

type Note = (what: string) => void;

function traced<T>(runnable: Runnable<T>, note: Note): Runnable<T> {
  if (typeof runnable !== "function") return tracedOperation(runnable, note);
  const body = (wait: Wait): Operation<T> | PromiseLike<T> => {
    const result = runnable(wait);
    // The steps of an async function are the engine's.
    return isIterable(result) ? tracedOperation<T>(result, note) : result;
  };
  return Object.defineProperty(body, "length", { value: takesWait(runnable) ? 1 : 0 });
}

function tracedOperation<T>(operation: Operation<T>, note: Note): Operation<T> {
  const inner: Coroutine<T> = coroutineOf(operation);
  const step = <R extends IteratorResult<unknown, unknown>>(end: string, go: () => R): R => {
    try {
      const result = go();
      const action = result.done === true ? null : suspension(result);
      // A spawn is no wait: only now and then it gets as far as this.
      if (!(action instanceof Spawn)) note(result.done === true ? end : (action?.name ?? "a wrong yield"));
      // To its loop, an action is what a coroutine yields.
      return action === null ? result : (action as unknown as R);
    } catch (error) {
      note(`threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
      throw error;
    }
  };
  const coroutine: Coroutine<T> = {
    next: (resumed) => step("ended", () => inner.next(resumed)),
    throw: (error) => step("ended", () => inner.throw(error)),
    return: (value) => step("cancelled", () => inner.return(value)),
  };
  return { [Symbol.iterator]: () => coroutine as Iterator<Suspend, T, unknown> };
}
