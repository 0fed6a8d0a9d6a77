/** The states of a waiter: of a task, and of whatever else waits on a task's behalf. @internal */
export type Status = number;

/** In a queue of the loop: its wait has settled, or it has not begun. */
export const READY = 0;
/** Its action's `begin` is on the stack: what settles now goes on at once. */
export const BEGINNING = 1;
/** Its wait has begun and not settled. */
export const WAITING = 2;
/** Its code is on the stack. */
export const RUNNING = 3;
/** From here on it has ended. */
export const DONE = 4;
export const FAILED = 5;
export const CANCELLED = 6;

/** The public name of each status. */
export const STATES = ["ready", "waiting", "waiting", "running", "done", "failed", "cancelled"] as const;

/**
 * The state of a task.
 *
 * - `ready`: it goes on at its turn: not yet started, or its wait has settled;
 * - `waiting`: for an action;
 * - `running`: its code is on the stack;
 * - `done`, `failed`, `cancelled`: it has ended.
 */
export type TaskState = (typeof STATES)[number];
