import { COPY_DST, MAP_READ, READ } from "./constants.ts";
import type { CopyPlan } from "./copy-plan.ts";

/** Who waits for a copy. @internal */
export interface CopyReader {
  /** Where to put the result; null: it is to be lent. */
  readonly into: ArrayBufferView | undefined | null;
  settle(failed: boolean, value: unknown): void;
  /** As settle, when the device is lost. */
  fail(error: Error): void;
}

/** A copy into a slot, for which somebody has a ticket. @internal */
export interface SlotCopy {
  readonly slot: StagingSlot;
  readonly plan: CopyPlan;
  /** Counts the copies of the ring. */
  readonly number: number;
  /** The turn of the event loop in which it was made. */
  readonly turn: number;
  /** The frame in which it was made; -1 where none is known. */
  frame: number;
  reader: CopyReader | null;
  /** Why it can't be read any more; empty while it can. */
  closed: string;
}

/**
 * One staging buffer, and the copies that it holds: one, but where newer ones replace older ones.
 *
 * Behind the data lies a number that the GPU has written right after it. It tells a copy that ran from one whose
 * encoder was never submitted, or whose submit was refused: nothing else would.
 *
 * @internal
 */
export class StagingSlot {
  buffer: GPUBuffer | null = null;
  /** The size of the buffer, in bytes. */
  capacity = 0;
  /** The most that was needed of it since somebody last looked for memory to give back. */
  peak = 0;
  /** Those that may still be read, oldest first. None: the slot is free. */
  copies: SlotCopy[] = [];
  /** Where the number lies. */
  trailer = 0;
  state: "unmapped" | "pending" | "mapped" = "unmapped";
  /** While it is mapped: the data, and the number behind it. */
  data: ArrayBuffer | null = null;
  stamp = 0;
  /** Counts the maps and unmaps: the outcome of a map that was taken back is told apart by it. */
  #turn = 0;

  /** Makes a buffer of another size, or none. The old one goes a little later: a submit may still need it. */
  resize(device: GPUDevice, capacity: number): void {
    const old = this.buffer;
    if (old) queueMicrotask(() => old.destroy());
    this.buffer =
      capacity > 0
        ? device.createBuffer({ label: "ReadbackRing", size: capacity, usage: MAP_READ | COPY_DST })
        : null;
    this.capacity = capacity;
  }

  /** Maps the data and the number. */
  map(done: (error: unknown) => void): void {
    const turn = ++this.#turn;
    const size = this.trailer + 4;
    const end = (error: unknown) => {
      if (turn !== this.#turn) return;
      if (error) this.state = "unmapped";
      else {
        this.state = "mapped";
        this.data = this.buffer!.getMappedRange(0, size);
        this.stamp = new Uint32Array(this.data, this.trailer, 1)[0]!;
      }
      done(error);
    };
    this.state = "pending";
    this.buffer!.mapAsync(READ, 0, size).then(() => end(null), end);
  }

  /** Also takes back a map that is pending. */
  unmap(): void {
    this.#turn++;
    this.data = null;
    if (this.state !== "unmapped") this.buffer!.unmap();
    this.state = "unmapped";
  }
}
