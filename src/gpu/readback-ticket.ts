import { Action } from "../core/action.ts";
import { wrong } from "../core/check.ts";
import type { Loop } from "../core/loop.ts";
import type { Operation } from "../core/operation.ts";
import type { Waiter } from "../core/waiter.ts";
import { extract, type CopyPlan } from "./copy-plan.ts";
import type { ReadbackRing } from "./readback-ring.ts";
import { refuseWaiting } from "./refuse-waiting.ts";
import type { StagingSlot } from "./staging-slot.ts";

const READ = "was read already";
const CANCELLED = "was cancelled";
const BORROWER = "the callback of borrow";
const NEVER_RAN =
  "readback: this copy never ran: submit its encoder in its frame, or see which error the device reported";

/**
 * The right to read one snapshot of a {@link ReadbackRing}, once. It holds a slot until it is read or cancelled; one
 * that nobody reads loses it to a copy of a later frame, where there is no other.
 */
export class ReadbackTicket<V extends ArrayBufferView = ArrayBufferView> extends Action<V> {
  // One object for the copy, for the read and for its wait: in a ring that is read in every frame, the fewest.

  declare readonly name: string;
  /** Where the copy is. @internal */
  declare readonly slot: StagingSlot;
  /** How the copy lies there. @internal */
  declare readonly plan: CopyPlan;
  /** Where its mark lies. @internal */
  declare readonly mark: number;
  /** Counts the copies of the ring. @internal */
  declare readonly number: number;
  /** The loop in whose frame the copy was made, as far as that is known. @internal */
  declare loop: Loop | null;
  /** The frame, and the turn of the loop, in which it was made. @internal */
  declare madeIn: number;
  /** @internal */
  declare turn: number;
  /** Why it can't be read any more; empty while it can. @internal */
  declare state: string;
  declare private readonly ring: ReadbackRing<never>;
  declare private into: ArrayBufferView | undefined;
  declare private use: ((view: ArrayBufferView) => unknown) | undefined;
  declare private waiter: Waiter | null;

  /** @internal */
  constructor(
    ring: ReadbackRing<never>,
    slot: StagingSlot,
    plan: CopyPlan,
    mark: number,
    number: number,
    loop: Loop | null,
  ) {
    super();
    this.name = "readback";
    this.ring = ring;
    this.slot = slot;
    this.plan = plan;
    this.mark = mark;
    this.number = number;
    this.loop = loop;
    this.madeIn = loop?.frame?.index ?? -1;
    this.turn = loop?.turns ?? -1;
    this.state = "";
    this.into = this.use = undefined;
    this.waiter = null;
  }

  /**
   * The index of the frame in which the snapshot was encoded; of one that was encoded outside of a task, that of the
   * frame in which it is read, and -1 before.
   */
  get frame(): number {
    return this.madeIn;
  }

  /**
   * Waits for the snapshot, and gives it in an array of the caller's own: a new one, or `into`.
   *
   * @param into - Gets the result from its begin; it must be large enough.
   * @throws TypeError if `into` is no typed array; at the `yield*`, Error if the encoder was not submitted, or if the
   *   ticket was read, cancelled or given up already; RangeError if `into` is too small; {@link DeviceLostError}.
   */
  read(): Operation<V>;
  read<Into extends ArrayBufferView>(into: Into): Operation<Into>;
  read(into?: ArrayBufferView): Operation<ArrayBufferView> {
    if (into !== undefined && !ArrayBuffer.isView(into)) throw wrong("read(into) takes a typed array", into);
    this.into = into;
    this.use = undefined;
    return this;
  }

  /**
   * Waits for the snapshot, lends its memory to `use`, inside the frame, and gives what that returns. The view is the
   * mapped memory itself, unless rows have to be freed from padding or reordered, and is of no use once `use` has
   * returned. To go through the values more than once or at random, `read` can be faster.
   *
   * @param use - Synchronous.
   * @throws TypeError if `use` is no function; at the `yield*`, as {@link ReadbackTicket.read}, and TypeError if `use` is
   *   a generator or an async function, or returns a promise.
   */
  borrow<R>(use: (view: V) => R): Operation<R> {
    if (typeof use !== "function") throw wrong(`${BORROWER} is a function`, use);
    refuseWaiting(BORROWER, use);
    this.use = use as (view: ArrayBufferView) => unknown;
    return this as unknown as Operation<R>;
  }

  /** Gives the slot back unread. A read that has begun is cancelled with its task instead. */
  cancel(): void {
    if (!this.state) this.ring.close(this, CANCELLED);
  }

  /** @internal */
  begin(waiter: Waiter): void {
    const { slot, ring, state } = this;
    if (state) throw new Error(`this ticket ${state}`);
    this.state = READ;
    this.waiter = waiter;
    // Tells tools one wait from another.
    waiter.record = this;
    if (slot.data || this.error) {
      this.arrive();
    } else {
      slot.readers.join(this);
      ring.advance(waiter.loop);
    }
  }

  /** The data are there, or will never be. @internal */
  arrive(): void {
    const { error, waiter } = this;
    if (error) this.ring.close(this, READ);
    waiter!.settle(!!error, error);
  }

  /** @internal */
  override deliver(): unknown {
    const { slot, ring, into, use } = this;
    try {
      // Lost or destroyed after the data had arrived: there is no memory any more.
      if (this.error) throw this.error;
      const copy = slot.arrived(this);
      if (!copy) throw new Error(NEVER_RAN);
      let value: unknown = extract(copy.plan, slot.data!, into, use && ring);
      if (use) refuseWaiting(BORROWER, (value = use(value as ArrayBufferView)));
      ring.keep(this, value);
      return value;
    } finally {
      ring.close(this, READ);
    }
  }

  /** @internal */
  abort(): void {
    this.slot.readers.leave(this);
    this.ring.close(this, CANCELLED);
  }

  /** @internal */
  override undeliver(): void {
    this.ring.close(this, CANCELLED);
  }

  /** A task that was to read it was cancelled before its first step. @internal */
  override return(value: unknown): IteratorReturnResult<unknown> {
    this.cancel();
    return super.return(value);
  }

  private get error(): unknown {
    return this.ring.life.error ?? this.slot.error;
  }
}
