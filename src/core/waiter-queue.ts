import type { Waiter } from "./waiter.ts";

/**
 * Waiters in the order in which they are to go on. It keeps its memory: an array that is emptied and filled again in
 * each frame would give it back and take it anew each time.
 */
export class WaiterQueue {
  readonly #waiters: (Waiter | null)[] = [];
  /** The place of the first one, and that behind the last one. */
  #first = 0;
  #end = 0;

  get size(): number {
    return this.#end - this.#first;
  }

  push(waiter: Waiter): void {
    this.#waiters[this.#end++] = waiter;
  }

  /** Takes the first one out; there must be one. */
  shift(): Waiter {
    const waiter = this.#waiters[this.#first] as Waiter;
    this.#waiters[this.#first++] = null;
    if (this.size === 0) this.#first = this.#end = 0;
    return waiter;
  }
}
