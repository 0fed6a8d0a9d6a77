import { Action, RESUME, RESUMED } from "./action.ts";
import { AsyncBody, asyncWait, type Wait } from "./async-wait.ts";
import { coroutineOf, type Coroutine } from "./coroutine.ts";
import { CancelledError, chain, RunawayError } from "./errors.ts";
import { Join } from "./join.ts";
import type { Loop } from "./loop.ts";
import { describe, isIterable, isThenable, type Operation, type Suspend } from "./operation.ts";
import { CANCELLED, DONE, FAILED, RUNNING, STATES, WAITING, type TaskState } from "./status.ts";
import { Waiter } from "./waiter.ts";

/** What `run` and `spawn` take: an operation, or a function that returns one, or an async function. */
export type Runnable<T> = Operation<T> | ((wait: Wait) => Operation<T> | PromiseLike<T>);

/** Options of `run` and `spawn`. */
export interface TaskOptions {
  /** What messages and tools call the task. The default is the function's own name. */
  name?: string | undefined;
  /** Cancels the task when it aborts. */
  signal?: AbortSignal | undefined;
}

/** Whose child a task is: another task, or its loop. */
export interface TaskOwner {
  /** The newest of the children that have not ended. @internal */
  lastChild: Task<unknown> | null;
  /** Takes the error of a child for which nobody waits. @internal */
  childFailed(error: unknown, child: Task<unknown>): void;
}

/** The promise of a task, once somebody has asked for it. */
interface Promised<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** What few tasks need. */
class Rare<T> {
  cancelRequested = false;
  /** Errors of children, to be thrown at the next wait. */
  childErrors: unknown[] | null = null;
  promised: Promised<T> | null = null;
  /** What is to be called at its end. */
  endings: Set<() => void> | null = null;
  /** Whether it runs an async function, or is a wait of one. */
  isAsync = false;
  isWait = false;
  /** Of an async function: how many of its waits in a row settled at once. */
  immediate = 0;
  /** The deadline of the sleep that it waited for last: the next one counts from it. */
  resumedAt = Number.NaN;
  controller: AbortController | null = null;
}

/** How often a task may go on at once before it must let go of the frame. */
const IMMEDIATE_LIMIT = 10_000;

/** How often a task that is being ended may try to wait before it is left as it is. */
const UNWIND_LIMIT = 1_000;

/**
 * A running coroutine. It is an operation (`yield* task` waits for its end) and a promise (`await task`), lazily: no
 * promise exists unless somebody asks for one.
 *
 * Whoever waits for a task gets its result, its error, or a {@link CancelledError}. An error that nobody waits for is
 * thrown into the parent, and from a root task goes to the loop's `onError`.
 */
export class Task<T> extends Waiter implements Operation<T>, Promise<T>, TaskOwner {
  /** @internal */
  lastChild: Task<unknown> | null = null;
  /** The next older child of the same owner. @internal */
  older: Task<unknown> | null = null;
  /** The next newer child of the same owner. @internal */
  newer: Task<unknown> | null = null;
  /** Whether a cancellation or a child's error waits for the next yield. @internal */
  interrupted = false;

  /** Its body has ended or is being unwound: nothing interrupts it any more. */
  #closing = false;
  #joiners: Set<Waiter> | null = null;
  #rare: Rare<T> | null = null;
  /** Its name, or its number. */
  #label: string | number;

  /** @internal */
  constructor(
    loop: Loop,
    /** @internal */
    readonly owner: TaskOwner,
    runnable: Runnable<T>,
    options?: TaskOptions,
  ) {
    super(loop);
    this.#label = ++loop.taskCount;
    if (typeof runnable === "function") {
      // Called at its first step, so that nothing of it runs inside the caller.
      this.record = runnable;
      if (runnable.name) this.#label = runnable.name;
    } else {
      this.coroutine = coroutineOf(runnable);
    }
    if (options !== undefined) {
      if (options.name) this.#label = options.name;
      // Before it is in the tree: a signal that is none must leave nothing there.
      if (options.signal) this.#follow(options.signal);
    }
    this.older = owner.lastChild;
    if (this.older !== null) this.older.newer = this;
    owner.lastChild = this;
    if (options?.signal?.aborted) this.cancel();
  }

  /** What messages and tools call it: the `name` that it was given, or its function's, or a number. */
  get name(): string {
    return typeof this.#label === "number" ? `task ${this.#label}` : this.#label;
  }

