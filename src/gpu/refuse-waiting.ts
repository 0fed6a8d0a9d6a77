import { isThenable } from "../core/operation.ts";

/** The names of the classes of functions that wait. */
const WAITING = /^(Async|Generator)/;

/**
 * A callback that must not wait: refuses functions that would, before the call, and what only waiting could finish,
 * after it.
 *
 * @internal
 */
export function refuseWaiting(what: string, given: unknown): void {
  const waits =
    typeof given === "function"
      ? WAITING.test(given.constructor.name)
      : isThenable(given) || (given as Partial<Iterator<unknown>> | null | undefined)?.next;
  // What it has begun goes on, and nobody hears of it.
  if (waits && isThenable(given)) Promise.resolve(given).catch(() => {});
  if (waits) throw new TypeError(`${what} can't wait: it must be synchronous`);
}
