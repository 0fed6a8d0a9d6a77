import { Action, RESUME, RESUMED, suspension } from "./action.ts";
import { AsyncBody, asyncWait, takesWait, type Wait } from "./async-wait.ts";
import { checkedTarget, describe, wrong } from "./check.ts";
import { coroutineOf, type Coroutine } from "./coroutine.ts";
import { CancelledError, chain, RunawayError } from "./errors.ts";
import { Join } from "./join.ts";
import type { Loop } from "./loop.ts";
import { isIterable, isThenable, type Operation, type Suspend } from "./operation.ts";
import { running } from "./running.ts";
import {
  CANCELLED,
  DONE,
  ENDING,
  FAILED,
  RUNNING,
  STATES,
  WAITING,
  type Status,
  type TaskState,
} from "./status.ts";
import { NO_TIME } from "./times.ts";
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

/** Who waits for the end of a task: a waiter, or its promise. */
type Joiner = Pick<Waiter, "settle">;

/** What few tasks need. */
class Rare<T> {
  promise: Promise<T> | null = null;
  /** What is to be called at its end. */
  endings: Set<() => void> | null = null;
  /** Whether it runs an async function. */
  isAsync = false;
  /** Whether it is a wait of one; and then, whether for an action alone. */
  isWait = false;
  isBareWait = false;
  /** Of an async function: how many of its waits in a row settled at once. */
  immediate = 0;
  /** The deadline of the sleep that it waited for last: the next one counts from it. */
  resumedAt = NO_TIME;
  controller: AbortController | null = null;
}

