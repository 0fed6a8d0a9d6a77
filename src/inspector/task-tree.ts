import type { Loop } from "../core/loop.ts";
import type { Task, TaskOwner } from "../core/task.ts";
import type { InspectedLoop } from "./probe.ts";
import { stem, TaskGroups, type TaskOrGroup } from "./task-groups.ts";

/** How long a task is still shown after its end, in ms: many would else end unseen. */
const AFTERLIFE = 2500;

/** A row of the tree. What it says is made when it is looked at: of thousands of rows, few are. */
export interface Row {
  /** What it stands for: the same from one look to the next. */
  readonly item: TaskOrGroup | Loop;
  readonly kind: "task" | "group" | "loop";
  readonly inspected: InspectedLoop;
  /** How deep it lies, from 1. */
  readonly level: number;
  /** Its place among its siblings, from 1, and how many these are. */
  readonly place: number;
  readonly siblings: number;
  /** Null if there is nothing below it. */
  readonly expanded: boolean | null;
}

/** A task that has ended, and until when it is shown. */
interface Ended {
  readonly task: Task<unknown>;
  readonly until: number;
}

/**
 * The tasks of the loops as rows, from above to below, oldest first. Many siblings with one name are one row, which can
 * be opened. It only reads: `look` may be called at any time outside of a frame.
 */
export class TaskTree {
  /** What was opened or closed by hand. Groups begin closed, everything else open. */
  readonly #toggled = new WeakSet<object>();
  readonly #groups = new TaskGroups();
  readonly #ended = new WeakMap<TaskOwner, Ended[]>();
  /** The place of a task among those that were ever shown: one that has ended stays where it was. */
  readonly #order = new WeakMap<Task<unknown>, number>();
  #orders = 0;
  /** The single tasks that the last look has shown. */
  #shown = new Set<Task<unknown>>();
  #rows: Row[] = [];
  #now = 0;

  /**
   * The rows as they are now.
   *
   * @param now - A time in ms.
   */
  look(loops: readonly InspectedLoop[], now: number): readonly Row[] {
    this.#now = now;
    for (const task of this.#shown) if (task.settled) this.#remember(task);
    this.#shown = new Set();
    this.#rows = [];
    if (loops.length === 1) this.#addChildren(loops[0]!.loop, loops[0]!, 1);
    else loops.forEach((inspected, index) => this.#addLoop(inspected, index, loops.length));
    return this.#rows;
  }

  /** Opens or closes a row. */
  expand({ item, expanded }: Row, open: boolean): void {
    if (expanded === null || expanded === open) return;
    if (!this.#toggled.delete(item)) this.#toggled.add(item);
  }

  #isOpen(item: object, byDefault: boolean): boolean {
    return this.#toggled.has(item) ? !byDefault : byDefault;
  }

  #addLoop(inspected: InspectedLoop, index: number, siblings: number): void {
    const { loop } = inspected;
    const expanded = this.#isOpen(loop, true);
    this.#rows.push({ item: loop, kind: "loop", inspected, level: 1, place: index + 1, siblings, expanded });
    if (expanded) this.#addChildren(loop, inspected, 2);
  }

  #addChildren(owner: TaskOwner, inspected: InspectedLoop, level: number): void {
    const items = this.#childrenOf(owner);
    items.forEach((item, index) => {
      const place = index + 1;
      const siblings = items.length;
      if ("tasks" in item) {
        const expanded = this.#isOpen(item, false);
        this.#rows.push({ item, kind: "group", inspected, level, place, siblings, expanded });
        if (expanded) {
          item.tasks.forEach((task, index) =>
            this.#addTask(task, inspected, level + 1, index + 1, item.tasks.length),
          );
        }
      } else {
        if (!this.#order.has(item)) this.#order.set(item, ++this.#orders);
        this.#shown.add(item);
        this.#addTask(item, inspected, level, place, siblings);
      }
    });
  }

  #addTask(
    item: Task<unknown>,
    inspected: InspectedLoop,
    level: number,
    place: number,
    siblings: number,
  ): void {
    const hasChildren = this.#childrenOf(item).length > 0;
    const expanded = hasChildren ? this.#isOpen(item, true) : null;
    this.#rows.push({ item, kind: "task", inspected, level, place, siblings, expanded });
    if (expanded) this.#addChildren(item, inspected, level + 1);
  }

  /** The children of a task or loop, and those that have just ended. */
  #childrenOf(owner: TaskOwner): readonly TaskOrGroup[] {
    const items = this.#groups.childrenOf(owner);
    const ended = this.#remembered(owner);
    if (ended.length === 0) return items;
    const children = items.flatMap((item) => ("tasks" in item ? item.tasks : item));
    const names = new Set(children.map(({ name }) => stem(name)));
    // Where one of that name runs again, its forerunner is no news.
    const shown = ended.filter(({ name }) => !names.has(stem(name)));
    const order = (task: Task<unknown>): number => this.#order.get(task) ?? this.#orders;
    const all = [...children, ...shown].toSorted((a, b) => order(a) - order(b));
    return shown.length === 0 ? items : this.#groups.group(owner, all);
  }

  #remember(task: Task<unknown>): void {
    const ended = this.#ended.get(task.owner) ?? [];
    if (ended.some((other) => other.task === task)) return;
    const others = ended.filter((other) => stem(other.task.name) !== stem(task.name));
    this.#ended.set(task.owner, [...others, { task, until: this.#now + AFTERLIFE }]);
  }

  #remembered(owner: TaskOwner): Task<unknown>[] {
    const ended = this.#ended.get(owner);
    if (ended === undefined) return [];
    const left = ended.filter(({ until }) => until > this.#now);
    if (left.length > 0) this.#ended.set(owner, left);
    else this.#ended.delete(owner);
    return left.map(({ task }) => task);
  }
}
