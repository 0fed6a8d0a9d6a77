import { Action } from "../core/action.ts";
import type { Loop } from "../core/loop.ts";
import type { Operation } from "../core/operation.ts";
import type { Waiter } from "../core/waiter.ts";
import type { DeviceLife } from "./device-loss.ts";
import { refuseWaiting } from "./refuse-waiting.ts";
import type { CopyReader, SlotCopy } from "./staging-slot.ts";

/** What a ticket needs of its ring. @internal */
export interface CopyOwner {
  readonly life: DeviceLife;
  /** The copy has a reader. */
  open(copy: SlotCopy, loop: Loop): void;
  /** The memory, until the copy is closed. */
  lend(copy: SlotCopy): ArrayBufferView;
  /** A value was made of it. */
  keep(copy: SlotCopy, value: unknown): void;
  /** The copy is done with its slot. */
  close(copy: SlotCopy, why: string): void;
}

const ONCE = "was read already: a ticket is read once";
const CANCELLED = "was cancelled";

/**
 * The right to read one snapshot of a {@link ReadbackRing}, once. It holds a slot until it is read or cancelled; one
 * that nobody reads loses it to a copy of a later frame, where there is no other.
 */
export class ReadbackTicket<V extends ArrayBufferView = ArrayBufferView> {
  readonly #owner: CopyOwner;
  readonly #copy: SlotCopy;

  /** @internal */
  constructor(owner: CopyOwner, copy: SlotCopy) {
    this.#owner = owner;
    this.#copy = copy;
  }

  /** The index of the frame in which the snapshot was encoded; -1 until the ring has first been read in a loop. */
  get frame(): number {
    return this.#copy.frame;
  }

  /**
   * Waits for the snapshot, and gives it in an array of the caller's own: a new one, or `into`. The slot is free again
   * before the coroutine goes on.
   *
   * @param into - Gets the result from its begin; it must be large enough.
   * @throws Error if the encoder was not submitted before, or if the ticket was read, cancelled or given up already;
   *   RangeError if `into` is too small; {@link DeviceLostError}.
   */
  read(): Action<V>;
  read<Into extends ArrayBufferView>(into: Into): Action<Into>;
  read(into?: ArrayBufferView): Action<ArrayBufferView> {
    return new TicketRead(this.#owner, this.#copy, into);
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
  *borrow<R>(use: (view: V) => R): Operation<R> {
    const owner = this.#owner;
    const copy = this.#copy;
    refuseWaiting("the callback of borrow", use);
    yield* new TicketRead(owner, copy, null);
    try {
      const result = use(owner.lend(copy) as V);
      refuseWaiting("the callback of borrow", result);
      owner.keep(copy, result);
      return result;
    } finally {
      owner.close(copy, ONCE);
    }
  }

  /** Gives the slot back unread. A read that has begun is cancelled with its task instead. */
  cancel(): void {
    if (!this.#copy.reader) this.#owner.close(this.#copy, CANCELLED);
  }
}

/** Waits until a copy is there: copied out, or mapped to be lent. */
class TicketRead extends Action<ArrayBufferView> {
  readonly name = "readback";
  readonly #owner: CopyOwner;
  readonly #copy: SlotCopy;
  readonly #into: ArrayBufferView | undefined | null;

  constructor(owner: CopyOwner, copy: SlotCopy, into: ArrayBufferView | undefined | null) {
    super();
    this.#owner = owner;
    this.#copy = copy;
    this.#into = into;
  }

  begin(waiter: Waiter): void {
    const owner = this.#owner;
    const copy = this.#copy;
    const into = this.#into;
    if (owner.life.error) throw owner.life.error;
    if (copy.reader || copy.closed) throw new Error(`this ticket ${copy.closed || ONCE}`);
    const settle = (failed: boolean, value: unknown) => {
      this.#end();
      if (failed || into !== null) owner.close(copy, ONCE);
      waiter.settle(failed, value);
    };
    copy.reader = { into, settle, fail: (error) => settle(true, error) };
    owner.life.pending.add(copy.reader);
    owner.open(copy, waiter.loop);
  }

  abort(): void {
    this.#end();
    this.#owner.close(this.#copy, CANCELLED);
  }

  override undeliver(): void {
    this.#owner.close(this.#copy, CANCELLED);
  }

  #end(): void {
    this.#owner.life.pending.delete(this.#copy.reader as CopyReader);
    this.#copy.reader = null;
  }
}
