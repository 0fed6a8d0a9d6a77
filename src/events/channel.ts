import { Action } from "../core/action.ts";
import { checkedNumber } from "../core/check.ts";
import type { Waiter } from "../core/waiter.ts";
import { Mailbox, type closed } from "./mailbox.ts";

/** What `send` throws once the channel is closed. */
export class ChannelClosedError extends Error {
  override name = "ChannelClosedError";
}

/**
 * Hands items from tasks to tasks, first in first out. `send` waits while the channel is full, `receive` while it is
 * empty. With a capacity of 0, sender and receiver meet. A receiver that is cancelled loses no item.
 *
 * @example
 * ```ts
 * import { Channel, closed } from "awaitframe";
 *
 * const jobs = new Channel<string>(16);
 *
 * function* worker() {
 *   for (;;) {
 *     const job = yield* jobs.receive();
 *     if (job === closed) return;
 *     console.log(job);
 *   }
 * }
 * ```
 */
export class Channel<T> {
  private readonly mailbox = new Mailbox<T>("receive", (wanted) => this.letIn(wanted));
  /** Who waits for room, with the item, in the order in which they came. */
  private readonly senders = new Map<Waiter, T>();
  private isClosed = false;

  /**
   * @param capacity - How many items it holds, from 0 to `Infinity`.
   * @throws RangeError if the capacity is negative or NaN; TypeError if it is no number.
   */
  constructor(readonly capacity = 0) {
    checkedNumber(capacity, "capacity");
  }

  /** How many items it holds. */
  get size(): number {
    return this.mailbox.size;
  }

  /**
   * Puts an item in; waits while the channel is full.
   *
   * @throws ChannelClosedError if the channel is closed, or gets closed meanwhile.
   */
  send(item: T): Action<void> {
    return new Send(this, item);
  }

  /** Takes the oldest item out; waits while there is none. Gives {@link closed} after the last item of a closed one. */
  receive(): Action<T | typeof closed> {
    return this.mailbox.take;
  }

  /** Ends it: what it holds can still be received; senders get a {@link ChannelClosedError}. */
  close(): void {
    this.isClosed = true;
    for (const sender of this.senders.keys()) sender.settle(true, closedError());
    this.senders.clear();
    this.mailbox.close();
  }

  /** @internal */
  join(sender: Waiter, item: T): void {
    if (this.isClosed) {
      sender.settle(true, closedError());
    } else if (this.mailbox.isAwaited || this.mailbox.size < this.capacity) {
      this.mailbox.put(item);
      sender.settle(false, undefined);
    } else {
      this.senders.set(sender, item);
    }
  }

  /** @internal */
  leave(sender: Waiter): void {
    this.senders.delete(sender);
  }

  private letIn(wanted: boolean): void {
    for (const [sender, item] of this.senders) {
      if (this.mailbox.size >= (wanted ? 1 : this.capacity)) return;
      this.senders.delete(sender);
      this.mailbox.put(item);
      sender.settle(false, undefined);
    }
  }
}

function closedError(): ChannelClosedError {
  return new ChannelClosedError("send() on a closed channel");
}

class Send<T> extends Action<void> {
  readonly name = "send";

  constructor(
    private readonly channel: Channel<T>,
    private readonly item: T,
  ) {
    super();
  }

  begin(waiter: Waiter): void {
    this.channel.join(waiter, this.item);
  }

  abort(waiter: Waiter): void {
    this.channel.leave(waiter);
  }
}
