import { COPY_DST, MAP_READ } from "./constants.ts";
import { KeptList } from "./kept-list.ts";
import type { StagingSlot } from "./staging-slot.ts";

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
    this.#quietTime = quietTime;
    this.#all = slots;
    for (const slot of slots) this.#free.push(slot);
  }

  /** How many slots are in use. */
  get inUse(): number {
    return this.#all.length - this.#free.length;
  }

  /** Whether `take` would give a slot. */
  has(bytes: number): boolean {
    const free = this.#free;
    let inUse = this.bytes;
    for (let i = 0; i < free.length; i++) inUse -= free.at(i).capacity;
    return free.length > 0 && inUse + bytes <= this.#maxBytes;
  }

  /** A slot with room for so many bytes, if there can be one. */
  take(bytes: number): StagingSlot | null {
    if (!this.has(bytes)) return null;
    const free = this.#free;
    // As long as there is memory, all slots get theirs: then a slow frame doesn't have to make one.
    const room = this.bytes + bytes <= this.#maxBytes;
    const slot = free.find(({ capacity }) => (capacity ? capacity >= bytes : room)) ?? free.at(0);
    free.remove(slot);
    this.fit(slot, bytes);
    return slot;
  }

  /** Sees to it that a slot has room for so many bytes; false if there can't be so much memory. */
  fit(slot: StagingSlot, bytes: number): boolean {
    this.#peak = Math.max(this.#peak, bytes);
    if (slot.capacity >= bytes) return true;
    const full = () => this.bytes - slot.capacity + bytes > this.#maxBytes;
    for (let i = 0; i < this.#free.length && full(); i++) this.#resize(this.#free.at(i), 0);
    if (full()) return false;
    this.#resize(slot, bytes);
    this.#watch();
    return true;
  }

  /** Takes a slot back. */
  give(slot: StagingSlot): void {
    slot.close();
    this.#free.push(slot);
  }

  destroy(): void {
    for (const slot of this.#all) this.#resize(slot, 0);
  }

  /** Makes a buffer of another size, or none. The old one goes a little later: a submit may still need it. */
  #resize(slot: StagingSlot, size: number): void {
    const old = slot.buffer;
    if (old) queueMicrotask(() => old.destroy());
    const usage = MAP_READ | COPY_DST;
    slot.buffer = size ? this.#device.createBuffer({ label: "ReadbackRing", size, usage }) : null;
    this.bytes += size - slot.capacity;
    slot.capacity = size;
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
