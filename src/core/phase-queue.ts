import { RESUME, RESUMED, type Action } from "./action.ts";
import { FAILED, RUNNING, WAITING } from "./status.ts";
import type { Task } from "./task.ts";
import type { Waiter } from "./waiter.ts";

/** How many given up places a queue may hold before it closes the gaps. */
const GAPS_ALLOWED = 64;

/**
 * The waiters of one phase, first in first out. This is the hot path of the kit: a step is a read, a call of the
 * generator's `next` and a write. There are two arrays, of those who run now and of those who wait for the next time,
 * each with a count of its own, since `array.length = 0` would give the memory back and take it anew in each frame.
 */
export class PhaseQueue {
  #waiting: (Waiter | null)[] = [];
  #count = 0;
  #gaps = 0;
  #running: (Waiter | null)[] = [];

  /** The action whose waiters are queued here. */
  readonly #action: Action<unknown>;

  constructor(action: Action<unknown>) {
    this.#action = action;
  }

  get isEmpty(): boolean {
    return this.#count === this.#gaps;
  }

  push(waiter: Waiter): void {
    waiter.slot = this.#count;
    this.#waiting[this.#count++] = waiter;
  }

  /** Gives up a waiter's place, without a search, and without moving the others. */
  remove(waiter: Waiter): void {
    const waiting = this.#waiting;
    // Those who run now are found in the other array; its gaps end with the run.
    if (waiting[waiter.slot] !== waiter) {
      this.#running[waiter.slot] = null;
      return;
    }
    waiting[waiter.slot] = null;
    if (++this.#gaps > GAPS_ALLOWED && this.#gaps > this.#count / 2) this.#closeGaps();
  }

  /** Resumes all who wait now, with one value. Who begins to wait meanwhile is for the next time. */
  run(value: unknown): void {
    const action = this.#action;
    const running = this.#waiting;
    const count = this.#count;
    this.#waiting = this.#running;
    this.#running = running;
    this.#count = 0;
    this.#gaps = 0;
    for (let i = 0; i < count; i++) {
      const waiter = running[i] as Waiter | null;
      if (waiter === null) continue;
      running[i] = null;
      const { coroutine } = waiter;
      if (coroutine === null) {
        waiter.settleNow(false, value);
        continue;
      }
      waiter.status = RUNNING;
      if (RESUMED.value !== value) RESUMED.value = value;
      let result: IteratorResult<unknown, unknown>;
      try {
        result = coroutine.next(RESUME);
      } catch (error) {
        (waiter as Task<unknown>).end(FAILED, error);
        continue;
      }
      if ((result as unknown) === action && !(waiter as Task<unknown>).interrupted) {
        waiter.status = WAITING;
        waiter.slot = this.#count;
        this.#waiting[this.#count++] = waiter;
      } else {
        (waiter as Task<unknown>).proceed(result);
      }
    }
  }

  #closeGaps(): void {
    const waiting = this.#waiting;
    let kept = 0;
    for (let i = 0; i < this.#count; i++) {
      const waiter = waiting[i] as Waiter | null;
      waiting[i] = null;
      if (waiter === null) continue;
      waiter.slot = kept;
      waiting[kept++] = waiter;
    }
    this.#count = kept;
    this.#gaps = 0;
  }
}
