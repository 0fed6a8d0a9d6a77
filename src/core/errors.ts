import type { Task } from "./task.ts";

/** What waiting for a cancelled task throws. */
export class CancelledError extends Error {
  override name = "CancelledError";
}

/** What {@link timeout} throws when the time is over. */
export class TimeoutError extends Error {
  override name = "TimeoutError";
}

/** What ends a task that goes on at once ten thousand times without letting go of the frame. It can't be caught. */
export class RunawayError extends Error {
  override name = "RunawayError";
}

/** What the kit adds to an error on its way: where it passed through. */
export interface Located {
  /** The names of the tasks that it left, from the root to the one that failed. */
  readonly taskChain?: readonly string[];
}

/**
 * Lines of a stack: this function's and the action's `throw`, with one more in front in some engines; the engine's own;
 * and, from the method of a task that runs its body on, the kit's. (One of a longer name is not seen in JavaScriptCore:
 * what it returns is a tail call.)
 */
const NOT_OF_THE_COROUTINE = /^(Error.*\n)?(.*\n){2}|\n.*throw[ @].*|\n.*runBody[^]*/g;

/**
 * Adds the place of the `yield*` that waited. An error that came from outside (a promise, the GPU) has no frame of
 * ours on its stack. Called by an action's own `throw`, which runs on top of the coroutine.
 *
 * @internal
 */
export function locate(error: unknown): unknown {
  // A string, unless the page makes something else of its stacks.
  const waited = String(new Error().stack).replace(NOT_OF_THE_COROUTINE, "");
  append(error, `\n  waited for at\n${waited}`);
  return error;
}

/** Adds the chain of tasks, once: an error that climbs keeps the deepest one. @internal */
export function chain(error: unknown, task: Task<unknown>): void {
  change(error, (error) => {
    if ("taskChain" in error) return;
    const taskChain = task.path;
    Object.defineProperty(error, "taskChain", { value: taskChain, configurable: true });
    append(error, `\n  in task ${taskChain.join(" > ")}`);
  });
}

function append(error: unknown, text: string): void {
  change(error, (error) => {
    // One that is kept, and thrown again and again, must not grow.
    if (error.stack?.includes(text) === false) error.stack += text;
  });
}

/** Errors that can't be changed, and what is thrown without being one, pass unharmed. */
function change(error: unknown, by: (error: Error) => void): void {
  try {
    if (error instanceof Error) by(error);
  } catch {
    // Frozen, or a proxy: the error itself matters more than where it was seen.
  }
}
