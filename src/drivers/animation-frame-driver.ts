import type { Driver, DriverHost } from "../core/driver.ts";

/**
 * How long a frame may be overdue, in milliseconds, before the driver takes it that none will come: a worker isn't told
 * that its page is hidden, and a page not that its window is covered. Longer than a slow frame takes.
 */
const STALL = 1000;

/** The longest delay that `setTimeout` takes: longer ones end at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * The driver of a page, or of a dedicated worker: frames by `requestAnimationFrame`. While no frames come, since the
 * tab is hidden or its window covered, timers pump the loop, so that sleeps, readbacks and loading go on.
 *
 * @throws Error where there is no `requestAnimationFrame`.
 *
 * @example
 * ```ts
 * import { animationFrameDriver, Loop, nextFrame } from "awaitframe";
 *
 * new Loop({ driver: animationFrameDriver() }).run(nextFrame());
 * ```
 */
export function animationFrameDriver(): Driver {
  if (typeof requestAnimationFrame !== "function") {
    throw new Error("there is no requestAnimationFrame here: use timerDriver()");
  }
  return new AnimationFrameDriver();
}

class AnimationFrameDriver implements Driver {
  private host: DriverHost | null = null;
  private frame: number | null = null;
  /** Since when the frame is asked for. */
  private frameSince = 0;
  private wakeTime = Number.POSITIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private timerEnd = Number.POSITIVE_INFINITY;
  /** Wakes a hidden page at once, where timers are held back to one a second. */
  private channel: MessageChannel | null = null;
  private posted = false;

  attach(host: DriverHost): void {
    if (this.host !== null) throw new Error("this driver has a loop already: give each loop its own");
    this.host = host;
    globalThis.document?.addEventListener("visibilitychange", this.schedule);
  }

  detach(): void {
    globalThis.document?.removeEventListener("visibilitychange", this.schedule);
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.channel?.port1.close();
    this.host = this.frame = this.channel = null;
    this.wakeTime = this.timerEnd = Number.POSITIVE_INFINITY;
    this.posted = false;
  }

  now(): number {
    return performance.now();
  }

  requestFrame(): void {
    if (this.frame !== null) return;
    this.frameSince = this.now();
    this.frame = requestAnimationFrame(this.onFrame);
  }

  requestWake(time: number): void {
    this.wakeTime = time;
    this.schedule();
  }

  private readonly onFrame = (timestamp: number): void => {
    this.frame = null;
    this.host?.tick(timestamp);
  };

  /** Sees to it that something calls at the time of the wake-up. */
  private readonly schedule = (): void => {
    const { wakeTime } = this;
    if (wakeTime === Number.POSITIVE_INFINITY || this.host === null) return;
    const now = this.now();
    if (wakeTime > now) {
      this.setTimer(wakeTime, now);
    } else if (this.isHidden) {
      // What is due by the clock can wait for a timer; what has arrived should not.
      if (wakeTime === Number.NEGATIVE_INFINITY) this.post();
      else this.setTimer(now, now);
    } else {
      this.requestFrame();
      this.setTimer(this.frameSince + STALL, now);
    }
  };

  private readonly onTimer = (): void => {
    this.timerEnd = Number.POSITIVE_INFINITY;
    const now = this.now();
    const stalled = this.frame !== null && now - this.frameSince >= STALL;
    if (this.wakeTime <= now && (this.isHidden || stalled)) this.pump(now);
    else this.schedule();
  };

  private pump(now: number): void {
    // It gets the next whole period to come.
    this.frameSince = now;
    this.host?.pump(now);
  }

  /** A timer that ends too early asks again; one too late is replaced. So most frames touch no timer. */
  private setTimer(end: number, now: number): void {
    if (this.timerEnd <= end) return;
    clearTimeout(this.timer);
    this.timerEnd = end;
    this.timer = setTimeout(this.onTimer, Math.min(LONGEST_DELAY, Math.max(0, end - now)));
  }

  private post(): void {
    if (this.posted) return;
    this.posted = true;
    if (this.channel === null) {
      this.channel = new MessageChannel();
      this.channel.port1.onmessage = () => {
        this.posted = false;
        if (this.wakeTime === Number.NEGATIVE_INFINITY && this.isHidden) this.pump(this.now());
        else this.schedule();
      };
    }
    this.channel.port2.postMessage(null);
  }

  private get isHidden(): boolean {
    return globalThis.document?.hidden === true;
  }
}
