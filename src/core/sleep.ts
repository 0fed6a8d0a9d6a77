import { Action } from "./action.ts";
import { checkedNumber } from "./check.ts";
import type { Timer } from "./timers.ts";
import type { Waiter } from "./waiter.ts";

/** @internal */
export class Sleep extends Action<void> {
  constructor(private readonly ms: number) {
    super();
  }

  get name(): string {
    return `sleep(${this.ms})`;
  }

  begin(waiter: Waiter): void {
    waiter.record = waiter.loop.sleepFor(waiter, this.ms);
  }

  abort(waiter: Waiter): void {
    waiter.loop.timers.remove(waiter.record as Timer);
  }
}

/**
 * Waits for a time, and goes on in the first frame at or after it, but never in the frame in which it began: `sleep(0)`
 * lets go. A sleep that follows another counts from that one's deadline, so that periods don't drift. While the loop is
 * paused, sleeps stand still.
 *
 * @param ms - Milliseconds on the loop's clock; `Infinity` sleeps until cancelled.
 * @throws TypeError if `ms` is no number; RangeError if it is NaN or negative.
 *
 * @example
 * ```ts
 * import { sleep } from "awaitframe";
 *
 * function* clock() {
 *   for (;;) {
 *     console.log("tick");
 *     yield* sleep(1000);
 *   }
 * }
 * ```
 */
export function sleep(ms: number): Action<void> {
  return new Sleep(checkedNumber(ms, "sleep(ms)"));
}
