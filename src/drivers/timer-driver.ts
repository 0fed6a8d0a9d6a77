import type { Driver, DriverHost } from "../core/driver.ts";

/** Options of {@link timerDriver}. */
export interface TimerDriverOptions {
  /** The time from one frame to the next, in milliseconds: 1000 / 60 by default. */
  interval?: number | undefined;
}

/**
 * A driver that makes frames by `setTimeout`: for Node, and wherever there is no `requestAnimationFrame`. After an idle
 * time the first frame comes at once. What it waits for keeps a Node process alive; a loop that waits for nothing, not.
 *
 * @throws RangeError if the interval is negative or no number.
 *
 * @example
 * ```ts
 * import { Loop, sleep, timerDriver } from "awaitframe";
 *
 * new Loop({ driver: timerDriver({ interval: 1000 / 30 }) }).run(sleep(1000));
 * ```
 */
export function timerDriver({ interval = 1000 / 60 }: TimerDriverOptions = {}): Driver {
  if (!(interval >= 0 && interval < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`interval is a number of milliseconds, got ${interval}`);
  }
  return new TimerDriver(interval);
}

/** The longest delay that `setTimeout` takes: longer ones end at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

class TimerDriver implements Driver {
  private host: DriverHost | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends. */
  private armed = Number.POSITIVE_INFINITY;
  /** When the last frame was due, and when the next one is wanted. */
  private lastFrame = Number.NEGATIVE_INFINITY;
  private frameWanted = false;
  private wakeTime = Number.POSITIVE_INFINITY;

  constructor(private readonly interval: number) {}

  attach(host: DriverHost): void {
    if (this.host !== null) throw new Error("this driver has a loop already: give each loop its own");
    this.host = host;
  }

  detach(): void {
    this.host = null;
    this.frameWanted = false;
    this.wakeTime = Number.POSITIVE_INFINITY;
    this.arm();
  }

  now(): number {
    return performance.now();
  }

  requestFrame(): void {
    this.frameWanted = true;
    this.arm();
  }

  requestWake(time: number): void {
    this.wakeTime = time;
    this.arm();
  }

  private arm(): void {
    const nextFrame = this.lastFrame + this.interval;
    // A wake-up is a frame too, and no more frequent than one.
    const due = this.frameWanted ? nextFrame : Math.max(nextFrame, this.wakeTime);
    if (due === this.armed) return;
    clearTimeout(this.timer);
    this.armed = due;
    if (due === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.frame(), Math.min(LONGEST_DELAY, Math.max(0, due - this.now())));
  }

  private frame(): void {
    const now = this.now();
    const { armed } = this;
    this.armed = Number.POSITIVE_INFINITY;
    // Timers may end a little early.
    if (now < armed - 1) {
      this.arm();
      return;
    }
    // Counted from when the frame was due, so that the rate does not drift; anew after an idle time.
    this.lastFrame = now - armed < this.interval ? armed : now;
    this.frameWanted = false;
    this.wakeTime = Number.POSITIVE_INFINITY;
    this.host?.tick(now);
  }
}