  /** Where it is in its life: see {@link TaskState}. */
  get state(): TaskState {
    return STATES[this.status] as TaskState;
  }

  /** The task that spawned it, or null for a root task of the loop. */
  get parent(): Task<unknown> | null {
    return this.owner instanceof Task ? this.owner : null;
  }

  /** Its children that have not ended, in the order in which they were spawned. */
  get children(): Task<unknown>[] {
    return childrenOf(this);
  }

  /** What it waits for, in words, or null: for messages and tools. */
  get waitsFor(): string | null {
    return this.status === WAITING && this.wait !== null ? this.wait.name : null;
  }

  /** The names from its root task to itself. */
  get path(): string[] {
    return [...(this.parent?.path ?? []), this.name];
  }

  /** @internal */
  get task(): Task<unknown> {
    // What a wait of an async function opens or starts outlives the wait: it belongs to the function's task.
    return this.#rare?.isWait ? (this.owner as Task<unknown>) : this;
  }

  /**
   * Ends the task at once: cleans up what it waits for, cancels its children, newest first, then runs its `finally`
   * blocks, which can't wait any more. `catch` blocks are passed by. A task whose own code is on the stack is cancelled
   * at its next `yield*`; one that has ended stays as it is. Never throws: errors of a cleanup go to `onError`.
   */
  cancel(): void {
    if (this.#closing) return;
    if (this.status === RUNNING) {
      this.interrupted = this.#more.cancelRequested = true;
    } else {
      this.#unwind(CANCELLED);
      // The driver may have been asked for a wake-up that nobody needs any more: it would keep a process alive.
      this.loop.arm();
    }
  }

  /** Waits for its end: used by `yield*`. */
  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return new Join(this)[Symbol.iterator]();
  }

