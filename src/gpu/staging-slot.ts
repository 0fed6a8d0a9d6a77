import { Action } from "../core/action.ts";
import type { Loop } from "../core/loop.ts";
import type { Waiter } from "../core/waiter.ts";
import { READ } from "./constants.ts";
import type { CopyPlan } from "./copy-plan.ts";
import type { DeviceLife } from "./device-loss.ts";
import { explain } from "./gpu-action.ts";
import { KeptList } from "./kept-list.ts";

let waits = 0;

/**
 * One staging buffer, and the wait for its data: of all who have a ticket for it. A ring waits in every frame, so the
 * slot is its own record of that, and a wait allocates nothing.
 *
 * @internal
 */
export class StagingSlot extends Action<ArrayBuffer> {
  readonly name = "readback";
  buffer: GPUBuffer | null = null;
  /** The size of the buffer, in bytes. */
  capacity = 0;
  /** Of the newest copy that it holds: that is for all its tickets. */
  plan: CopyPlan | null = null;
  /** Where the mark lies that tells whether the copy has run. */
  trailer = 0;
  /** How many copies into it may still be read: one, or more where newer ones replaced older ones. */
  copies = 0;
  /** Whether the map is on its way, or there. */
  begun = false;

  readonly #life: DeviceLife;
  readonly #onWait: (loop: Loop) => void;
  readonly #waiters = new KeptList<Waiter>();
  #data: ArrayBuffer | null = null;
  #error: unknown = null;
  /** Counts how often it was closed: what is told of an earlier map is nobody's. */
  #use = 0;

  /** @param onWait - Hears of each wait that needs the map; `map` is to follow once the copy was submitted. */
  constructor(life: DeviceLife, onWait: (loop: Loop) => void) {
    super();
    this.#life = life;
    this.#onWait = onWait;
  }

  /** Whether somebody waits. */
  get wanted(): boolean {
    return this.#waiters.length > 0;
  }

  begin(waiter: Waiter): void {
    const life = this.#life;
    const error = life.error ?? this.#error;
    if (error) throw error;
    if (this.#data) {
      waiter.settle(false, this.#data);
      return;
    }
    // Tells tools one wait from another.
    waiter.record = ++waits;
    this.#waiters.push(waiter);
    life.pending.add(this);
    life.onWait?.();
    this.#onWait(waiter.loop);
  }

  abort(waiter: Waiter): void {
    this.#waiters.remove(waiter);
    if (!this.wanted) this.#life.pending.delete(this);
  }

  /** Maps the data and the mark. */
  map(): void {
    this.begun = true;
    const use = this.#use;
    const buffer = this.buffer!;
    const end = this.trailer + 4;
    buffer.mapAsync(READ, 0, end).then(
      () => {
        if (use !== this.#use) return;
        this.#data = buffer.getMappedRange(0, end);
        this.#settle(false, this.#data);
      },
      (error: unknown) => {
        explain(error, this.name);
        // The browser may tell of a failed map before it tells of the loss that is the reason for it.
        setTimeout(() => use === this.#use && this.fail(error));
      },
    );
  }

  /** Ends all waits, and later ones, with an error. */
  fail(error: unknown): void {
    this.#error = error;
    this.#settle(true, error);
  }

  /** Unmaps the memory, and takes back a map that is pending. */
  close(): void {
    this.#use++;
    this.begun = false;
    this.#data = this.#error = null;
    // A buffer that was never mapped takes no harm.
    this.buffer?.unmap();
  }

  #settle(failed: boolean, value: unknown): void {
    this.#life.pending.delete(this);
    const waiters = this.#waiters;
    for (let i = 0; i < waiters.length; i++) waiters.at(i).settle(failed, value);
    waiters.clear();
  }
}
