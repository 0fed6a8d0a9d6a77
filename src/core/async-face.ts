import { Action } from "./action.ts";
import { CancelledError } from "./errors.ts";
import { actionOf } from "./join.ts";
import type { Operation } from "./operation.ts";
import { Spawn } from "./spawn.ts";
import { DONE } from "./status.ts";
import type { Runnable, Task, TaskOptions } from "./task.ts";
import { Waiter } from "./waiter.ts";

/**
 * What an async function that runs as a task waits with: `await wait(operation)`. The wait begins at the call, and its
 * promise settles inside the frame: the code after the `await` runs in the microtasks right after `tick`, where drawing
 * is valid, but after the frame's last phase. When the task is cancelled, pending and later waits reject with a
 * {@link CancelledError}.
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

/** How often a wait may settle at once before the task must let go: an endless chain of microtasks freezes the page. */
const IMMEDIATE_LIMIT = 10_000;

/** The waits of one async function. @internal */
export class AsyncFace {
  readonly wait: Wait;
  /** Its waits that have not settled, oldest first. */
  readonly pending = new Set<AsyncWait>();
  /** How many waits in a row have settled at once. */
  immediate = 0;
  /** The deadline of the sleep that ended last: the next one counts from it. */
  resumedAt = Number.NaN;
  private controller: AbortController | null = null;
  /** What ended the task; waits reject with it from then on. */
  private reason: unknown = null;

  constructor(readonly task: Task<unknown>) {
    const wait = <T>(operation: Operation<T>) => this.begin(operation);
    wait.spawn = <T>(operation: Runnable<T>, options?: TaskOptions) => {
      if (this.reason !== null) throw this.reason;
      return task.loop.adopt(operation, task, options);
    };
    this.wait = Object.defineProperty(wait, "signal", { get: () => this.signal }) as unknown as Wait;
  }

  /** Makes the task wait for the async function's own promise. */
  follow(promise: PromiseLike<unknown>): Action<unknown> {
    this.task.face = this;
    return new AsyncBody(promise, this);
  }

  /** Rejects what is pending with a child's error. False: nothing is pending. */
  childFailed(error: unknown): boolean {
    const pending = [...this.pending];
    for (const wait of pending) wait.drop(error, false);
    return pending.length > 0;
  }

  /** The task has ended, or is being cancelled. */
  close(cancelled: boolean): void {
    if (this.reason !== null) return;
    this.reason = new CancelledError(`task "${this.task.name}" ${cancelled ? "was cancelled" : "has ended"}`);
    for (const wait of this.pending) wait.drop(this.reason, true);
    if (cancelled) this.controller?.abort(this.reason);
  }

  /** Whether an error of the function after its end is news. */
  isNews(error: unknown): boolean {
    return error !== this.reason;
  }

  private get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason !== null) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  private begin<T>(operation: Operation<T>): Promise<T> {
    const wait = new AsyncWait(this);
    const { task } = this;
    try {
      if (task.childErrors !== null) throw task.takeChildError();
      const action = actionOf(operation);
      if (action instanceof Spawn) {
        throw new TypeError(
          "a task is thenable, so wait(spawn(op)) would wait for its end: use wait.spawn(op)",
        );
      }
      if (this.reason !== null) {
        wait.drop(this.reason, true);
      } else {
        this.pending.add(wait);
        task.loop.resumedAt = this.resumedAt;
        if (wait.begin(action)) wait.resumeAtOnce();
      }
    } catch (error) {
      wait.drop(error, false);
    }
    task.loop.resumedAt = Number.NaN;
    task.loop.arm();
    return wait.promise as Promise<T>;
  }
}

/** One `wait(...)`: settles its promise at its turn in the frame. */
class AsyncWait extends Waiter {
  readonly promise: Promise<unknown>;
  private fulfil!: (value: unknown) => void;
  private reject!: (error: unknown) => void;

  constructor(private readonly face: AsyncFace) {
    super(face.task.loop);
    this.promise = new Promise((fulfil, reject) => Object.assign(this, { fulfil, reject }));
  }

  get task(): Task<unknown> {
    return this.face.task;
  }

  resume(): void {
    this.face.immediate = 0;
    this.face.resumedAt = this.loop.resumedAt;
    this.loop.keepFrameOpen();
    this.finish(this.failed, this.value);
  }

  /** The wait had settled when it began. */
  resumeAtOnce(): void {
    if (++this.face.immediate <= IMMEDIATE_LIMIT) {
      this.finish(this.failed, this.value);
    } else {
      // The promise stays pending: a rejection could be caught, and the function would go round once more.
      this.face.pending.delete(this);
      this.task.runaway(IMMEDIATE_LIMIT);
    }
  }

  /** Ends the wait from outside. `quiet`: its rejection is nobody's unhandled one. */
  drop(error: unknown, quiet: boolean): void {
    this.abandon();
    if (quiet) this.promise.catch(() => {});
    this.finish(true, error);
  }

  private finish(failed: boolean, value: unknown): void {
    this.status = DONE;
    this.face.pending.delete(this);
    if (failed) this.reject(value);
    else this.fulfil(value);
  }
}

/** Waits for the end of the async function itself. */
class AsyncBody extends Action<unknown> {
  readonly name = "async function";
  private waiter: Waiter | null = null;

  constructor(promise: PromiseLike<unknown>, face: AsyncFace) {
    super();
    promise.then(
      (value) => this.waiter?.settle(false, value),
      (error: unknown) => {
        if (this.waiter !== null) this.waiter.settle(true, error);
        else if (face.isNews(error)) face.task.loop.report(error, face.task);
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
