import { action, type Action } from "../core/action.ts";
import { checkedTarget } from "../core/check.ts";
import { checkListening, listen, type EventOf, type ListenOptions } from "./listen.ts";

/** Options of {@link once}. */
export interface OnceOptions<E extends Event> extends ListenOptions<E> {
  /** Ends the wait when it aborts: the coroutine throws its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Waits for the next event of a type. The listener is there only while the coroutine waits.
 *
 * @param target - Any `EventTarget`: an element, the window, a `GPUDevice`.
 * @throws TypeError if `target` is no event target; at the `yield*`, the reason of `signal` when that aborts, and what
 * `filter` throws.
 *
 * @example
 * ```ts
 * import { once } from "awaitframe";
 *
 * function* clicks(canvas: HTMLCanvasElement) {
 *   for (;;) {
 *     const { offsetX, offsetY } = yield* once(canvas, "pointerdown", { prevent: true });
 *     console.log(offsetX, offsetY);
 *   }
 * }
 * ```
 */
export function once<Target extends EventTarget, const Type extends string>(
  target: Target,
  type: Type,
  options: OnceOptions<EventOf<Target, Type>> = {},
): Action<EventOf<Target, Type>> {
  const { signal, filter } = options;
  checkListening("once", target, type, filter);
  if (signal) checkedTarget(signal, "once() takes an AbortSignal as its signal");
  return action((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return undefined;
    }
    const unlisten = listen(target, type, options, resolve, reject);
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    return () => {
      signal?.removeEventListener("abort", abort);
      unlisten();
    };
  }, `once("${type}")`);
}
