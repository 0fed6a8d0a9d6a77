import { Action } from "./action.ts";
import { wrong } from "./check.ts";
import { actionOf, needs } from "./join.ts";
import type { Operation } from "./operation.ts";
import { DONE, READY } from "./status.ts";
import type { Task } from "./task.ts";
import { Waiter } from "./waiter.ts";

/** Takes the outcome of a branch, and decides the group when it is the one that matters. @internal */
export type Take = (branch: Branch) => void;

/** One wait for several operations, on behalf of one waiter. @internal */
export class Group {
  /** How many have not given their outcome. */
  left: number;
  private readonly branches: Branch[] = [];
  private readonly take: Take;
  private decided = false;
  /** The last branch that has settled and waits for its turn. */
  queued: Branch | null = null;

  constructor(
    readonly waiter: Waiter,
    private readonly actions: readonly Action<unknown>[],
    start: (group: Group) => Take,
  ) {
    this.left = actions.length;
    this.take = start(this);
  }

  /** Begins the branches, in order, until one that has settled already decides. */
  begin(): void {
    for (const action of this.actions) {
      const branch = new Branch(this, this.branches.length);
      this.branches.push(branch);
      if (branch.begin(action)) branch.resume();
      if (this.decided) return;
    }
  }

  arrive(branch: Branch): void {
    this.left--;
    this.take(branch);
  }

  /** Ends the whole: the others are dropped before the waiter goes on, so that nothing is left running. */
  decide(failed: boolean, value: unknown): void {
    this.drop(failed);
    this.waiter.settle(failed, value, true);
  }

  /** Whether the branches that have not ended need a task: all of them, or where all results count, one. */
  needs(task: Task<unknown>, seen: Set<Waiter>, isAll: boolean): boolean {
    const open = this.branches.filter((branch) => branch.status !== DONE);
    const needsIt = (branch: Branch) => needs(branch, task, seen);
    return isAll ? open.some(needsIt) : open.every(needsIt);
  }

  /** Ends what has not ended, newest first, and takes back what has arrived if nobody will see it. */
  drop(takeBack: boolean): void {
    this.decided = true;
    for (let i = this.branches.length - 1; i >= 0; i--) (this.branches[i] as Branch).drop(takeBack);
  }
}

/** One operation of a combinator. @internal */
export class Branch extends Waiter {
  constructor(
    private readonly group: Group,
    readonly index: number,
  ) {
    super(group.waiter.loop);
  }

  get task(): Task<unknown> {
    return this.group.waiter.task;
  }

  /** What has settled before takes its turn before: this one goes behind it, though its own has come. */
  override settle(failed: boolean, value: unknown, isTurn = false): void {
    const goesOn = isTurn && this.group.queued?.status !== READY;
    if (!goesOn) this.group.queued = this;
    super.settle(failed, value, goesOn);
  }

  resume(): void {
    this.status = DONE;
    this.deliver();
    this.group.arrive(this);
  }

  drop(takeBack: boolean): void {
    if (this.status !== DONE) {
      this.abandon();
      this.status = DONE;
    } else if (takeBack && !this.failed && !this.wait?.deliver) {
      this.wait?.undeliver?.(this);
      this.wait = null;
    }
  }
}

/** Waits for several operations at once. @internal */
export class Combinator<T> extends Action<T> {
  /** What it waits for. */
  readonly actions: readonly Action<unknown>[];

  constructor(
    readonly name: string,
    operations: readonly Operation<unknown>[],
    private readonly start: (group: Group) => Take,
  ) {
    super();
    if (!Array.isArray(operations)) throw wrong(`${name}() takes an array`, operations);
    // Not map: that would leave out the holes.
    this.actions = Array.from(operations, (operation) => actionOf(operation));
  }

  begin(waiter: Waiter): void {
    const group = new Group(waiter, this.actions, this.start);
    waiter.record = group;
    if (group.left === 0) waiter.settle(false, []);
    else group.begin();
  }

  abort(waiter: Waiter): void {
    (waiter.record as Group).drop(true);
  }

  override undeliver(waiter: Waiter): void {
    (waiter.record as Group).drop(true);
  }

  override needs(waiter: Waiter, task: Task<unknown>, seen: Set<Waiter>): boolean {
    return (waiter.record as Group).needs(task, seen, this.name.startsWith("all"));
  }
}
