import type { Action } from "./action.ts";
import { Sleep } from "./sleep.ts";
import type { Waiter } from "./waiter.ts";

/** Due in any frame, and so long ago that a sleep which follows does not count from it, as it would from a sleep's end. */
const LONG_AGO = Number.MIN_SAFE_INTEGER;

class Breathe extends Sleep {
  constructor() {
    super(0);
  }

  override get name(): string {
    return "breathe";
  }

  override begin(waiter: Waiter): void {
    const { loop } = waiter;
    if (loop.cpuTime() - loop.tickStart < loop.budget) waiter.settle(false, undefined);
    else waiter.record = loop.timers.add(waiter, LONG_AGO);
  }

  /** The frame's budget bounds it. */
  override weight(): number {
    return 0;
  }
}

const BREATHE = /* @__PURE__ */ new Breathe();

/**
 * Lets go of the frame if its time is used up: goes on at once while the frame is within the loop's `budget`, else in
 * the next frame. For long CPU work in slices.
 *
 * @example
 * ```ts
 * import { breathe } from "awaitframe";
 *
 * function* sumAll(rows: number[][]) {
 *   let sum = 0;
 *   for (const row of rows) {
 *     for (const value of row) sum += value;
 *     yield* breathe();
 *   }
 *   return sum;
 * }
 * ```
 */
export function breathe(): Action<void> {
  return BREATHE;
}
