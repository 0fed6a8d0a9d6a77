import { checkedNumber } from "../core/check.ts";
import type { Driver } from "../core/driver.ts";
import { AT_ONCE, NEVER } from "../core/times.ts";
import { FrameDriver, type FrameSource } from "./frame-driver.ts";

/** Sixty frames a second, in milliseconds. */
const FRAME = 1000 / 60;

/** Options of {@link timerDriver}. */
export interface TimerDriverOptions {
  /** The time from one frame to the next, in milliseconds: 1000 / 60 by default. */
  interval?: number | undefined;
}

/**
 * A driver that makes frames by `setTimeout`: for Node, and wherever there is no `requestAnimationFrame`. After an idle
 * time the first frame comes at once. What it waits for keeps a Node process alive; a loop that waits for nothing, not.
 *
 * @throws TypeError if the interval is no number; RangeError if it is negative, NaN or infinite.
 *
 * @example
 * ```ts
 * import { Loop, sleep, timerDriver } from "awaitframe";
 *
 * new Loop({ driver: timerDriver({ interval: 1000 / 30 }) }).run(sleep(1000));
 * ```
 */
export function timerDriver({ interval = FRAME }: TimerDriverOptions = {}): Driver {
  if (checkedNumber(interval, "interval") === NEVER) throw new RangeError("interval must be finite");
  return new FrameDriver(timerFrames(interval));
}

/** Frames by `setTimeout`. @internal */
export function timerFrames(interval = FRAME): FrameSource<ReturnType<typeof setTimeout>> {
  let due = AT_ONCE;
  return {
    request(onFrame) {
      const now = performance.now();
      // Counted from when the last frame was due, so that the rate does not drift; anew after an idle time.
      due = Math.max(now, due + interval);
      return setTimeout(() => onFrame(performance.now()), due - now);
    },
    cancel: (timer) => clearTimeout(timer),
  };
}
