import { StagingSlot } from "./staging-slot.ts";

/** The staging memory of a ring: a few slots, grown on demand, given back after a quiet time. @internal */
export class StagingPool {
  readonly all: StagingSlot[] = [];
  /** Staging memory, in bytes. */
  bytes = 0;
  /** How many buffers have been made. */
  created = 0;
  readonly #device: GPUDevice;
  readonly #slots: number;
  readonly #maxBytes: number;
  readonly #quietTime: number;
  /** The one that was used longest ago comes first, so that all get used, and none seems to be needless. */
  readonly #free: StagingSlot[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(device: GPUDevice, slots: number, maxBytes: number, quietTime: number) {
    this.#device = device;
    this.#slots = slots;
    this.#maxBytes = maxBytes;
    this.#quietTime = quietTime;
  }

  /** How many slots are in use. */
  get inUse(): number {
    return this.all.length - this.#free.length;
  }

  /** Whether `take` would give a slot. */
  has(bytes: number): boolean {
    const idle = this.#free.reduce((sum, slot) => sum + slot.capacity, 0);
    return this.inUse < this.#slots && this.bytes - idle + bytes <= this.#maxBytes;
  }

  /** A slot with room for so many bytes, if there can be one. */
  take(bytes: number): StagingSlot | null {
    if (!this.has(bytes)) return null;
    const fits = this.#free.findIndex((slot) => slot.capacity >= bytes);
    let slot = this.#free[fits];
    if (slot) this.#free.splice(fits, 1);
    else if (this.all.length < this.#slots) this.all.push((slot = new StagingSlot()));
    else slot = this.#free.shift()!;
    this.fit(slot, bytes);
    return slot;
  }

  /** Sees to it that a slot has room for so many bytes; false if there can't be so much memory. */
  fit(slot: StagingSlot, bytes: number): boolean {
    slot.peak = Math.max(slot.peak, bytes);
    if (slot.capacity >= bytes) return true;
    const others = () => this.bytes - slot.capacity;
    for (const idle of this.#free) if (others() + bytes > this.#maxBytes) this.#resize(idle, 0);
    if (others() + bytes > this.#maxBytes) return false;
    // One that has grown will grow again.
    const ahead = slot.capacity ? bytes + (bytes >> 2) : bytes;
    this.#resize(slot, Math.min(ahead - (ahead % 8), this.#maxBytes - others()));
    this.#timer ??= this.#watch();
    return true;
  }

  /** Takes a slot back. */
  give(slot: StagingSlot): void {
    slot.unmap();
    this.#free.push(slot);
  }

  destroy(): void {
    clearTimeout(this.#timer);
    for (const slot of this.all) this.#resize(slot, 0);
  }

  #resize(slot: StagingSlot, capacity: number): void {
    this.bytes += capacity - slot.capacity;
    if (capacity > 0) this.created++;
    slot.resize(this.#device, capacity);
  }

  #watch(): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      for (const slot of this.#free) if (slot.peak * 4 < slot.capacity) this.#resize(slot, 0);
      for (const slot of this.all) slot.peak = 0;
      this.#timer = this.bytes > 0 ? this.#watch() : undefined;
    }, this.#quietTime);
    // In Node: it must not keep the process alive.
    (timer as { unref?(): void }).unref?.();
    return timer;
  }
}
