import { checkedCalls } from "./checked-calls.ts";
import { COPY_DST, MAP_READ } from "./constants.ts";
import { explain } from "./gpu-action.ts";
import { KeptList } from "./kept-list.ts";
import type { StagingSlot } from "./staging-slot.ts";

/** The longest delay that `setTimeout` takes. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** The staging memory of a ring: a few slots, grown on demand, given back after a quiet time. @internal */
export class StagingPool {
  /** Staging memory, in bytes. */
  bytes = 0;
  readonly #device: GPUDevice;
  readonly #maxBytes: number;
  readonly #quietTime: number;
  readonly #all: readonly StagingSlot[];
  /** The one that was used longest ago comes first, so that all get used, and none seems to be needless. */
  readonly #free = new KeptList<StagingSlot>();
  /** The largest copy since it was last looked for memory to give back. */
  #peak = 0;
  #watched = false;

  constructor(device: GPUDevice, slots: StagingSlot[], maxBytes: number, quietTime: number) {
    this.#device = device;
    this.#maxBytes = maxBytes;
    this.#quietTime = Math.min(quietTime, LONGEST_DELAY);
    this.#all = slots;
    for (const slot of slots) this.#free.push(slot);
  }

  /** How many slots are in use. */
  get inUse(): number {
    return this.#all.length - this.#free.length;
  }

  /** Whether `take` would give a slot. */
  has(bytes: number): boolean {
    return this.#free.length > 0 && this.#inUseBytes + bytes <= this.#maxBytes;
  }

  /** A slot with room for so many bytes, if there can be one. */
  take(bytes: number): StagingSlot | null {
    if (!this.has(bytes)) return null;
    const free = this.#free;
    // As long as there is memory, all slots get theirs: then a slow frame doesn't have to make one.
    const room = this.bytes + bytes <= this.#maxBytes;
    let slot = free.at(0);
    for (let i = free.length - 1; i >= 0; i--) {
      const { capacity } = free.at(i);
      if (capacity ? capacity >= bytes : room) slot = free.at(i);
    }
    free.remove(slot);
    this.fit(slot, bytes);
    return slot;
  }

  /** Whether `fit` would find the memory for a slot in use. */
  canFit({ capacity }: StagingSlot, bytes: number): boolean {
    return capacity >= bytes || this.#inUseBytes - capacity + bytes <= this.#maxBytes;
  }

  /** Sees to it that a slot has room for so many bytes; there must be the memory for it. */
  fit(slot: StagingSlot, bytes: number): void {
    this.#peak = Math.max(this.#peak, bytes);
    if (slot.capacity >= bytes) return;
    const most = this.#maxBytes - bytes + slot.capacity;
    for (let i = 0; i < this.#free.length && this.bytes > most; i++) this.#resize(this.#free.at(i), 0);
    this.#resize(slot, bytes);
    this.#watch();
  }

  /** Takes a slot back. */
  give(slot: StagingSlot): void {
    // A buffer that could not be mapped is none.
    if (slot.error) this.#resize(slot, 0);
    slot.close();
    this.#free.push(slot);
  }

  destroy(): void {
    for (const slot of this.#all) this.#resize(slot, 0);
  }

  get #inUseBytes(): number {
    let bytes = this.bytes;
    for (let i = 0; i < this.#free.length; i++) bytes -= this.#free.at(i).capacity;
    return bytes;
  }

  /** Makes a buffer of another size, or none. The old one goes a little later: a submit may still need it. */
  #resize(slot: StagingSlot, size: number): void {
    const old = slot.buffer;
    if (old) setTimeout(() => old.destroy());
    slot.buffer = size ? this.#make(slot, size) : null;
    this.bytes += size - slot.capacity;
    slot.capacity = size;
  }

  #make(slot: StagingSlot, size: number): GPUBuffer {
    const usage = MAP_READ | COPY_DST;
    const [buffer, checked] = checkedCalls(this.#device, () =>
      this.#device.createBuffer({ label: "ReadbackRing", size, usage }),
    );
    checked.then((error) => {
      if (!error || slot.buffer !== buffer) return;
      explain(error, "readback");
      slot.fail(error);
    });
    return buffer;
  }

  /** Looks for memory to give back, while there is any. */
  #watch(): void {
    if (this.#watched || !this.bytes) return;
    this.#watched = true;
    const timer = setTimeout(() => {
      this.#watched = false;
      for (let i = 0; i < this.#free.length; i++) {
        const slot = this.#free.at(i);
        if (slot.capacity > this.#peak * 4) this.#resize(slot, 0);
      }
      this.#peak = 0;
      this.#watch();
    }, this.#quietTime);
    // In Node: it must not keep the process alive.
    (timer as { unref?(): void }).unref?.();
  }
}
