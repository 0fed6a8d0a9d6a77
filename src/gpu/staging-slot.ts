import { READ } from "./constants.ts";
import type { CopyPlan } from "./copy-plan.ts";
import { Crowd } from "./crowd.ts";
import type { DeviceLife } from "./device-loss.ts";
import { explain } from "./gpu-action.ts";
import type { ReadbackTicket } from "./readback-ticket.ts";

/** One staging buffer, and those who wait for its data: all who have a ticket for it. @internal */
export class StagingSlot {
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
  data: ArrayBuffer | null = null;
  error: unknown = null;

  readonly readers: Crowd<ReadbackTicket>;
  /** Counts how often it was closed. */
  #use = 0;

  constructor(life: DeviceLife) {
    this.readers = new Crowd(life, (ticket) => ticket.arrive());
  }

  /** Maps the data and the mark. */
  map(): void {
    this.begun = true;
    this.buffer!.mapAsync(READ, 0, this.trailer + 4).then(this.#hearMapped, this.#hearRefused);
  }

  // Both are made once, not for each map. The buffer itself tells whether what they hear is of the map that is waited
  // for: the end of one that was taken back can be heard when the next has begun.

  readonly #hearMapped = (): void => {
    const { buffer, data } = this;
    if (data || buffer?.mapState !== "mapped") return;
    this.data = buffer.getMappedRange(0, this.trailer + 4);
    this.readers.tell(null);
  };

  readonly #hearRefused = (error: unknown): void => {
    if (!this.begun || this.buffer?.mapState !== "unmapped") return;
    explain(error, "readback");
    const use = this.#use;
    // The browser may tell of a failed map before it tells of the loss that is the reason for it.
    setTimeout(() => use === this.#use && this.fail(error));
  };

  /** Ends all reads, and later ones, with an error. */
  fail(error: unknown): void {
    this.error = error;
    this.readers.tell(error);
  }

  /** Unmaps the memory, and takes back a map that is pending. */
  close(): void {
    this.#use++;
    this.begun = false;
    this.data = this.error = null;
    // A buffer that was never mapped takes no harm.
    this.buffer?.unmap();
  }
}
