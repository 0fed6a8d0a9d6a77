import { Action } from "./action.ts";
import { CancelledError } from "./errors.ts";
import type { Operation } from "./operation.ts";
import type { Runnable, Task, TaskOptions } from "./task.ts";
import type { Waiter } from "./waiter.ts";

/**
 * What an async function that runs as a task waits with: `await wait(operation)`. The wait begins at the call, and its
 * promise settles inside the frame: the code after the `await` runs in the microtasks right after `tick`, where drawing
 * is valid, but after the frame's last phase. When the task is cancelled, pending and later waits reject with a
 * {@link CancelledError}; when a child fails, pending ones reject with its error.
 *
 * @example
 * ```ts
 * import { Loop, nextFrame } from "awaitframe";
 *
 * new Loop().run(async (wait) => {
 *   while (true) console.log((await wait(nextFrame())).time);
 * });
 * ```
 */
export interface Wait {
  <T>(operation: Operation<T>): Promise<T>;
  /** Aborts when the task is cancelled. */
  readonly signal: AbortSignal;
  /** Starts a child task, and returns it at once. */
  spawn<T>(operation: Runnable<T>, options?: TaskOptions): Task<T>;
}

/**
 * Whether a function gets a `wait`. To make one costs more than to start a task, so that other functions get none.
 *
 * @internal
 */
export function takesWait(body: {
  readonly length: number;
  readonly [Symbol.toStringTag]?: string;
}): boolean {
  // A parameter with a default value, or of the rest, has no part in the length.
  return body.length > 0 || body[Symbol.toStringTag] === "AsyncFunction";
}

/** Makes the `wait` of a task. Each wait is a child task, so that cancelling and errors are those of tasks. @internal */
export function asyncWait(task: Task<unknown>): Wait {
  return Object.defineProperties(task.beginWait.bind(task), {
    spawn: { value: task.spawnChild.bind(task) },
    signal: { get: () => task.signal },
  }) as Wait;
}

/** Waits for the promise of the async function itself. @internal */
export class AsyncBody extends Action<unknown> {
  readonly name = "async function";
  private waiter: Waiter | null = null;

  constructor(promise: PromiseLike<unknown>, task: Task<unknown>) {
    super();
    // Of a thenable that calls back at once, one hears later too.
    Promise.resolve(promise).then(
      (value) => this.waiter?.settle(false, value),
      (error: unknown) => {
        if (this.waiter !== null) this.waiter.settle(true, error);
        // After a cancel, what it caused to fail is no news: the waits, and what listens to `wait.signal`.
        else if (!(error instanceof CancelledError) && (error as Error | null)?.name !== "AbortError")
          task.loop.report(error, task);
      },
    );
  }

  begin(waiter: Waiter): void {
    this.waiter = waiter;
  }

  abort(): void {
    this.waiter = null;
  }
}
