import type { Operation } from "../core/operation.ts";
import { extract, type CopyPlan } from "./copy-plan.ts";
import { GpuAction } from "./gpu-action.ts";
import type { ReadbackRing, SlotCopy } from "./readback-ring.ts";
import { refuseWaiting } from "./refuse-waiting.ts";

const READ = "was read already";

/**
 * The right to read one snapshot of a {@link ReadbackRing}, once. It holds a slot until it is read or cancelled; one
 * that nobody reads loses it to a copy of a later frame, where there is no other.
 */
export class ReadbackTicket<V extends ArrayBufferView = ArrayBufferView> {
  readonly #ring: ReadbackRing<never>;
  readonly #copy: SlotCopy;

  /** @internal */
  constructor(ring: ReadbackRing<never>, copy: SlotCopy) {
    this.#ring = ring;
    this.#copy = copy;
  }

  /** The index of the frame in which the snapshot was encoded; -1 until the ring has first been read in a loop. */
  get frame(): number {
    return this.#copy.frame;
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
    return this.#take((data, plan) => extract(plan, data, into));
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
    const what = "the callback of borrow";
    refuseWaiting(what, use);
    return this.#take((data, plan) => {
      const result = use(extract(plan, data, undefined, this.#ring) as V);
      refuseWaiting(what, result);
      return result;
    });
  }

  /** Gives the slot back unread. A read that has begun is cancelled with its task instead. */
  cancel(): void {
    if (!this.#copy.state) this.#ring.close(this.#copy, "was cancelled");
  }

  *#take<R>(make: (data: ArrayBuffer, plan: CopyPlan) => R): Operation<R> {
    const ring = this.#ring;
    const copy = this.#copy;
    if (copy.state) throw new Error(`this ticket ${copy.state}`);
    copy.state = READ;
    try {
      const data = yield* new GpuAction({
        name: "readback",
        device: ring.life,
        start: (loop) => ring.map(copy, loop),
      });
      const value = make(data, copy.slot.plan!);
      ring.keep(copy, value);
      return value;
    } finally {
      ring.close(copy, READ);
    }
  }
}
