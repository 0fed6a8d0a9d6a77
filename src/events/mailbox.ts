import { Action } from "../core/action.ts";
import { READY } from "../core/status.ts";
import type { Waiter } from "../core/waiter.ts";

/** What is received when there is nothing more to come. */
export const closed: unique symbol = Symbol("closed");

/** An item, and its place in the order in which items came. */
interface Entry<T> {
  readonly item: T;
  readonly order: number;
}

/**
 * Items on their way to tasks, first in first out, for `on` and `Channel`. An item that was handed to a task which is
 * cancelled before it sees it comes back to its old place.
 */
export class Mailbox<T> {
  /** Waits for the oldest item. */
  readonly take: Action<T | typeof closed>;
  private entries: Entry<T>[] = [];
  private readonly errors: unknown[] = [];
  /** Who waits; once it is closed, those who have heard of it, and may not have gone on yet. */
  private readonly takers = new Set<Waiter>();
  /** How many items there may be when one comes back that was not seen: if there are more, the oldest are lost. */
  limit = Number.POSITIVE_INFINITY;
  private order = 0;
  private isClosed = false;

  constructor(
    name: string,
    /** Called when there may be room: puts in what waits for it. `wanted`: a taker is there, and nothing to take. */
    private readonly refill: (wanted: boolean) => void = () => {},
  ) {
    this.take = new Take(name, this);
  }

  get size(): number {
    return this.entries.length;
  }

  /** Whether an item that is put in goes to a taker at once. */
  get isAwaited(): boolean {
    return this.takers.size > 0;
  }

  put(item: T): void {
    this.insert({ item, order: this.order++ });
  }

  /** Makes one wait throw: the next one that finds no item, unless one waits already. */
  fail(error: unknown): void {
    const taker = this.nextTaker();
    if (taker === undefined) this.errors.push(error);
    else taker.settle(true, error);
  }

  /** Takes out all items. */
  empty(): T[] {
    return this.entries.splice(0).map((entry) => entry.item);
  }

  dropOldest(): void {
    this.entries.shift();
  }

  close(): void {
    // Those who have heard of it wait for something else by now.
    if (this.isClosed) return;
    this.isClosed = true;
    for (const taker of this.takers) taker.settle(false, closed);
  }

  /** @internal */
  join(taker: Waiter): void {
    if (this.entries.length === 0) this.refill(true);
    const entry = this.entries.shift();
    if (entry !== undefined) {
      hand(entry, taker);
      this.refill(false);
    } else if (this.errors.length > 0) {
      taker.settle(true, this.errors.shift());
    } else if (this.isClosed) {
      taker.settle(false, closed);
    } else {
      this.takers.add(taker);
    }
  }

  /** @internal */
  leave(taker: Waiter): void {
    this.takers.delete(taker);
  }

  private insert(entry: Entry<T>): void {
    const taker = this.nextTaker();
    if (taker !== undefined) {
      hand(entry, taker);
      return;
    }
    const { entries } = this;
    let place = entries.length;
    while (place > 0 && (entries[place - 1] as Entry<T>).order > entry.order) place--;
    entries.splice(place, 0, entry);
  }

  /** Takes an item back that was handed to a taker and not seen. @internal */
  takeBack(entry: Entry<T>): void {
    this.insert(entry);
    while (this.size > this.limit) this.dropOldest();
  }

  private nextTaker(): Waiter | undefined {
    for (const taker of this.takers) {
      this.takers.delete(taker);
      // An item that comes back after the end is for the next one that has not gone on.
      if (!this.isClosed || (taker.status === READY && taker.wait === this.take)) return taker;
    }
    return undefined;
  }
}

function hand<T>(entry: Entry<T>, taker: Waiter): void {
  taker.record = entry;
  if (taker.status === READY) taker.value = entry.item;
  else taker.settle(false, entry.item);
}

class Take<T> extends Action<T | typeof closed> {
  constructor(
    readonly name: string,
    private readonly mailbox: Mailbox<T>,
  ) {
    super();
  }

  begin(waiter: Waiter): void {
    waiter.record = null;
    this.mailbox.join(waiter);
  }

  abort(waiter: Waiter): void {
    this.mailbox.leave(waiter);
  }

  override undeliver(waiter: Waiter): void {
    if (waiter.record !== null) this.mailbox.takeBack(waiter.record as Entry<T>);
  }
}
