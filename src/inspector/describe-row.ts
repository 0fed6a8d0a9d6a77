import { PhaseAction } from "../core/next-frame.ts";
import type { Task } from "../core/task.ts";
import { describeWait, isWaitOf } from "./describe-wait.ts";
import { probe } from "./probe.ts";
import type { TaskGroup } from "./task-groups.ts";
import type { Row } from "./task-tree.ts";

/** What a row says. */
export interface RowText {
  name: string;
  /** How many tasks the row stands for, where it is not one. */
  count: string;
  /** A task's state; of loops and groups, empty. */
  state: string;
  waits: string;
  /** Since how many frames it waits: with a plus, if that began before somebody looked. */
  frames: string;
}

/** How many kinds of waits are told of a group. */
const KINDS = 3;

/** Where a wait was first seen that had begun before: no more is known of it. */
const firstSeen = /* @__PURE__ */ new WeakMap<
  Task<unknown>,
  { wait: unknown; record: unknown; frame: number }
>();

/** Makes the text of a row. */
export function describeRow(row: Row): RowText {
  const { item, kind, inspected } = row;
  if (kind === "group") return describeGroup(item as TaskGroup);
  if (kind === "task") return describeTask(item as Task<unknown>);
  const { loop, number } = inspected;
  const roots = loop.tasks.length;
  const waits = loop.paused ? "paused" : roots === 1 ? "1 task" : `${roots.toLocaleString("en")} tasks`;
  return { name: `Loop ${number}`, count: "", state: "", waits, frames: "" };
}

function describeGroup({ name, tasks }: TaskGroup): RowText {
  // Of thousands of tasks most wait for the same: names are told apart first, and shortened when there are few.
  const names = new Map<string, number>();
  for (const { waitsFor, state } of tasks) add(names, waitsFor ?? state, 1);
  const kinds = new Map<string, number>();
  for (const [name, count] of names) add(kinds, withoutArguments(name), count);
  const waits = [...kinds]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, KINDS)
    .map(([kind, count]) => `${kind} ${count.toLocaleString("en")}`);
  return {
    name,
    count: `×${tasks.length.toLocaleString("en")}`,
    state: "",
    waits: waits.join(" · "),
    frames: "",
  };
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function withoutArguments(name: string): string {
  const end = name.indexOf("(");
  return end > 0 ? name.slice(0, end) : name;
}

function describeTask(task: Task<unknown>): RowText {
  const { name, state } = task;
  // An async function waits by tasks of its own, several at a time.
  const waits = task.children.filter(isWaitOf);
  const waiting = waits.length > 0 ? waits : [task];
  const frames = state === "waiting" ? sinceFrames(waiting[0]!) : "";
  const words = waiting.map(({ wait }) => (wait === null ? "" : describeWait(wait)));
  return { name, count: "", state, waits: state === "waiting" ? words.join(", ") : state, frames };
}

function sinceFrames(task: Task<unknown>): string {
  const { wait, record, loop } = task;
  const now = loop.frame?.index ?? 0;
  // Waits for a phase begin anew in each frame.
  if (wait instanceof PhaseAction) return "0";
  const since = probe.since(task);
  if (since !== undefined) return (now - since).toLocaleString("en");
  let seen = firstSeen.get(task);
  if (seen === undefined || seen.wait !== wait || seen.record !== record) {
    seen = { wait, record, frame: now };
    firstSeen.set(task, seen);
  }
  return `${(now - seen.frame).toLocaleString("en")}+`;
}
