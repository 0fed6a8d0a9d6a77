import { Action } from "../core/action.ts";
import { checkedNumber } from "../core/check.ts";
import type { Waiter } from "../core/waiter.ts";
import { checkListening, listen, type EventOf, type ListenOptions } from "./listen.ts";
import { Mailbox, type closed } from "./mailbox.ts";

/**
 * What a full queue does with one more event.
 *
 * - `"dropOldest"`, `"dropNewest"`: loses that one;
 * - `"latest"`: keeps only the newest, whatever the capacity;
 * - `"error"`: loses the new one, and a wait throws, once what is queued has been taken.
 */
export type Overflow = "dropOldest" | "dropNewest" | "latest" | "error";

const OVERFLOWS: readonly string[] = ["dropOldest", "dropNewest", "latest", "error"] satisfies Overflow[];

/** Options of {@link on}. */
export interface OnOptions<E extends Event> extends ListenOptions<E> {
  /** How many events the queue holds: 1024 by default. */
  capacity?: number | undefined;
  /** What happens when one more arrives: see {@link Overflow}; `"dropOldest"` by default. */
  overflow?: Overflow | undefined;
}

/** A queue of events that belongs to the task that opened it: its listener goes with the task, or with `close`. */
export class Subscription<E extends Event> {
  private readonly mailbox: Mailbox<E>;
  private readonly capacity: number;
  private readonly overflow: Overflow;
  private readonly unlisten: () => void;
  private overran = false;
  /** Frees the task of a subscription that was closed before it. @internal */
  forget: () => void = () => {};

  /** @internal */
  constructor(target: EventTarget, type: string, options: OnOptions<E>) {
    const { capacity = 1024, overflow = "dropOldest" } = options;
    checkedNumber(capacity, "capacity", true);
    if (!OVERFLOWS.includes(overflow))
      throw new RangeError(`overflow must be one of ${OVERFLOWS.join(", ")}`);
    this.capacity = overflow === "latest" ? 1 : capacity;
    this.overflow = overflow;
    this.mailbox = new Mailbox(`on("${type}").next()`);
    if (overflow === "dropOldest" || overflow === "latest") this.mailbox.limit = this.capacity;
    const put = (event: E) => this.put(event, type);
    this.unlisten = listen(target, type, options, put, (error) => this.mailbox.fail(error));
  }

  /**
   * Waits for the next event; goes on at once if one is queued. After `close` it gives what is queued, then `closed`.
   *
   * @throws RangeError if the queue ran over and its overflow is `"error"`; what `filter` throws.
   */
  next(): Action<E | typeof closed> {
    return this.mailbox.take;
  }

  /** The newest event that is queued, or undefined; empties the queue. Does not wait. */
  latest(): E | undefined {
    this.overran = false;
    return this.mailbox.empty().at(-1);
  }

  /** Removes the listener. */
  close(): void {
    this.forget();
    try {
      this.unlisten();
    } finally {
      this.mailbox.close();
    }
  }

  private put(event: E, type: string): void {
    const { mailbox, overflow } = this;
    if (mailbox.isAwaited || mailbox.size < this.capacity) {
      this.overran = false;
    } else if (overflow === "dropOldest" || overflow === "latest") {
      mailbox.dropOldest();
    } else {
      if (overflow === "error" && !this.overran) {
        mailbox.fail(
          new RangeError(`on("${type}"): more than ${this.capacity} events were waiting, some are lost`),
        );
      }
      this.overran = true;
      return;
    }
    mailbox.put(event);
  }
}

class Open<E extends Event> extends Action<Subscription<E>> {
  readonly name: string;

  constructor(
    private readonly target: EventTarget,
    private readonly type: string,
    private readonly options: OnOptions<E>,
  ) {
    super();
    this.name = `on("${type}")`;
  }

  begin(waiter: Waiter): void {
    const subscription: Subscription<E> = new Subscription(this.target, this.type, this.options);
    subscription.forget = waiter.task.onEnd(() => subscription.close());
    waiter.record = subscription;
    waiter.settle(false, subscription);
  }

  abort(): void {}

  /** A combinator drops it, say since another operation has failed: nobody has got it. */
  override undeliver(waiter: Waiter): void {
    (waiter.record as Subscription<E>).close();
  }
}

/**
 * Subscribes to an event: nothing that happens between two waits is lost. The subscription ends with the task.
 *
 * @param target - Any `EventTarget`.
 * @throws TypeError if `target` is no event target; at the `yield*`, RangeError for a capacity or an overflow that does
 * not exist.
 *
 * @example
 * ```ts
 * import { closed, on } from "awaitframe";
 *
 * function* strokes(canvas: HTMLCanvasElement) {
 *   const moves = yield* on(canvas, "pointermove", { capacity: 256 });
 *   for (;;) {
 *     const move = yield* moves.next();
 *     if (move === closed) return;
 *     console.log(move.offsetX, move.offsetY);
 *   }
 * }
 * ```
 */
export function on<Target extends EventTarget, const Type extends string>(
  target: Target,
  type: Type,
  options: OnOptions<EventOf<Target, Type>> = {},
): Action<Subscription<EventOf<Target, Type>>> {
  checkListening("on", target, type, options.filter);
  return new Open<EventOf<Target, Type>>(target, type, options);
}
