import type { Action } from "../core/action.ts";
import { Combinator } from "../core/group.ts";
import type { Task } from "../core/task.ts";

/** How many of a combinator's operations are named. */
const NAMED = 4;

/** What an action waits for, in words; of a combinator, each of its operations. */
export function describeWait(action: Action<unknown>): string {
  if (!(action instanceof Combinator)) return shortened(action.name);
  const { name, actions } = action;
  const words = actions.slice(0, NAMED).map(describeWait);
  if (actions.length > NAMED) words.push(`${actions.length - NAMED} more`);
  return `${name}(${words.join(", ")})`;
}

/** Whether a task is but a wait of an async function. */
export function isWaitOf(task: Task<unknown>): boolean {
  return task.task !== task;
}

/** Times are told to a tenth of a millisecond. */
function shortened(name: string): string {
  return name.replace(/(\.\d)\d+/g, "$1");
}
