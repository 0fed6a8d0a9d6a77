import { action, type Action } from "./action.ts";
import { CancelledError } from "./errors.ts";
import { wrong } from "./check.ts";
import { isIterable, isThenable } from "./operation.ts";
import type { Task } from "./task.ts";

/** What the function that is given to {@link until} gets. */
export interface UntilContext {
  /** Aborts when the wait is cancelled. Made when it is read. */
  readonly signal: AbortSignal;
}

/**
 * Waits for a promise, and goes on inside the frame with its value, or throws its rejection. After a cancel, a late
 * rejection is nobody's unhandled one.
 *
 * @param source - A promise, or a function that returns one; it is called when the wait begins, with a `signal` that
 * aborts when the wait is cancelled.
 * @throws TypeError if `source` is neither.
 *
 * @example
 * ```ts
 * import { until } from "awaitframe";
 *
 * function* loadMesh(url: string) {
 *   const response = yield* until(({ signal }) => fetch(url, { signal }));
 *   return new Float32Array(yield* until(response.arrayBuffer()));
 * }
 * ```
 */
export function until<T>(source: PromiseLike<T> | ((context: UntilContext) => PromiseLike<T>)): Action<T> {
  if (typeof source !== "function" && !isThenable(source)) {
    throw wrong("until() takes a promise or a function that returns one", source);
  }
  // Should the wait never begin, since its task is cancelled before, a rejection is nobody's either. A task is no mere
  // promise: its error would be taken from its parent.
  if (typeof source !== "function" && !isIterable(source)) listen(source, () => {})();
  return action<T>((resolve, reject) => {
    let controller: AbortController | null = null;
    let settled = false;
    let cancelled = false;
    const abort = () => controller?.abort(new CancelledError("the wait was cancelled"));
    const context: UntilContext = {
      get signal() {
        controller ??= new AbortController();
        if (cancelled) abort();
        return controller.signal;
      },
    };
    const promise = typeof source === "function" ? source(context) : source;
    if (!isThenable(promise)) throw wrong("the function of until() must return a promise", promise);
    const forget = listen(promise, (failed, value) => {
      settled = true;
      if (failed) reject(value);
      else resolve(value as T);
    });
    return () => {
      forget();
      // Aborting what has come would cut off the body of a response.
      cancelled = !settled;
      if (cancelled) abort();
    };
  }, "until");
}

/** Without its class, which nobody who uses no tasks has to load. */
function isTask(promise: object): promise is Task<unknown> {
  return isIterable(promise) && "leave" in promise;
}

type Listener = (failed: boolean, value: unknown) => void;

/** A promise can't be asked to forget a reaction: each one gets only one, for all who wait for it. */
const LISTENERS = /* @__PURE__ */ new WeakMap<PromiseLike<unknown>, Set<Listener>>();

function listen(promise: PromiseLike<unknown>, listener: Listener): () => void {
  // A task knows who waits for it: whoever has lost interest doesn't take its error.
  if (isTask(promise)) {
    const joiner = { settle: listener };
    promise.join(joiner);
    return () => promise.leave(joiner);
  }
  let listeners = LISTENERS.get(promise);
  if (listeners === undefined) {
    const all = (listeners = new Set<Listener>());
    LISTENERS.set(promise, all);
    const settled = (failed: boolean) => (value: unknown) => {
      LISTENERS.delete(promise);
      for (const tell of all) tell(failed, value);
    };
    Promise.resolve(promise).then(settled(false), settled(true));
  }
  listeners.add(listener);
  return () => listeners.delete(listener);
}
