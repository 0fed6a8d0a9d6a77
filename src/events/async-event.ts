import { Action } from "../core/action.ts";
import type { Waiter } from "../core/waiter.ts";

/**
 * A flag that tasks can wait for. It stays set until it is cleared: who waits while it is set goes on at once.
 *
 * @example
 * ```ts
 * import { AsyncEvent } from "awaitframe";
 *
 * const loaded = new AsyncEvent();
 *
 * function* draw() {
 *   yield* loaded.wait();
 *   console.log("everything is there");
 * }
 * ```
 */
export class AsyncEvent {
  private flag = false;
  /** In the order in which they came. */
  private waiters = new Set<Waiter>();
  private readonly action: Action<void> = new EventWait(this);

  /** Whether it is set. */
  get isSet(): boolean {
    return this.flag;
  }

  /** Sets the flag. Those who wait go on, in the order in which they came, even if it is cleared at once. */
  set(): void {
    this.flag = true;
    const { waiters } = this;
    if (waiters.size === 0) return;
    this.waiters = new Set();
    for (const waiter of waiters) waiter.settle(false, undefined);
  }

  /** Clears the flag: who waits from now on waits for the next `set`. */
  clear(): void {
    this.flag = false;
  }

  /** Waits until the flag is set; goes on at once if it is. */
  wait(): Action<void> {
    return this.action;
  }

  /** @internal */
  join(waiter: Waiter): void {
    if (this.flag) waiter.settle(false, undefined);
    else this.waiters.add(waiter);
  }

  /** @internal */
  leave(waiter: Waiter): void {
    this.waiters.delete(waiter);
  }
}

class EventWait extends Action<void> {
  readonly name = "event";

  constructor(private readonly event: AsyncEvent) {
    super();
  }

  begin(waiter: Waiter): void {
    this.event.join(waiter);
  }

  abort(waiter: Waiter): void {
    this.event.leave(waiter);
  }
}
