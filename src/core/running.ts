import type { PhaseQueue } from "./phase-queue.ts";
import { ENDING, RUNNING } from "./status.ts";
import type { Task } from "./task.ts";

/** Who was resumed last, by itself and in a phase: a step of a phase writes nothing down. Its status tells if it is over. */
export const running = { task: null as Task<unknown> | null, phase: null as PhaseQueue | null };

/** The task whose code is on the stack. Null where that can't be told, and for one that is being ended. */
export function runningTask(): Task<unknown> | null {
  const { task, phase } = running;
  if (task?.status === ENDING) return null;
  const waiter = task?.status === RUNNING ? task : phase?.current;
  return waiter?.status === RUNNING ? (waiter as Task<unknown>) : null;
}