/** Stands among the interrupts of a task that is to be cancelled at its next yield. */
const CANCEL = /* @__PURE__ */ Symbol();

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
  /** What waits for its next yield: errors of children, and its cancellation. @internal */
  interrupts: unknown[] | null = null;

  #joiners: Set<Joiner> | null = null;
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
    if (options) {
      // Before it is in the tree: an option of a wrong type must leave nothing there.
      const { name, signal } = options;
      if (name && typeof name !== "string") throw wrong("a task's name is a string", name);
      if (name) this.#label = name;
      if (signal) this.#follow(checkedTarget(signal, "a task's signal is an AbortSignal"));
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
    const path = [];
    for (let task: Task<unknown> | null = this as Task<unknown>; task !== null; task = task.parent)
      path.push(task.name);
    return path.toReversed();
  }

  /** @internal */
  get task(): Task<unknown> {
    // What a wait of an async function opens or starts outlives the wait: it belongs to the function's task.
    return this.#rare?.isBareWait ? (this.owner as Task<unknown>) : this;
  }

  /**
   * Ends the task at once: cleans up what it waits for, cancels its children, newest first, then runs its `finally`
   * blocks, which can't wait any more. `catch` blocks are passed by. A task whose own code is on the stack is cancelled
   * at its next `yield*`; one that has ended stays as it is. Never throws: errors of a cleanup go to `onError`.
   */
  cancel(): void {
    if (this.status === RUNNING) {
      this.#interrupt(CANCEL);
    } else if (this.status < RUNNING) {
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
    const rare = this.#more;
    if (rare.promise !== null) return rare.promise;
    let settle!: Joiner["settle"];
    const promise = new Promise<T>((resolve, reject) => {
      settle = (failed, value) => {
        this.loop.keepFrameOpen();
        if (failed) reject(value);
        else resolve(value as T);
        // Cancelling is nobody's unhandled rejection.
        if (this.status === CANCELLED) promise.catch(() => {});
      };
    });
    rare.promise = promise;
    this.join({ settle });
    return promise;
  }

  /** Whether somebody waits for its end. @internal */
  get isAwaited(): boolean {
    return !!this.#joiners?.size;
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
  join(waiter: Joiner): void {
    if (this.settled) waiter.settle(this.status !== DONE, this.#outcome);
    else (this.#joiners ??= new Set()).add(waiter);
  }

  /** @internal */
  leave(waiter: Joiner): void {
    this.#joiners?.delete(waiter);
  }

  /** @internal */
  resume(): void {
    this.runBody(null);
  }

  /**
   * Goes on from the result of a step, or with a step, until it waits or has ended: in a loop, since a wait may have
   * settled when it begins.
   *
   * @internal
   */
  runBody(result: IteratorResult<unknown, unknown> | null): void {
    for (let immediate = 0; ; result = null) {
      let status: Status = FAILED;
      let value: unknown;
      try {
        result ??= this.runBodyOnce();
        value = result.done === true ? result.value : undefined;
        status = result.done === true ? DONE : RUNNING;
      } catch (error) {
        value = error;
      }
      if (status !== RUNNING) {
        this.end(status, value);
        return;
      }
      const action = suspension(result);
      if (this.interrupts !== null) {
        if (this.#isCancelled) {
          this.#unwind(CANCELLED);
          return;
        }
        this.#failStep(this.#takeInterrupt());
      } else if (action === null) {
        const text = `yielded ${describe((result as { value: unknown }).value)}`;
        this.#failStep(new TypeError(`write yield*, not yield: task "${this.name}" ${text}`));
      } else if (this.begin(action)) {
        immediate += (action.weight?.() ?? 1) - 1;
      } else {
        return;
      }
      if (++immediate > IMMEDIATE_LIMIT) {
        this.wait = null;
        this.#runaway();
        return;
      }
    }
  }

  /** Resumes the body with the outcome of its wait. */
  runBodyOnce(): IteratorResult<unknown, unknown> {
    if (this.wait === null && !this.failed && this.interrupts !== null) this.#failStep(this.#takeInterrupt());
    this.status = RUNNING;
    running.task = this as Task<unknown>;
    if (this.wait !== null) this.deliver();
    const { failed, value, record, wait } = this;
    this.value = this.record = undefined;
    const coroutine = (this.coroutine ??= this.#open(record as (wait: Wait) => unknown));
    if (failed) return coroutine.throw(value);
    RESUMED.value = value;
    // First without a value: to an action, this must look like `yield*` itself.
    return coroutine.next(wait === null ? undefined : RESUME);
  }

  #failStep(error: unknown): void {
    this.failed = true;
    this.value = error;
  }

  #open(body: (wait: Wait) => unknown): Coroutine<T> {
    const result = takesWait(body) ? body(asyncWait(this)) : (body as () => unknown)();
    // A task is thenable too, but an operation in the first place.
    if (!isThenable(result) || isIterable(result)) return coroutineOf(result);
    this.#more.isAsync = true;
    return coroutineOf(new AsyncBody(result, this));
  }

  /** The body has ended: what is below it ends too, and only then the task settles. @internal */
  end(status: Status, value: unknown): void {
    this.status = ENDING;
    if (this.lastChild !== null) cancelChildren(this);
    this.#finish(status, value);
  }

  /** Ends a task that never lets go of the frame. Not by a throw: that could be caught. */
  #runaway(): void {
    const text = `went on ${IMMEDIATE_LIMIT} times in one frame: wait for nextFrame() in its loop`;
    this.#unwind(FAILED, new RunawayError(`task "${this.name}" ${text}`));
  }

  /** Ends it, and first what is below it, newest first: in a loop and not by recursion, since a tree may be deep. */
  #unwind(ended: Status, error?: unknown): void {
    // What comes next is at the end. A task in front of a null has no children any more.
    const todo: (Task<unknown> | null)[] = [];
    this.#letGo(todo);
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (next === null) {
        (todo.pop() as Task<unknown>).#unwindBody(CANCELLED);
      } else if (next.status === RUNNING) {
        next.#interrupt(CANCEL);
      } else if (next.status < RUNNING) {
        todo.push(next, null);
        next.#letGo(todo);
      }
    }
    this.#unwindBody(ended, error);
  }

  /** Cleans up what it waits for; its children are to come next. */
  #letGo(todo: (Task<unknown> | null)[]): void {
    const { status } = this;
    this.status = ENDING;
    this.abandon(status);
    for (const child of childrenOf(this)) todo.push(child);
  }

  #unwindBody(ended: Status, error?: unknown): void {
    const { coroutine } = this;
    this.#rare?.controller?.abort(this.#cancelled);
    const outer = running.task;
    running.task = this as Task<unknown>;
    for (let waits = 0; coroutine !== null && waits < UNWIND_LIMIT; waits++) {
      try {
        const result = coroutine.return();
        if (result.done === true) break;
        // Taken out of the side channel, and refused.
        suspension(result);
        this.loop.report(
          new Error(`task "${this.name}" is being ended: its finally blocks can't wait`),
          this,
        );
      } catch (cleanupError) {
        this.loop.report(cleanupError, this);
        break;
      }
    }
    running.task = outer;
    this.#finish(ended, error);
  }

  #finish(status: Status, value: unknown): void {
    this.status = status;
    this.value = value;
    this.wait = this.coroutine = null;
    this.record = undefined;
    const endings = this.#rare?.endings;
    if (endings) {
      this.#rare!.endings = null;
      for (const ending of endings) {
        try {
          ending();
        } catch (error) {
          this.loop.report(error, this);
        }
      }
    }
    while (this.interrupts !== null) {
      const error = this.#takeInterrupt();
      if (error === CANCEL) continue;
      // The body ended before its next wait: a child's error must not get lost, so it becomes the task's own.
      if (this.status === DONE) {
        this.status = FAILED;
        this.value = error;
      } else {
        this.loop.report(error, this);
      }
    }
    // A wait of an async function is none of the tasks that the user knows.
    if (this.status === FAILED) chain(this.value, this.task);
    // A child that is on the stack ends at its own next yield; the last one to go settles its parent.
    for (let task: Task<unknown> | null = this as Task<unknown>; task?.settled;) task = task.#settle();
  }

  /** Gives the owner, if that was only waiting for this. */
  #settle(): Task<unknown> | null {
    const { owner, older, newer } = this;
    if (newer === null) owner.lastChild = older;
    else newer.older = older;
    if (older !== null) older.newer = newer;
    this.older = this.newer = null;
    // Asked now: whoever hears of this end may end the parent, which then settles by itself.
    const wasLast = owner instanceof Task && owner.settled;

    const joiners = this.#joiners;
    this.#joiners = null;
    if (joiners !== null) for (const joiner of joiners) joiner.settle(this.status !== DONE, this.#outcome);
    if (this.status === FAILED && !joiners?.size) owner.childFailed(this.value, this);
    return wasLast ? owner : null;
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
    if (this.status >= ENDING) {
      this.loop.report(error, child);
      return;
    }
    const isAsync = this.#rare?.isAsync;
    const waits = isAsync ? childrenOf(this).filter((other) => other.#rare?.isWait) : [];
    for (const wait of waits) {
      if (wait.status === RUNNING) wait.#interrupt(error);
      // The cleanup of another one may have ended it.
      else if (wait.status < RUNNING) wait.#unwind(FAILED, error);
    }
    if (waits.length > 0) return;
    this.#interrupt(error);
    if (isAsync || this.status !== WAITING) return;
    this.abandon();
    this.settle(false, undefined);
  }

  #interrupt(reason: unknown): void {
    (this.interrupts ??= []).push(reason);
  }

  get #isCancelled(): boolean {
    return this.status >= ENDING || this.interrupts?.includes(CANCEL) === true;
  }

  #takeInterrupt(): unknown {
    const interrupts = this.interrupts as unknown[];
    const reason = interrupts.shift();
    if (interrupts.length === 0) this.interrupts = null;
    return reason;
  }

  /** Begins a wait of the async function that it runs: as a child, but at once. @internal */
  beginWait<R>(operation: Operation<R>): Promise<R> {
    const rare = this.#more;
    let promise: Promise<R>;
    try {
      promise = this.#beginChild(operation);
    } catch (error) {
      // One who goes on regardless would go round for ever.
      rare.immediate++;
      promise = Promise.reject(error);
      if (this.#isCancelled) promise.catch(() => {});
    }
    if (rare.immediate <= IMMEDIATE_LIMIT) return promise;
    promise.catch(() => {});
    if (!this.#isCancelled) this.#runaway();
    // Pending for good: a rejection could be caught, and the function would go round once more.
    return new Promise(() => {});
  }

  #beginChild<R>(operation: Operation<R>): Promise<R> {
    if (this.#isCancelled) throw this.#cancelled;
    if (this.interrupts !== null) throw this.#takeInterrupt();
    if ((operation as Partial<Action<R>> | undefined)?.givesTask?.())
      throw new TypeError("a task is thenable: use wait.spawn(op), not wait(spawn(op))");
    const { loop } = this;
    const rare = this.#more;
    const wait = new Task<R>(loop, this, operation);
    const { coroutine, promise } = wait;
    let weight = 1;
    wait.#more.isWait = true;
    if (coroutine instanceof Action) {
      wait.#label = coroutine.name;
      wait.#more.isBareWait = true;
      weight = coroutine.weight?.() ?? 1;
    }
    wait.join({ settle: () => (rare.resumedAt = loop.resumedAt) });
    loop.resumedAt = rare.resumedAt;
    wait.resume();
    loop.resumedAt = NO_TIME;
    loop.arm();
    rare.immediate = wait.settled ? rare.immediate + weight : 0;
    // Outside of a frame, say after an `await` of another promise: it resolves in the next one.
    return wait.settled && !loop.isFrameOpen
      ? this.#beginChild(new AsyncBody(promise, this) as Action<R>)
      : promise;
  }

  /** Starts a child of the async function that it runs. @internal */
  spawnChild<R>(runnable: Runnable<R>, options?: TaskOptions): Task<R> {
    if (this.#isCancelled) throw this.#cancelled;
    return this.loop.adopt(runnable, this, options);
  }

  /** Aborts when it is cancelled. @internal */
  get signal(): AbortSignal {
    const controller = (this.#more.controller ??= new AbortController());
    if (this.#isCancelled) controller.abort(this.#cancelled);
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
