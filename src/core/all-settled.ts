import type { Action } from "./action.ts";
import { Combinator } from "./group.ts";
import type { Operation, Result } from "./operation.ts";

/** The outcomes of a tuple of operations, as `Promise.allSettled` gives them. */
export type Outcomes<O extends readonly Operation<unknown>[]> = {
  -readonly [K in keyof O]: PromiseSettledResult<Result<O[K]>>;
};

/**
 * Waits until all operations have ended and gives their outcomes, in the order of the array, as `Promise.allSettled`
 * does. It throws no error of theirs.
 *
 * @throws TypeError if it does not get an array of operations.
 *
 * @example
 * ```ts
 * import { allSettled, until } from "awaitframe";
 *
 * function* loadWhatThereIs(urls: string[]) {
 *   const outcomes = yield* allSettled(urls.map((url) => until(fetch(url))));
 *   return outcomes.filter((outcome) => outcome.status === "fulfilled").map((outcome) => outcome.value);
 * }
 * ```
 */
export function allSettled<const O extends readonly Operation<unknown>[]>(
  operations: O,
): Action<Outcomes<O>> {
  return new Combinator("allSettled", operations, (group) => {
    const outcomes: unknown[] = [];
    return ({ index, failed, value }) => {
      outcomes[index] = failed ? { status: "rejected", reason: value } : { status: "fulfilled", value };
      if (group.left === 0) group.decide(false, outcomes);
    };
  });
}
