import type { Action } from "./action.ts";
import type { Loop } from "./loop.ts";
import type { Coroutine } from "./coroutine.ts";
import { BEGINNING, READY, WAITING, type Status } from "./status.ts";
import type { Task } from "./task.ts";

/**
 * Whoever waits for an action: a task, or a branch of a combinator.
 * It waits for one action at a time, and keeps that action's record, so that actions stay stateless.
 */
export abstract class Waiter {
  /** @internal */
  declare status: Status;
  /** The action that is waited for. @internal */
  declare wait: Action<unknown> | null;
  /** What that action remembers of this wait. @internal */
  declare record: unknown;
  /** The outcome of the wait that has settled. @internal */
  declare value: unknown;
  /** Whether that outcome is an error. @internal */
  declare failed: boolean;
  /** The place in a phase's queue. @internal */
  declare slot: number;
  /** Only a task that has begun has one: what a phase resumes without asking further. @internal */
  declare coroutine: Coroutine<unknown> | null;
  /** The loop that it belongs to. */
  declare readonly loop: Loop;

  /** @internal */
  constructor(loop: Loop) {
    // Not as class fields: V8 runs the initializer of a base class as a call of its own, for each object.
    this.status = READY;
    this.wait = null;
    this.record = undefined;
    this.value = undefined;
    this.failed = false;
    this.slot = -1;
    this.coroutine = null;
    this.loop = loop;
  }

  /** The task on whose behalf it waits. @internal */
  abstract get task(): Task<unknown>;

  /** Goes on with the outcome: only ever called by the loop, inside `tick`. @internal */
  abstract resume(): void;

  /** Begins to wait. True: it has settled already, and goes on at once. @internal */
  begin(action: Action<unknown>): boolean {
    this.wait = action;
    this.status = BEGINNING;
    try {
      action.begin(this);
    } catch (error) {
      if (this.status === BEGINNING) this.settle(true, error);
      else this.loop.report(error, this.task);
    }
    if (this.status === BEGINNING) this.status = WAITING;
    return this.status === READY;
  }

  /**
   * Gives the wait its outcome. The action sees to it that this happens at most once.
   *
   * @param isTurn - The loop gives the waiter its turn: it goes on right here.
   * @internal
   */
  settle(failed: boolean, value: unknown, isTurn = false): void {
    const { status } = this;
    // The cleanup of a wait that settles may have cancelled the waiter.
    if (status !== WAITING && status !== BEGINNING) return;
    this.failed = failed;
    this.value = value;
    this.status = READY;
    if (status === BEGINNING) return;
    if (isTurn) this.resume();
    else this.loop.enqueue(this);
  }

  /** The wait is over: lets its action make the outcome, where it does that inside the frame. @internal */
  deliver(): void {
    if (this.failed || !this.wait!.deliver) return;
    try {
      this.value = this.wait!.deliver(this);
    } catch (error) {
      this.failed = true;
      this.value = error;
    }
  }

  /** Ends the wait without an outcome, or with one that nobody sees. @internal */
  abandon(status = this.status): void {
    const { wait } = this;
    if (wait === null || status > WAITING) return;
    this.wait = null;
    try {
      if (status === READY) wait.undeliver?.(this);
      else wait.abort(this);
    } catch (error) {
      this.loop.report(error, this.task);
    }
    this.record = this.value = undefined;
  }
}
