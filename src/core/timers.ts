import { NEVER } from "./times.ts";
import type { Waiter } from "./waiter.ts";

/** A wait that ends at a time on the loop's clock. */
export interface Timer {
  readonly waiter: Waiter;
  /** On the loop's clock, ms. */
  readonly deadline: number;
  /** Ties end first in, first out. */
  readonly order: number;
  /** Its place in the heap; negative once it is out. */
  place: number;
}

/** The sleeping, in a binary heap by deadline: those who are not due cost nothing in a frame. */
export class Timers {
  readonly #heap: Timer[] = [];
  #order = 0;

  /** The earliest deadline, or Infinity. */
  get next(): number {
    return this.#heap[0]?.deadline ?? NEVER;
  }

  add(waiter: Waiter, deadline: number): Timer {
    const timer: Timer = { waiter, deadline, order: this.#order++, place: 0 };
    this.#put(timer, this.#heap.length);
    return timer;
  }

  remove(timer: Timer): void {
    const { place } = timer;
    if (place < 0) return;
    timer.place = -1;
    const last = this.#heap.pop() as Timer;
    if (last !== timer) this.#put(last, place);
  }

  /** Takes out the timer with the deadline that `next` gave. */
  removeFirst(): Timer {
    const first = this.#heap[0] as Timer;
    this.remove(first);
    return first;
  }

  /** Puts a timer at a free place, or where it belongs above or below that. */
  #put(timer: Timer, place: number): void {
    const heap = this.#heap;
    const move = (other: Timer, to: number) => {
      heap[place] = other;
      other.place = place;
      place = to;
    };
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (isBefore(heap[above] as Timer, timer)) break;
      move(heap[above] as Timer, above);
    }
    for (;;) {
      let below = 2 * place + 1;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below++;
      const child = heap[below];
      if (child === undefined || isBefore(timer, child)) break;
      move(child, below);
    }
    move(timer, place);
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}
