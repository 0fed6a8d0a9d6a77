import { handover, RESUME, RESUMED, SUSPENDED } from "./action.ts";
import { AsyncFace, type Wait } from "./async-face.ts";
import { CancelledError, chain, RunawayError } from "./errors.ts";
import { Join } from "./join.ts";
import type { Loop } from "./loop.ts";
import {
  coroutineOf,
  describe,
  isThenable,
  type Coroutine,
  type Operation,
  type Suspend,
} from "./operation.ts";
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

/** Whose child a task is: another task, or its loop. @internal */
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

/** How often a task may go on at once before it must let go of the frame. */
const IMMEDIATE_LIMIT = 10_000;

/** How many waits in its `finally` blocks a cancelled task may try before it is dropped as it is. */
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
  /** What an async function waits with. @internal */
  face: AsyncFace | null = null;

  /** Its body has ended or is being unwound: nothing interrupts it any more. */
  private closing = false;
  private cancelRequested = false;
  /** Errors of children, to be thrown at the next wait. @internal */
  childErrors: unknown[] | null = null;
  private joiners: Set<Waiter> | null = null;
  private promised: Promised<T> | null = null;
  private endings: Set<() => void> | null = null;
  private readonly givenName: string | undefined;
  private readonly number: number;

  /** @internal */
  constructor(
    loop: Loop,
    /** @internal */
    readonly owner: TaskOwner,
    /** What it is to run; null once it has begun. */
    private source: Runnable<T> | null,
    options: TaskOptions | undefined,
  ) {
    super(loop);
    if (typeof source !== "function") {
      this.coroutine = coroutineOf(source);
      this.source = null;
    }
    this.number = ++loop.taskCount;
    this.givenName = options?.name ?? ((source as { name?: string }).name || undefined);
    this.older = owner.lastChild;
    if (this.older !== null) this.older.newer = this;
    owner.lastChild = this;
    if (options?.signal) this.follow(options.signal);
  }

  /** What messages and tools call it: the `name` that it was given, or its function's, or a number. */
  get name(): string {
    return this.givenName ?? `task ${this.number}`;
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
    return this;
  }

  /**
   * Ends the task at once: cleans up what it waits for, cancels its children, newest first, then runs its `finally`
   * blocks, which can't wait any more. `catch` blocks are passed by. A task whose own code is on the stack is cancelled
   * at its next `yield*`; one that has ended stays as it is. Never throws: errors of a cleanup go to `onError`.
   */
  cancel(): void {
    if (this.closing) return;
    if (this.status === RUNNING) {
      this.cancelRequested = true;
      this.interrupted = true;
    } else {
      this.unwind(CANCELLED, undefined);
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
    if (this.promised === null) {
      const promised = {} as Promised<T>;
      promised.promise = new Promise<T>((resolve, reject) => Object.assign(promised, { resolve, reject }));
      this.promised = promised;
      if (this.settled) this.keepPromise();
    }
    return (this.promised as Promised<T>).promise.then(onFulfilled, onRejected);
  }

  /** As `Promise.prototype.catch`. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(null, onRejected);
  }

  /** As `Promise.prototype.finally`. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then().finally(onFinally);
  }

  get [Symbol.toStringTag](): string {
    return "Task";
  }

  /** Whether it has ended, and everything below it too. @internal */
  get settled(): boolean {
    return this.status >= DONE && this.lastChild === null;
  }

  /** Calls back when it has ended; returns what takes that back. @internal */
  onEnd(ending: () => void): () => void {
    const endings = (this.endings ??= new Set());
    endings.add(ending);
    return () => endings.delete(ending);
  }

  /** Tells a waiter of its end, now or later. @internal */
  join(waiter: Waiter): void {
    if (this.settled) waiter.settle(this.status !== DONE, this.outcome);
    else (this.joiners ??= new Set()).add(waiter);
  }

  /** @internal */
  leave(waiter: Waiter): void {
    this.joiners?.delete(waiter);
  }

  /** @internal */
  resume(): void {
    const { failed, value } = this;
    this.value = undefined;
    this.record = undefined;
    this.status = RUNNING;
    let result: IteratorResult<unknown, unknown>;
    try {
      if (this.source !== null) this.open(this.source);
      const coroutine = this.coroutine as Coroutine<T>;
      // The wait tells a resume from a first step, which must look to an action like `yield*` itself.
      result = this.wait === null ? coroutine.next(undefined) : this.advance(coroutine, failed, value);
    } catch (error) {
      this.end(FAILED, error);
      return;
    }
    this.proceed(result);
  }

  /** Goes on from a step's result until it waits or has ended: in a loop, since a wait may have settled already. @internal */
  proceed(result: IteratorResult<unknown, unknown>): void {
    const coroutine = this.coroutine as Coroutine<T>;
    for (let immediate = 0; ;) {
      if (result.done === true) {
        this.end(DONE, result.value);
        return;
      }
      const { action } = handover;
      handover.action = null;
      if (this.cancelRequested) {
        this.unwind(CANCELLED, undefined);
        return;
      }
      let failed = true;
      let value: unknown;
      if (this.childErrors !== null) {
        value = this.takeChildError();
        immediate++;
      } else if (result !== SUSPENDED || action === null) {
        value = new TypeError(
          `task "${this.name}" yielded ${describe(result.value)}: wait with yield*, not with yield`,
        );
        immediate++;
      } else if (this.begin(action)) {
        ({ failed, value } = this);
        if (action.counts) immediate++;
      } else {
        return;
      }
      if (immediate > IMMEDIATE_LIMIT) {
        this.wait = null;
        this.runaway(IMMEDIATE_LIMIT);
        return;
      }
      this.status = RUNNING;
      try {
        result = this.advance(coroutine, failed, value);
      } catch (error) {
        this.end(FAILED, error);
        return;
      }
    }
  }

  private advance(
    coroutine: Coroutine<T>,
    failed: boolean,
    value: unknown,
  ): IteratorResult<unknown, unknown> {
    if (failed) return coroutine.throw(value);
    RESUMED.value = value;
    return coroutine.next(RESUME);
  }

  /** Calls the function that it is to run: late, so that nothing of it runs inside the caller. */
  private open(source: Runnable<T>): void {
    this.source = null;
    let body: unknown = source;
    if (typeof source === "function") {
      const face = new AsyncFace(this);
      body = source(face.wait);
      // A task is thenable too, but an operation in the first place.
      if (isThenable(body) && !(Symbol.iterator in body)) body = face.follow(body);
    }
    this.coroutine = coroutineOf(body);
  }

  /** The body has ended: what is below it ends too, and only then the task settles. @internal */
  end(status: typeof DONE | typeof FAILED, value: unknown): void {
    this.closing = true;
    this.face?.close(false);
    cancelChildren(this);
    this.finish(status, value);
  }

  /** Ends a task that never lets go of the frame. Not by a throw: that could be caught. @internal */
  runaway(times: number): void {
    const text = `task "${this.name}" went on ${times} times without letting go of the frame: wait for nextFrame() or sleep(0) in its loop`;
    this.unwind(FAILED, new RunawayError(text));
  }

  private unwind(status: typeof CANCELLED | typeof FAILED, error: unknown): void {
    this.closing = true;
    this.abandon();
    this.face?.close(true);
    cancelChildren(this);
    this.status = RUNNING;
    const { coroutine } = this;
    for (let waits = 0; coroutine !== null; waits++) {
      try {
        if (coroutine.return().done === true) break;
        handover.action = null;
        const text = `task "${this.name}" tried to wait while it was being ended: cleanup in a finally block can't wait`;
        this.loop.report(new Error(text), this);
        if (waits === UNWIND_LIMIT) break;
      } catch (cleanupError) {
        this.loop.report(cleanupError, this);
        break;
      }
    }
    this.finish(status, error);
  }

  private finish(status: typeof DONE | typeof FAILED | typeof CANCELLED, value: unknown): void {
    this.status = status;
    this.value = value;
    this.wait = null;
    this.coroutine = null;
    this.source = null;
    for (const ending of this.endings ?? []) ending();
    this.endings = null;
    for (const error of this.childErrors ?? []) {
      // The body ended before its next wait: a child's error must not get lost, so it becomes the task's own.
      if (this.status === DONE) {
        this.status = FAILED;
        this.value = error;
      } else {
        this.loop.report(error, this);
      }
    }
    this.childErrors = null;
    if (this.status === FAILED) chain(this.value, this);
    // A child that is on the stack ends at its own next yield; the last one to go settles its parent.
    if (this.lastChild === null) this.settleTask();
  }

  private settleTask(): void {
    if (this.newer === null) this.owner.lastChild = this.older;
    else this.newer.older = this.older;
    if (this.older !== null) this.older.newer = this.newer;
    this.older = this.newer = null;

    const { joiners, owner } = this;
    this.joiners = null;
    const awaited = this.promised !== null || (joiners !== null && joiners.size > 0);
    if (joiners !== null) for (const waiter of joiners) waiter.settle(this.status !== DONE, this.outcome);
    if (this.promised !== null) this.keepPromise();
    if (this.status === FAILED && !awaited) owner.childFailed(this.value, this);
    if (owner instanceof Task && owner.status >= DONE && owner.lastChild === null) owner.settleTask();
  }

  private keepPromise(): void {
    if (this.status === DONE) this.promised?.resolve(this.value as T);
    else this.promised?.reject(this.outcome);
  }

  /** Its result or its error, as a waiter gets it. */
  private get outcome(): unknown {
    return this.status === CANCELLED ? new CancelledError(`task "${this.name}" was cancelled`) : this.value;
  }

  /** @internal */
  childFailed(error: unknown, child: Task<unknown>): void {
    if (this.closing) {
      this.loop.report(error, child);
    } else if (this.face?.childFailed(error)) {
      // The pending waits of the async function have it.
    } else if (this.status === WAITING && this.face === null) {
      const { wait } = this;
      this.abandon();
      this.wait = wait;
      this.settle(true, error);
    } else {
      (this.childErrors ??= []).push(error);
      this.interrupted = true;
    }
  }

  /** @internal */
  takeChildError(): unknown {
    const error = this.childErrors?.shift();
    if (this.childErrors?.length === 0) this.childErrors = null;
    this.interrupted = this.cancelRequested || this.childErrors !== null;
    return error;
  }

  private follow(signal: AbortSignal): void {
    const cancel = () => this.cancel();
    if (signal.aborted) {
      cancel();
    } else {
      signal.addEventListener("abort", cancel, { once: true });
      this.onEnd(() => signal.removeEventListener("abort", cancel));
    }
  }
}

/** Cancels the children of a task or of a loop, newest first. @internal */
export function cancelChildren(owner: TaskOwner): void {
  for (let child = owner.lastChild; child !== null;) {
    const { status } = child;
    child.cancel();
    // One on the stack stays until its next yield. Else begin anew: its cleanup may have cancelled its siblings.
    child = status === RUNNING || status >= DONE ? child.older : owner.lastChild;
  }
}

/** The children of a task or of a loop, oldest first. @internal */
export function childrenOf(owner: TaskOwner): Task<unknown>[] {
  const children: Task<unknown>[] = [];
  for (let child = owner.lastChild; child !== null; child = child.older) children.unshift(child);
  return children;
}
