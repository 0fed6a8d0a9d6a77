import type { Task, TaskOwner } from "../core/task.ts";
import { isWaitOf } from "./describe-wait.ts";

/** So many siblings with one name become one row. */
const GROUPED_FROM = 6;

/** Siblings with one name, in one row. */
export interface TaskGroup {
  readonly name: string;
  tasks: readonly Task<unknown>[];
}

/** What a row below an owner stands for. */
export type TaskOrGroup = Task<unknown> | TaskGroup;

/** The children of an owner, and what came of them. */
interface Known {
  /** Newest first, as they are chained. */
  readonly chain: readonly Task<unknown>[];
  readonly items: readonly TaskOrGroup[];
}

/** Puts siblings of one name together where there are many. A group is the same object from one look to the next. */
export class TaskGroups {
  readonly #groups = new WeakMap<TaskOwner, Map<string, TaskGroup>>();
  readonly #known = new WeakMap<TaskOwner, Known>();

  /** The children of a task or loop, oldest first. As long as they are the same, ten thousand cost but a comparison. */
  childrenOf(owner: TaskOwner): readonly TaskOrGroup[] {
    if (owner.lastChild === null) return [];
    const known = this.#known.get(owner);
    if (known && isChain(owner, known.chain)) return known.items;
    const chain: Task<unknown>[] = [];
    for (let child = owner.lastChild as Task<unknown> | null; child !== null; child = child.older)
      chain.push(child);
    const items = this.group(owner, chain.filter((child) => !isWaitOf(child)).toReversed());
    this.#known.set(owner, { chain, items });
    return items;
  }

  /** Groups tasks that are below one owner. */
  group(owner: TaskOwner, tasks: readonly Task<unknown>[]): readonly TaskOrGroup[] {
    if (tasks.length < GROUPED_FROM) return tasks;
    const byName = new Map<string, Task<unknown>[]>();
    for (const task of tasks) {
      const name = stem(task.name);
      const same = byName.get(name);
      if (same) same.push(task);
      else byName.set(name, [task]);
    }
    return [...byName].flatMap(([name, same]): TaskOrGroup[] =>
      same.length < GROUPED_FROM ? same : [this.#groupOf(owner, name, same)],
    );
  }

  #groupOf(owner: TaskOwner, name: string, tasks: readonly Task<unknown>[]): TaskGroup {
    let groups = this.#groups.get(owner);
    if (!groups) this.#groups.set(owner, (groups = new Map()));
    let group = groups.get(name);
    if (!group) groups.set(name, (group = { name, tasks }));
    group.tasks = tasks;
    return group;
  }
}

/** A name without the number at its end: "boid 17" is one of the boids. */
export function stem(name: string): string {
  return /^(.*?\D)[\s#_-]*\d+$/.exec(name)?.[1]?.trimEnd() ?? name;
}

function isChain(owner: TaskOwner, chain: readonly Task<unknown>[]): boolean {
  let place = 0;
  for (let child = owner.lastChild; child !== null; child = child.older)
    if (chain[place++] !== child) return false;
  return place === chain.length;
}
