import type { Operation } from "../core/operation.ts";
import { extract } from "./copy-plan.ts";
import type { ReadbackRing } from "./readback-ring.ts";
import { refuseWaiting } from "./refuse-waiting.ts";
import type { StagingSlot } from "./staging-slot.ts";

const READ = "was read already";
const BORROWER = "the callback of borrow";

/**
 * The right to read one snapshot of a {@link ReadbackRing}, once. It holds a slot until it is read or cancelled; one
 * that nobody reads loses it to a copy of a later frame, where there is no other.
 */
export class ReadbackTicket<V extends ArrayBufferView = ArrayBufferView> {
  /** Where the copy is. @internal */
  readonly slot: StagingSlot;
  /** Counts the copies of the ring. @internal */
  readonly number: number;
  /** The frame in which the copy was made. @internal */
  madeIn: number;
  /** Why it can't be read any more; empty while it can. @internal */
  state = "";
  readonly #ring: ReadbackRing<never>;

  /** @internal */
  constructor(ring: ReadbackRing<never>, slot: StagingSlot, number: number, madeIn: number) {
    this.#ring = ring;
    this.slot = slot;
    this.number = number;
    this.madeIn = madeIn;
  }

  /** The index of the frame in which the snapshot was encoded; -1 until the ring has first been read in a loop. */
  get frame(): number {
    return this.madeIn;
  }

  /**
   * Waits for the snapshot, and gives it in an array of the caller's own: a new one, or `into`.
   *
   * @param into - Gets the result from its begin; it must be large enough.
   * @throws Error if the encoder was not submitted, or if the ticket was read, cancelled or given up already;
   *   RangeError if `into` is too small; {@link DeviceLostError}.
   */
  read(): Operation<V>;
  read<Into extends ArrayBufferView>(into: Into): Operation<Into>;
  read(into?: ArrayBufferView): Operation<ArrayBufferView> {
    return this.#take(null, into) as Operation<ArrayBufferView>;
  }

  /**
   * Waits for the snapshot, lends its memory to `use`, inside the frame, and gives what that returns. The view is the
   * mapped memory itself, unless rows have to be freed from padding or reordered, and is of no use once `use` has
   * returned. To go through the values more than once or at random, `read` can be faster.
   *
   * @param use - Synchronous.
   * @throws As {@link ReadbackTicket.read}; TypeError if `use` is a generator or an async function, or returns a
   *   promise.
   */
  borrow<R>(use: (view: V) => R): Operation<R> {
    refuseWaiting(BORROWER, use);
    return this.#take(use as (view: ArrayBufferView) => unknown) as Operation<R>;
  }

  /** Gives the slot back unread. A read that has begun is cancelled with its task instead. */
  cancel(): void {
    if (!this.state) this.#ring.close(this, "was cancelled");
  }

  *#take(use: ((view: ArrayBufferView) => unknown) | null, into?: ArrayBufferView): Operation<unknown> {
    const { slot } = this;
    const ring = this.#ring;
    if (this.state) throw new Error(`this ticket ${this.state}`);
    this.state = READ;
    try {
      const data = yield* slot;
      // Lost after the data had arrived: there is no memory any more.
      if (ring.life.error) throw ring.life.error;
      if (new Uint32Array(data, slot.trailer)[0]) {
        throw new Error("readback: this copy never ran: submit its encoder");
      }
      let value: unknown = extract(slot.plan!, data, into, use ? ring : undefined);
      if (use) refuseWaiting(BORROWER, (value = use(value as ArrayBufferView)));
      ring.keep(this, value);
      return value;
    } finally {
      ring.close(this, READ);
    }
  }
}
