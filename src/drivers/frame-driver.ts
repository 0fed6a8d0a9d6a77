import type { Driver, DriverHost } from "../core/driver.ts";
import type { Phase } from "../core/next-frame.ts";
import { AT_ONCE, NEVER } from "../core/times.ts";

/** Where frames come from. */
export interface FrameSource<Id = unknown> {
  /** Asks for one. */
  request(onFrame: (timestamp: number) => void): Id;
  /** Takes that back. */
  cancel(id: Id): void;
}

/**
 * How long a frame may be overdue, in milliseconds, before the driver takes it that none will come: a worker isn't told
 * that its page is hidden, nor a page that its window is covered. Longer than a slow frame takes.
 */
const STALL = 1000;

/** The longest delay that `setTimeout` takes: longer ones end at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * A driver on top of any source of frames. While no frames come, since the tab is hidden or the window covered, timers
 * pump the loop, so that sleeps, readbacks and loading go on.
 */
export class FrameDriver implements Driver {
  readonly #source: FrameSource;
  #host: DriverHost | null = null;
  /** Whether a frame is asked for, and by which id that is taken back. */
  #isAsked = false;
  #frameId: unknown;
  /** Since when the frame is asked for. */
  #frameSince = 0;
  #wakeTime = NEVER;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerEnd = NEVER;
  /** Wakes a hidden page at once, where timers are held back to one a second. */
  #channel: MessageChannel | null = null;

  constructor(source: FrameSource) {
    this.#source = source;
  }

  attach(host: DriverHost): void {
    if (this.#host !== null) throw new Error("this driver has a loop already: give each loop its own");
    this.#host = host;
    globalThis.document?.addEventListener("visibilitychange", this.schedule);
  }

  detach(): void {
    globalThis.document?.removeEventListener("visibilitychange", this.schedule);
    if (this.#isAsked) this.#source.cancel(this.#frameId);
    this.#isAsked = false;
    this.#clearTimer();
    this.#channel?.port1.close();
    this.#host = this.#channel = null;
    this.#wakeTime = NEVER;
  }

  now(): number {
    return performance.now();
  }

  requestFrame(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#frameSince = this.now();
    this.#frameId = this.#source.request(this.#onFrame);
  }

  /** The frame has come, or a part of it. */
  tick(timestamp: number, phase?: Phase): void {
    this.#isAsked = false;
    this.#host?.tick(timestamp, phase);
  }

  requestWake(time: number): void {
    this.#wakeTime = time;
    this.schedule();
  }

  /** Whether it is known that no frames come. */
  protected isHidden(): boolean {
    return globalThis.document?.hidden === true;
  }

  /** Sees to it that something calls at the time of the wake-up. */
  protected readonly schedule = (): void => {
    const wakeTime = this.#wakeTime;
    if (wakeTime === NEVER) {
      // With a frame on its way, a timer may be of use soon: to set one anew for each frame would cost more.
      if (!this.#isAsked) this.#clearTimer();
      return;
    }
    const now = this.now();
    if (wakeTime > now) {
      this.#setTimer(wakeTime, now);
    } else if (!this.isHidden()) {
      this.requestFrame();
      this.#setTimer(this.#frameSince + STALL, now);
    } else if (wakeTime === AT_ONCE) {
      // What has arrived is delivered at once; what is due by the clock can wait for a timer.
      this.#post();
    } else {
      this.#setTimer(now, now);
    }
  };

  readonly #onFrame = (timestamp: number): void => this.tick(timestamp);

  readonly #wake = (): void => {
    this.#clearTimer();
    const now = this.now();
    const stalled = this.#isAsked && now - this.#frameSince >= STALL;
    if (this.#wakeTime > now || !(stalled || this.isHidden())) {
      this.schedule();
      return;
    }
    // The frame gets as much time again.
    this.#frameSince = now;
    this.#host?.pump(now);
  };

  /** One timer that ends too early asks again: so a wake-up that moves away costs nothing. */
  #setTimer(end: number, now: number): void {
    if (this.#timerEnd <= end) return;
    this.#clearTimer();
    this.#timerEnd = end;
    this.#timer = setTimeout(this.#wake, Math.min(LONGEST_DELAY, Math.max(0, end - now)));
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timerEnd = NEVER;
  }

  #post(): void {
    if (this.#channel === null) {
      this.#channel = new MessageChannel();
      this.#channel.port1.onmessage = this.#wake;
    }
    this.#channel.port2.postMessage(null);
  }
}
