import type { Waiter } from "./waiter.ts";

/** A wait that ends at a time on the loop's clock. */
export interface Timer {
  /** Null once it has been removed. */
  waiter: Waiter | null;
  /** On the loop's clock, ms. */
  readonly deadline: number;
  /** Ties end first in, first out. */
  readonly order: number;
  /** The place in the heap, or -1. */
  place: number;
}

/**
 * The sleeping, in a binary heap by deadline: those who are not due cost nothing in a frame. A timer that begins in a
 * frame stays aside until `admit`, because it must not end in the frame in which it began.
 */
export class Timers {
  private readonly heap: Timer[] = [];
  private aside: Timer[] = [];
  private order = 0;

  /** The earliest deadline, or Infinity. */
  get next(): number {
    return this.heap[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  add(waiter: Waiter, deadline: number): Timer {
    const timer: Timer = { waiter, deadline, order: this.order++, place: -1 };
    this.aside.push(timer);
    return timer;
  }

  remove(timer: Timer): void {
    timer.waiter = null;
    if (timer.place >= 0) this.take(timer.place);
  }

  /** Takes in what has begun since the last call. */
  admit(): void {
    if (this.aside.length === 0) return;
    for (const timer of this.aside) {
      if (timer.waiter !== null) this.rise(timer, this.heap.length);
    }
    this.aside = [];
  }

  /** Takes out the timer that is due first, or null if none is due at `now`. */
  pop(now: number): Timer | null {
    const first = this.heap[0];
    if (first === undefined || first.deadline > now) return null;
    this.take(0);
    return first;
  }

  private take(place: number): void {
    const { heap } = this;
    (heap[place] as Timer).place = -1;
    const last = heap.pop() as Timer;
    if (place === heap.length) return;
    if (place > 0 && isBefore(last, heap[(place - 1) >> 1] as Timer)) this.rise(last, place);
    else this.sink(last, place);
  }

  private rise(timer: Timer, from: number): void {
    const { heap } = this;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as Timer;
      if (!isBefore(timer, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = timer;
    timer.place = place;
  }

  private sink(timer: Timer, from: number): void {
    const { heap } = this;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      const right = below + 1;
      if (right < heap.length && isBefore(heap[right] as Timer, heap[below] as Timer)) below = right;
      const child = heap[below] as Timer;
      if (!isBefore(child, timer)) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = timer;
    timer.place = place;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}
