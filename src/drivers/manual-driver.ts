import type { Driver, DriverHost } from "../core/driver.ts";
import type { Phase } from "../core/next-frame.ts";
import { NEVER } from "../core/times.ts";

/** A driver that calls nothing by itself: for tests, and for frames that are computed and not shown. */
export interface ManualDriver extends Driver {
  /** Whether the loop has asked for a frame since the driver's last `tick`. */
  readonly frameRequested: boolean;
  /** When the loop wants to be woken, on the clock of the timestamps; `Infinity` if it does not. */
  readonly wakeTime: number;
  /** Runs a frame of the loop, or with a phase, the next part of it as far as that phase. */
  tick(timestamp: number, phase?: Phase): void;
  /** Delivers what is due without a frame. */
  pump(timestamp: number): void;
}

/**
 * A driver for loops that are called by hand: by `driver.tick(timestamp)`, or `loop.tick(timestamp)`, once for each
 * frame.
 *
 * @example
 * ```ts
 * import { Loop, manualDriver } from "awaitframe";
 *
 * const driver = manualDriver();
 * const loop = new Loop({ driver });
 * function engineFrame(time: number) {
 *   if (driver.frameRequested) driver.tick(time);
 * }
 * ```
 */
export function manualDriver(): ManualDriver {
  return new Manual();
}

class Manual implements ManualDriver {
  frameRequested = false;
  wakeTime = NEVER;
  private host: DriverHost | null = null;
  private time = 0;

  attach(host: DriverHost): void {
    if (this.host !== null) throw new Error("this driver has a loop already: give each loop its own");
    this.host = host;
  }

  detach(): void {
    this.host = null;
    this.frameRequested = false;
    this.wakeTime = NEVER;
  }

  now(): number {
    return this.time;
  }

  requestFrame(): void {
    this.frameRequested = true;
  }

  requestWake(time: number): void {
    this.wakeTime = time;
  }

  tick(timestamp: number, phase?: Phase): void {
    this.setTime(timestamp);
    this.frameRequested = false;
    this.host?.tick(timestamp, phase);
  }

  pump(timestamp: number): void {
    this.setTime(timestamp);
    this.host?.pump(timestamp);
  }

  private setTime(timestamp: number): void {
    // The loop refuses what is no time, and its sleeps must not count from there.
    if (Number.isFinite(timestamp)) this.time = timestamp;
  }
}
