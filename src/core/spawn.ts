import { Action, RESUMED } from "./action.ts";
import { runningTask } from "./running.ts";
import type { Runnable, Task, TaskOptions } from "./task.ts";
import type { Waiter } from "./waiter.ts";

/** How many children a task may start before the loop hears of it. */
const UNCOUNTED = 16;

/** @internal */
export class Spawn<T> extends Action<Task<T>> {
  declare private readonly runnable: Runnable<T>;
  declare private readonly options: TaskOptions | undefined;

  constructor(runnable: Runnable<T>, options: TaskOptions | undefined) {
    super();
    this.runnable = runnable;
    this.options = options;
  }

  get name(): string {
    return "spawn";
  }

  /** Answers at once, without letting go of the coroutine, unless something waits for the task's next yield. @internal */
  override next(resumed?: unknown): this | typeof RESUMED {
    if (resumed !== undefined) return RESUMED;
    const task = runningTask();
    // Now and then the loop must hear of it, to notice a task that runs away.
    if (task === null || task.interrupts !== null || task.loop.taskCount % UNCOUNTED === 0) return this;
    RESUMED.value = task.loop.adopt(this.runnable, task.task, this.options);
    return RESUMED;
  }

  begin(waiter: Waiter): void {
    waiter.settle(false, waiter.loop.adopt(this.runnable, waiter.task, this.options));
  }

  abort(): void {}

  /** A combinator drops it, say since another operation has failed: nobody has got the task. */
  override undeliver(waiter: Waiter): void {
    (waiter.value as Task<T>).cancel();
  }

  override givesTask(): boolean {
    return true;
  }
}

/**
 * Starts a child of the task that yields it, and goes on at once with the new task. The child takes its first step
 * later in the same frame, or where frames are paused, in the next; it ends with its parent. Its error goes to those who
 * wait for it, else into the parent.
 *
 * @param runnable - An operation, or a function that returns one.
 * @throws TypeError at the `yield*`, if it is neither.
 *
 * @example
 * ```ts
 * import { nextFrame, sleep, spawn } from "awaitframe";
 *
 * function* blink(light: { on: boolean }) {
 *   for (;;) {
 *     light.on = !light.on;
 *     yield* sleep(500);
 *   }
 * }
 *
 * function* app(light: { on: boolean }) {
 *   const blinking = yield* spawn(blink(light), { name: "blink" });
 *   for (let i = 0; i < 600; i++) yield* nextFrame();
 *   blinking.cancel();
 * }
 * ```
 */
export function spawn<T>(runnable: Runnable<T>, options?: TaskOptions): Action<Task<T>> {
  return new Spawn(runnable, options);
}
