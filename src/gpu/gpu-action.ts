import { Action } from "../core/action.ts";
import type { Loop } from "../core/loop.ts";
import type { Waiter } from "../core/waiter.ts";
import { DeviceLostError, type DeviceLife, type PendingWait } from "./device-loss.ts";

/** One wait for a promise of WebGPU, without what the waits have in common. @internal */
export interface GpuWait<T> {
  /** What is waited for, in words; also told in an error. */
  readonly name: string;
  /** The device whose loss fails the wait, where it is known. */
  readonly device?: DeviceLife | undefined;
  /** Asks the GPU. What it throws, the waiting coroutine throws. */
  start(loop: Loop): Promise<T>;
  /** Takes the request back, or its answer: nobody waits for it any more. */
  cancel?(): unknown;
}

/**
 * Waits for a promise of WebGPU: the browser's task that settles it only queues the outcome, so that the coroutine
 * goes on inside the frame. After a cancel nothing of the promise is heard any more, also not its rejection.
 *
 * @internal
 */
export class GpuAction<T> extends Action<T> {
  declare readonly name: string;
  declare readonly device?: DeviceLife | undefined;
  declare readonly start: (loop: Loop) => Promise<T>;
  declare readonly cancel?: () => unknown;

  constructor(wait: GpuWait<T>) {
    super();
    Object.assign(this, wait);
  }

  begin(waiter: Waiter): void {
    const { device, name } = this;
    if (device?.error) throw device.error;
    // As the record of the waiter's wait, it also tells whether that is still the wait.
    const pending: PendingWait = { fail: (error) => settle(true, error) };
    const settle = (failed: boolean, value: unknown) => {
      if (waiter.record !== pending) return;
      this.#end(waiter);
      waiter.settle(failed, value);
    };
    waiter.record = pending;
    const promise = this.start(waiter.loop);
    device?.begin(pending);
    promise.then(
      (value) => settle(false, value),
      (error) => {
        explain(error, name);
        // The browser may tell of a failed wait before it tells of the loss that is the reason for it.
        if (device) setTimeout(settle, 0, true, error);
        else settle(true, error);
      },
    );
  }

  abort(waiter: Waiter): void {
    this.#end(waiter);
    this.cancel?.();
  }

  override undeliver(waiter: Waiter): void {
    if (!waiter.failed) this.cancel?.();
  }

  #end(waiter: Waiter): void {
    this.device?.end(waiter.record as PendingWait);
    waiter.record = null;
  }
}

/** The browser's own error, with the call added and the label of what it was called on. @internal */
export function explain(error: unknown, call: string): void {
  // The error of a loss is everybody's.
  if (error instanceof Error && !(error instanceof DeviceLostError) && !error.message.startsWith(call)) {
    // Not an assignment: the message of a DOMException is a getter of its prototype.
    Reflect.defineProperty(error, "message", { value: `${call}: ${error.message}`, configurable: true });
  }
}
