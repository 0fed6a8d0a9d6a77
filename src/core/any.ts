import type { Action } from "./action.ts";
import { Combinator } from "./group.ts";
import type { Operation, Result } from "./operation.ts";

/**
 * Waits for the first operation that succeeds and gives its result. The others are cancelled, except tasks: those are
 * only waited for no longer.
 *
 * @throws AggregateError if none succeeds, with their errors in the order of the array; for an empty array at the call.
 * TypeError if it does not get an array of operations.
 *
 * @example
 * ```ts
 * import { any, until } from "awaitframe";
 *
 * function* fromAnyMirror(mirrors: string[]) {
 *   return yield* any(mirrors.map((url) => until(({ signal }) => fetch(url, { signal }))));
 * }
 * ```
 */
export function any<const O extends readonly Operation<unknown>[]>(operations: O): Action<Result<O[number]>> {
  const combinator = new Combinator<Result<O[number]>>("any", operations, (group) => {
    const errors: unknown[] = [];
    return ({ index, failed, value }) => {
      errors[index] = value;
      if (!failed) group.decide(false, value);
      else if (group.left === 0) group.decide(true, new AggregateError(errors, "no operation succeeded"));
    };
  });
  if (operations.length === 0) throw new AggregateError([], "any([]) has no operation that could succeed");
  return combinator;
}
