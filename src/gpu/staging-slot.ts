import { READ } from "./constants.ts";
import type { CopyPlan } from "./copy-plan.ts";

/** One staging buffer. @internal */
export class StagingSlot {
  buffer: GPUBuffer | null = null;
  /** The size of the buffer, in bytes. */
  capacity = 0;
  /** Of the newest copy that it holds: that is for all its tickets. */
  plan: CopyPlan | null = null;
  /** Where the mark lies that tells whether the copy has run. */
  trailer = 0;
  /** The mapped memory, once somebody waits for it. */
  data: Promise<ArrayBuffer> | null = null;
  /** Maps it: null until somebody waits, and once it is on its way. */
  begin: (() => void) | null = null;

  /** Whether the map is on its way, or there. */
  get begun(): boolean {
    return !!this.data && !this.begin;
  }

  /** The data and the mark, mapped once `begin` has been called. */
  open(): Promise<ArrayBuffer> {
    // Until it begins, a larger copy may come in.
    const end = () => this.trailer + 4;
    return (this.data ??= new Promise<undefined>((resolve) => {
      this.begin = () => {
        this.begin = null;
        resolve(this.buffer!.mapAsync(READ, 0, end()));
      };
    }).then(() => this.buffer!.getMappedRange(0, end())));
  }

  /** Unmaps the memory, and takes back a map that is pending. */
  close(): void {
    this.data = this.begin = null;
    // A buffer that was never mapped takes no harm.
    this.buffer?.unmap();
  }
}
