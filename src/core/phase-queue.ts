import { RESUME, RESUMED, type Action } from "./action.ts";
import { running } from "./running.ts";
import { FAILED, RUNNING, WAITING } from "./status.ts";
import type { Task } from "./task.ts";
import type { Waiter } from "./waiter.ts";

/** How many given up places a queue may hold before it closes the gaps. */
const GAPS_ALLOWED = 64;

/** More places than there can be. */
const FAR = 2 ** 30;

/**
 * The waiters of one phase, first in first out. This is the hot path of the kit: a step is a read, a call of the
 * generator's `next` and a few checks. While the queue runs, those who have had their turn and wait again are kept at
 * its beginning, and whoever waits for each frame keeps its place, so that nothing is written. The array keeps its
 * memory: `array.length = 0` would give it back and take it anew in each frame.
 */
export class PhaseQueue {
  readonly #waiters: (Waiter | null)[] = [];
  /** Where the next one is put. */
  #count = 0;
  #gaps = 0;
  /** The place of the one who has its turn. */
  #turn = FAR;
  /** Those who began to wait when there was no place before the turn, since a step began more than one wait. */
  #late: (Waiter | null)[] = [];

  /** The action whose waiters are queued here. */
  readonly #action: Action<unknown>;

  constructor(action: Action<unknown>) {
    this.#action = action;
  }

  get isEmpty(): boolean {
    return this.#count === this.#gaps;
  }

  /** Whose turn it is, while the queue runs. */
  get current(): Waiter | null | undefined {
    return this.#waiters[this.#turn];
  }

  push(waiter: Waiter): void {
    if (this.#count <= this.#turn) {
      waiter.slot = this.#count;
      this.#waiters[this.#count++] = waiter;
      return;
    }
    // To keep the order, from the first late one on all are late, until the run ends: the count is out of reach.
    if (this.#late.length === 0) this.#count += FAR;
    waiter.slot = ~this.#late.length;
    this.#late.push(waiter);
  }

  /** Gives up a waiter's place, without a search, and without moving the others. */
  remove({ slot }: Waiter): void {
    if (slot < 0) {
      this.#late[~slot] = null;
      return;
    }
    this.#waiters[slot] = null;
    const count = this.#count;
    // Behind the turn, gaps end with the run.
    if (slot > this.#turn || ++this.#gaps <= GAPS_ALLOWED || this.#gaps <= count / 2) return;
    const kept = this.#waiters.slice(0, count);
    this.#count = this.#gaps = 0;
    this.#refill(kept, count);
  }

  /** Resumes all who wait now, with one value. Who begins to wait meanwhile is for the next time. */
  run(value: unknown): void {
    const action = this.#action;
    const waiters = this.#waiters;
    const end = this.#count;
    this.#count = this.#gaps = 0;
    running.task = null;
    running.phase = this;
    for (let i = 0; i < end; i++) {
      const waiter = waiters[i] as Waiter | null;
      if (waiter === null) continue;
      this.#turn = i;
      const { coroutine } = waiter;
      if (coroutine === null) {
        waiter.settle(false, value, true);
        continue;
      }
      waiter.status = RUNNING;
      // Written only when it changes: the value is young and this object is old, which makes a write dear.
      if (RESUMED.value !== value) RESUMED.value = value;
      let result: IteratorResult<unknown, unknown>;
      try {
        result = coroutine.next(RESUME);
      } catch (error) {
        (waiter as Task<unknown>).end(FAILED, error);
        continue;
      }
      if ((result as unknown) === action && (waiter as Task<unknown>).interrupts === null) {
        waiter.status = WAITING;
        if (this.#count === i) this.#count = i + 1;
        else this.push(waiter);
      } else {
        (waiter as Task<unknown>).runBody(result);
      }
    }
    this.#turn = FAR;
    const late = this.#late;
    if (late.length > 0) {
      this.#late = [];
      this.#count -= FAR;
    }
    this.#refill(late, end);
  }

  /** Empties the places from the count to an end, then puts the waiters there. */
  #refill(waiters: readonly (Waiter | null)[], end: number): void {
    for (let i = this.#count; i < end; i++) this.#waiters[i] = null;
    for (let i = 0; i < waiters.length; i++) if (waiters[i]) this.push(waiters[i]!);
  }
}