  /** Makes it a promise: `await task`. The promise exists from the first call on. */
  // oxlint-disable-next-line unicorn/no-thenable -- a task is a promise by contract
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.promise.then(onFulfilled, onRejected);
  }

  /** As `Promise.prototype.catch`. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.promise.catch(onRejected);
  }

  /** As `Promise.prototype.finally`. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.promise.finally(onFinally);
  }

  get [Symbol.toStringTag](): string {
    return "Task";
  }

  /** @internal */
  get promise(): Promise<T> {
    if (!this.#rare?.promised) {
      const promised = {} as Promised<T>;
      promised.promise = new Promise((resolve, reject) => Object.assign(promised, { resolve, reject }));
      this.#more.promised = promised;
      if (this.settled) this.#keepPromise(promised);
    }
    return this.#rare!.promised!.promise;
  }

  /** Whether it has ended, and everything below it too. @internal */
  get settled(): boolean {
    return this.status >= DONE && this.lastChild === null;
  }

  /** Calls back when it has ended; returns what takes that back. @internal */
  onEnd(ending: () => void): () => void {
    const endings = (this.#more.endings ??= new Set());
    endings.add(ending);
    return () => endings.delete(ending);
  }

  /** Tells a waiter of its end, now or later. @internal */
  join(waiter: Waiter): void {
    if (this.settled) waiter.settle(this.status !== DONE, this.#outcome);
    else (this.#joiners ??= new Set()).add(waiter);
  }

  /** @internal */
  leave(waiter: Waiter): void {
    this.#joiners?.delete(waiter);
  }

  /** @internal */
  resume(): void {
    const { failed, value, record, wait } = this;
    this.value = this.record = undefined;
    this.status = RUNNING;
    let result: IteratorResult<unknown, unknown>;
    try {
      if (wait !== null) result = this.#advance(failed, value);
      else if (this.#rare?.childErrors) result = this.#advance(true, this.takeChildError()?.error);
      else {
        if (this.coroutine === null) this.coroutine = this.#open(record as (wait: Wait) => unknown);
        // Without a value: to an action, this must look like `yield*` itself.
        result = this.coroutine.next();
      }
    } catch (error) {
      this.end(FAILED, error);
      return;
    }
    this.proceed(result);
  }

  /** Goes on from a step's result until it waits or has ended: in a loop, since a wait may have settled already. @internal */
  proceed(result: IteratorResult<unknown, unknown>): void {
    for (let immediate = 0; ;) {
      if (result.done === true) {
        this.end(DONE, result.value);
        return;
      }
      if (this.#rare?.cancelRequested) {
        this.#unwind(CANCELLED);
        return;
      }
      let failed = true;
      let value: unknown;
      if (this.#rare?.childErrors) {
        value = this.takeChildError()?.error;
      } else if (!(result instanceof Action)) {
        value = new TypeError(
          `task "${this.name}" yielded ${describe(result.value)}: write yield*, not yield`,
        );
      } else if (this.begin(result)) {
        ({ failed, value } = this);
        this.value = this.record = undefined;
        immediate += (result as unknown as Action<unknown>).weight - 1;
      } else {
        return;
      }
      if (++immediate > IMMEDIATE_LIMIT) {
        this.wait = null;
        this.#runaway();
        return;
      }
      this.status = RUNNING;
      try {
        result = this.#advance(failed, value);
      } catch (error) {
        this.end(FAILED, error);
        return;
      }
    }
  }

  #advance(failed: boolean, value: unknown): IteratorResult<unknown, unknown> {
    const coroutine = this.coroutine as Coroutine<T>;
    if (failed) return coroutine.throw(value);
    RESUMED.value = value;
    return coroutine.next(RESUME);
  }

  #open(body: (wait: Wait) => unknown): Coroutine<T> {
    const result = body.length > 0 ? body(asyncWait(this)) : (body as () => unknown)();
    // A task is thenable too, but an operation in the first place.
    const isAsync = isThenable(result) && !isIterable(result);
    if (isAsync) this.#more.isAsync = true;
    return coroutineOf(isAsync ? new AsyncBody(result as PromiseLike<unknown>, this) : result);
  }

  /** The body has ended: what is below it ends too, and only then the task settles. @internal */
  end(status: typeof DONE | typeof FAILED, value: unknown): void {
    this.#closing = true;
    if (this.lastChild !== null) cancelChildren(this);
    this.#finish(status, value);
  }

  /** Ends a task that never lets go of the frame. Not by a throw: that could be caught. */
  #runaway(): void {
    const text = `went on ${IMMEDIATE_LIMIT} times without letting go of the frame: wait for nextFrame() in its loop`;
    this.#unwind(FAILED, new RunawayError(`task "${this.name}" ${text}`));
  }

  #unwind(status: typeof CANCELLED | typeof FAILED, error?: unknown): void {
    this.#closing = true;
    this.abandon();
    cancelChildren(this);
    this.#rare?.controller?.abort(this.#cancelled);
    this.status = RUNNING;
    const { coroutine } = this;
    for (let waits = 0; coroutine !== null && waits < UNWIND_LIMIT; waits++) {
      try {
        if (coroutine.return().done === true) break;
        const text = `task "${this.name}" is being ended: its finally blocks can't wait`;
        this.loop.report(new Error(text), this);
      } catch (cleanupError) {
        this.loop.report(cleanupError, this);
        break;
      }
    }
    this.#finish(status, error);
  }

  #finish(status: typeof DONE | typeof FAILED | typeof CANCELLED, value: unknown): void {
    this.status = status;
    this.value = value;
    this.wait = this.coroutine = null;
    this.record = undefined;
    if (this.#rare !== null) this.#finishRare(this.#rare);
    if (this.status === FAILED) chain(this.value, this);
    // A child that is on the stack ends at its own next yield; the last one to go settles its parent.
    if (this.lastChild === null) this.#settle();
  }

  #finishRare(rare: Rare<T>): void {
    if (rare.endings !== null) for (const ending of rare.endings) ending();
    rare.endings = null;
    if (rare.childErrors !== null) {
      for (const error of rare.childErrors) {
        // The body ended before its next wait: a child's error must not get lost, so it becomes the task's own.
        if (this.status === DONE) {
          this.status = FAILED;
          this.value = error;
        } else {
          this.loop.report(error, this);
        }
      }
      rare.childErrors = null;
    }
  }

  #settle(): void {
    const { owner, older, newer } = this;
    if (newer === null) owner.lastChild = older;
    else newer.older = older;
    if (older !== null) older.newer = newer;
    this.older = this.newer = null;
    // Asked now: whoever hears of this end may end the parent, which then settles by itself.
    const wasLast = owner instanceof Task && owner.settled;

    const joiners = this.#joiners;
    this.#joiners = null;
    const failed = this.status !== DONE;
    if (joiners !== null) for (const waiter of joiners) waiter.settle(failed, this.#outcome);
    if (this.#rare?.promised) this.#keepPromise(this.#rare.promised);
    else if (this.status === FAILED && !joiners?.size) owner.childFailed(this.value, this);
    if (wasLast) owner.#settle();
  }

  #keepPromise(promised: Promised<T>): void {
    this.loop.keepFrameOpen();
    if (this.#rare?.isWait) (this.owner as Task<unknown>).#more.resumedAt = this.loop.resumedAt;
    if (this.status === DONE) promised.resolve(this.value as T);
    else promised.reject(this.#outcome);
    // Cancelling is nobody's unhandled rejection.
    if (this.status === CANCELLED) promised.promise.catch(() => {});
  }

  /** Its result or its error, as a waiter gets it. */
  get #outcome(): unknown {
    return this.status === CANCELLED ? this.#cancelled : this.value;
  }

  get #cancelled(): CancelledError {
    const ended = this.status === DONE || this.status === FAILED;
    return new CancelledError(`task "${this.name}" ${ended ? "has ended" : "was cancelled"}`);
  }

  /** @internal */
  childFailed(error: unknown, child: Task<unknown>): void {
    if (this.#closing) {
      this.loop.report(error, child);
    } else if (this.#rare?.isAsync) {
      const waits = childrenOf(this).filter((other) => other.#rare?.isWait);
      for (const wait of waits) wait.#unwind(FAILED, error);
      if (waits.length === 0) (this.#more.childErrors ??= []).push(error);
    } else {
      (this.#more.childErrors ??= []).push(error);
      this.interrupted = true;
      // Its cleanup may have ended the task itself.
      if (this.status === WAITING) this.abandon();
      if (this.status === WAITING) this.settle(false, undefined);
    }
  }

  /** @internal */
  takeChildError(): { error: unknown } | null {
    const rare = this.#rare;
    if (!rare?.childErrors) return null;
    const error = rare.childErrors.shift();
    if (rare.childErrors.length === 0) rare.childErrors = null;
    this.interrupted = rare.cancelRequested || rare.childErrors !== null;
    return { error };
  }

  /** Begins a wait of the async function that it runs: as a child, but at once. @internal */
  beginWait<R>(action: Action<R>): Promise<R> {
    const { loop } = this;
    if (this.#closing) {
      const refused = Promise.reject<R>(this.#cancelled);
      refused.catch(() => {});
      return refused;
    }
    const wait = new Task<R>(loop, this, action, { name: action.name });
    const { promise } = wait;
    wait.#more.isWait = true;
    const rare = this.#more;
    loop.resumedAt = rare.resumedAt;
    wait.resume();
    loop.resumedAt = Number.NaN;
    loop.arm();
    rare.immediate = wait.settled ? rare.immediate + 1 : 0;
    if (rare.immediate <= IMMEDIATE_LIMIT) return promise;
    this.#runaway();
    // Pending for good: a rejection could be caught, and the function would go round once more.
    return new Promise(() => {});
  }

  /** Starts a child of the async function that it runs. @internal */
  spawnChild<R>(runnable: Runnable<R>, options?: TaskOptions): Task<R> {
    if (this.#closing) throw this.#cancelled;
    return this.loop.adopt(runnable, this, options);
  }

  /** Aborts when it is cancelled. @internal */
  get signal(): AbortSignal {
    const controller = (this.#more.controller ??= new AbortController());
    if (this.#closing) controller.abort(this.#cancelled);
    return controller.signal;
  }

  get #more(): Rare<T> {
    return (this.#rare ??= new Rare());
  }

  #follow(signal: AbortSignal): void {
    const cancel = () => this.cancel();
    signal.addEventListener("abort", cancel);
    this.onEnd(() => signal.removeEventListener("abort", cancel));
  }
}

/** Cancels the children of a task or of a loop, newest first. @internal */
export function cancelChildren(owner: TaskOwner): void {
  // Those there are now: what is cancelled changes the chain, and may come round to its own owner.
  for (const child of newestFirst(owner)) child.cancel();
}

/** The children of a task or of a loop, oldest first. @internal */
export function childrenOf(owner: TaskOwner): Task<unknown>[] {
  return newestFirst(owner).toReversed();
}

function newestFirst(owner: TaskOwner): Task<unknown>[] {
  const children: Task<unknown>[] = [];
  for (let child = owner.lastChild; child !== null; child = child.older) children.push(child);
  return children;
}
