import { action, type Action } from "../core/action.ts";
import { checkedTarget, listen, type EventOf, type ListenOptions } from "./listen.ts";

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
  checkedTarget(target, "once");
  return action((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted) {
      reject(signal.reason);
      return undefined;
    }
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    const unlisten = listen(target, type, options, resolve, reject);
    return () => {
      unlisten();
      signal?.removeEventListener("abort", abort);
    };
  }, `once("${type}")`);
}
