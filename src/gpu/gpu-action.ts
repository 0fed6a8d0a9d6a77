import { Action } from "../core/action.ts";
import type { Waiter } from "../core/waiter.ts";
import type { DeviceLife } from "./device-loss.ts";

/** One wait for a promise of WebGPU, without what the waits have in common. @internal */
export interface GpuWait<T> {
  /** What is waited for, in words; also told in an error. */
  readonly name: string;
  /** The device whose loss fails the wait, where it is known. */
  readonly device?: DeviceLife | undefined;
  /** Asks the GPU. What it throws, the waiting coroutine throws. */
  start(): Promise<T>;
  /** Takes the request back: nobody waits for it any more. */
  cancel?(): void;
  /** Gets rid of an answer that came too late for its waiter. */
  discard?(value: T): void;
}

/** Whether the wait is still open, and what ends it on device loss. */
interface Pending {
  open: boolean;
  fail(error: Error): void;
}

/**
 * Waits for a promise of WebGPU: the browser's task that settles it only queues the outcome, so that the coroutine
 * goes on inside the frame. After a cancel nothing of the promise is heard any more, also not its rejection.
 *
 * @internal
 */
export class GpuAction<T> extends Action<T> {
  readonly name: string;

  private readonly wait: GpuWait<T>;

  constructor(wait: GpuWait<T>) {
    super();
    this.name = wait.name;
    this.wait = wait;
  }

  begin(waiter: Waiter): void {
    const { wait } = this;
    const { device } = wait;
    if (device?.error) throw device.error;
    const settle = (failed: boolean, value: unknown) => {
      if (!pending.open) return;
      close(pending, device);
      waiter.settle(failed, value);
    };
    const pending: Pending = { open: true, fail: (error) => settle(true, error) };
    waiter.record = pending;
    const promise = wait.start();
    device?.pending.add(pending);
    promise.then(
      (value) => (pending.open ? settle(false, value) : wait.discard?.(value)),
      (error) => {
        explain(error, wait.name);
        // The browser may tell of a failed wait before it tells of the loss that is the reason for it.
        if (device) setTimeout(settle, 0, true, error);
        else settle(true, error);
      },
    );
  }

  abort(waiter: Waiter): void {
    close(waiter.record as Pending, this.wait.device);
    this.wait.cancel?.();
  }

  override undeliver(waiter: Waiter): void {
    if (waiter.failed) return;
    this.wait.cancel?.();
    this.wait.discard?.(waiter.value as T);
  }
}

function close(pending: Pending, device: DeviceLife | undefined): void {
  pending.open = false;
  device?.pending.delete(pending);
}

/** The browser's own error, with the call added and the label of what it was called on. */
function explain(error: unknown, call: string): void {
  if (error instanceof Error && !error.message.startsWith(call)) {
    // Not an assignment: the message of a DOMException is a getter of its prototype.
    Reflect.defineProperty(error, "message", { value: `${call}: ${error.message}`, configurable: true });
  }
}
