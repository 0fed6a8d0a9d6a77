import { READ } from "./constants.ts";
import { Crowd } from "./crowd.ts";
import type { DeviceLife } from "./device-loss.ts";
import { explain } from "./gpu-action.ts";
import type { ReadbackTicket } from "./readback-ticket.ts";

/** One staging buffer, and those who wait for its data: all who have a ticket for it. @internal */
export class StagingSlot {
  buffer: GPUBuffer | null = null;
  /** The size of the buffer, in bytes. */
  capacity = 0;
  /** That of the newest copy that it holds, which is for all its tickets. */
  newest: ReadbackTicket | null = null;
  /** Which of the two marks the newest copy uses. */
  parity = 0;
  /** What is mapped ends here: the data, and behind them the marks of the last two copies. */
  end = 0;
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

  /** The copy whose data have come: the newest, or where that has not run, an older one that asks; or none. */
  arrived(asks: ReadbackTicket): ReadbackTicket | null {
    const newest = this.newest!;
    const marks = new DataView(this.data!);
    if (marks.getUint32(newest.mark) === 0) return newest;
    // If not of the same size, the marks lie elsewhere.
    return asks.plan.bytes === newest.plan.bytes && marks.getUint32(asks.mark) === 0 ? asks : null;
  }

  map(): void {
    this.begun = true;
    this.buffer!.mapAsync(READ, 0, this.end).then(this.#hearMapped, this.#hearRefused);
  }

  // Both are made once, not for each map. The buffer itself tells whether what they hear is of the map that is waited
  // for: the end of one that was taken back can be heard when the next has begun.

  readonly #hearMapped = (): void => {
    const { buffer, data } = this;
    if (data || buffer?.mapState !== "mapped") return;
    this.data = buffer.getMappedRange(0, this.end);
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
    this.data = this.error = this.newest = null;
    // A buffer that was never mapped takes no harm.
    this.buffer?.unmap();
  }
}
