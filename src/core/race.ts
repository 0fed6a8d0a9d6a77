import type { Action } from "./action.ts";
import { Combinator } from "./group.ts";
import type { Operation, Result } from "./operation.ts";

/**
 * Waits for the first operation that ends, and gives its result or throws its error. The others are cancelled, except
 * tasks: those are only waited for no longer.
 *
 * @throws TypeError if it does not get an array of operations, or an empty one: it could only hang.
 *
 * @example
 * ```ts
 * import { once, race, sleep } from "awaitframe";
 *
 * function* confirmed(button: HTMLElement) {
 *   const click = yield* race([once(button, "click"), sleep(5000)]);
 *   return click !== undefined;
 * }
 * ```
 */
export function race<const O extends readonly Operation<unknown>[]>(
  operations: O,
): Action<Result<O[number]>> {
  const combinator = new Combinator<Result<O[number]>>(
    "race",
    operations,
    (group) =>
      ({ failed, value }) =>
        group.decide(failed, value),
  );
  if (operations.length === 0) throw new TypeError("race([]) would never end: give it an operation");
  return combinator;
}
