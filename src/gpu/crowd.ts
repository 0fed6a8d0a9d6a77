import type { DeviceLife, DeviceLostError, PendingWait } from "./device-loss.ts";
import { KeptList } from "./kept-list.ts";

/** Those who wait for one thing of a device. They are told together: that it is there, or of an error. @internal */
export class Crowd<T> implements PendingWait {
  readonly #life: DeviceLife;
  readonly #tell: (one: T, error: unknown) => void;
  readonly #all = new KeptList<T>();

  constructor(life: DeviceLife, tell: (one: T, error: unknown) => void) {
    this.#life = life;
    this.#tell = tell;
  }

  get size(): number {
    return this.#all.length;
  }

  join(one: T): void {
    this.#all.push(one);
    if (this.size === 1) this.#life.begin(this);
  }

  leave(one: T): void {
    if (this.#all.remove(one) && this.size === 0) this.#life.end(this);
  }

  /** Tells those who are there now. */
  tell(error: unknown): void {
    for (let left = this.size; left > 0; left--) {
      const one = this.#all.at(0);
      this.leave(one);
      this.#tell(one, error);
    }
  }

  fail(error: DeviceLostError): void {
    this.tell(error);
  }
}
