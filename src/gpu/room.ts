import { Action } from "../core/action.ts";
import type { Waiter } from "../core/waiter.ts";
import { Crowd } from "./crowd.ts";
import type { DeviceLife } from "./device-loss.ts";

/** Waits until there may be room in a ring: an action for all who do. Fails when the device is lost. @internal */
export class Room extends Action<void> {
  readonly name = "room in a ring";
  readonly #waiters: Crowd<Waiter>;

  constructor(life: DeviceLife) {
    super();
    this.#waiters = new Crowd(life, (waiter, error) => waiter.settle(error !== null, error));
  }

  begin(waiter: Waiter): void {
    waiter.record = null;
    this.#waiters.join(waiter);
  }

  abort(waiter: Waiter): void {
    this.#waiters.leave(waiter);
  }

  /** Something was given back: they look again. */
  open(): void {
    this.#waiters.tell(null);
  }
}
