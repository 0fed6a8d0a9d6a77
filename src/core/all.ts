import type { Action } from "./action.ts";
import { Combinator } from "./group.ts";
import type { Operation, Result } from "./operation.ts";

/** The results of a tuple of operations. */
export type Results<O extends readonly Operation<unknown>[]> = { -readonly [K in keyof O]: Result<O[K]> };

/**
 * Waits for all operations and gives their results, in the order of the array. The first error ends the others and is
 * thrown. A task among them is only waited for; everything else is cancelled when it is not needed any more.
 *
 * @throws TypeError if it does not get an array of operations.
 *
 * @example
 * ```ts
 * import { all, sleep, until } from "awaitframe";
 *
 * function* load(urls: string[]) {
 *   const [responses] = yield* all([all(urls.map((url) => until(fetch(url)))), sleep(500)]);
 *   return responses;
 * }
 * ```
 */
export function all<const O extends readonly Operation<unknown>[]>(operations: O): Action<Results<O>> {
  return new Combinator("all", operations, (group) => {
    const results: unknown[] = [];
    return ({ index, failed, value }) => {
      results[index] = value;
      if (failed) group.decide(true, value);
      else if (group.left === 0) group.decide(false, results);
    };
  });
}
