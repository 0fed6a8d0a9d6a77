import type { Waiter } from "./waiter.ts";

/** A wait that ends at a time on the loop's clock. */
export interface Timer {
  /** Null once it has been removed. */
  waiter: Waiter | null;
  /** On the loop's clock, ms. */
  readonly deadline: number;
  /** Ties end first in, first out. */
  readonly order: number;
}

/** How many removed timers the heap may hold before it is cleared of them. */
const REMOVED_ALLOWED = 64;

/**
 * The sleeping, in a binary heap by deadline: those who are not due cost nothing in a frame. A timer that begins in a
 * frame stays aside until `admit`, because it must not end in the frame in which it began.
 */
export class Timers {
  #heap: Timer[] = [];
  #aside: Timer[] = [];
  #order = 0;
  #removed = 0;

  /** The earliest deadline, or Infinity. */
  get next(): number {
    for (; this.#heap[0]?.waiter === null; this.#removed--) this.removeFirst();
    return this.#heap[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  add(waiter: Waiter, deadline: number): Timer {
    const timer: Timer = { waiter, deadline, order: this.#order++ };
    this.#aside.push(timer);
    return timer;
  }

  /** Leaves a gap in the heap; when most of it is gaps, it is built anew. */
  remove(timer: Timer): void {
    timer.waiter = null;
    if (++this.#removed < REMOVED_ALLOWED || this.#removed < this.#heap.length / 2) return;
    const all = this.#heap;
    this.#heap = [];
    this.#removed = 0;
    for (const other of all) this.#insert(other);
  }

  /** Takes in what has begun since the last call. */
  admit(): void {
    if (this.#aside.length === 0) return;
    for (const timer of this.#aside) this.#insert(timer);
    this.#aside = [];
  }

  #insert(timer: Timer): void {
    if (timer.waiter === null) return;
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as Timer;
      if (isBefore(parent, timer)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = timer;
  }

  /** Takes out the timer with the deadline that `next` gave. */
  removeFirst(): Timer {
    const heap = this.#heap;
    const first = heap[0] as Timer;
    const timer = heap.pop() as Timer;
    if (heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below++;
      const child = heap[below];
      if (child === undefined || isBefore(timer, child)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = timer;
    return first;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}
