import type { Action } from "./action.ts";
import { checkedNumber } from "./check.ts";
import { TimeoutError } from "./errors.ts";
import { Combinator } from "./group.ts";
import type { Operation } from "./operation.ts";
import { sleep } from "./sleep.ts";

/**
 * Waits for an operation, but no longer than a time on the loop's clock. When that is over the operation is cancelled;
 * a task is only waited for no longer.
 *
 * @param ms - Milliseconds; `Infinity` is no limit.
 * @throws TimeoutError when the time is over. TypeError or RangeError for a bad time, as `sleep`.
 *
 * @example
 * ```ts
 * import { timeout, until } from "awaitframe";
 *
 * function* load(url: string) {
 *   return yield* timeout(3000, until(({ signal }) => fetch(url, { signal })));
 * }
 * ```
 */
export function timeout<T>(ms: number, operation: Operation<T>): Action<T> {
  checkedNumber(ms, "timeout(ms)");
  return new Combinator<T>("timeout", [operation, sleep(ms)], (group) => ({ index, failed, value }) => {
    if (index === 0) group.decide(failed, value);
    else group.decide(true, new TimeoutError(`timed out after ${ms} ms`));
  });
}
