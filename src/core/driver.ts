import type { Phase } from "./next-frame.ts";

/** What a driver calls: the loop that is attached to it. */
export interface DriverHost {
  /**
   * Runs one frame. `timestamp` in milliseconds, on the clock of the driver's `now`. With a phase, the frame stops after
   * that one; the next call goes on with it.
   */
  tick(timestamp: number, phase?: Phase): void;
  /** Delivers what has arrived and what is due, without a frame: while no frames come. */
  pump(timestamp: number): void;
  /** No frame will ever come again: the loop cancels its tasks and detaches the driver. */
  stop?(): void;
}

/**
 * What calls a loop. The loop asks for a frame, or for a wake-up at a time, and for nothing when nobody waits.
 * A driver serves one loop.
 */
export interface Driver {
  /** The loop begins: calls of `host` may follow. */
  attach(host: DriverHost): void;
  /** The loop has been stopped: forgets it, and everything that was asked for. */
  detach(): void;
  /** The time in milliseconds, on the clock of the timestamps. */
  now(): number;
  /** Asks for one call of `host.tick`. Asking again before that call changes nothing. */
  requestFrame(): void;
  /**
   * Asks for one call of `host.tick`, or of `host.pump` where no frames come, at a time on the clock of `now`.
   * Replaces the time asked for before: `Infinity` takes it back, `-Infinity` is as soon as possible.
   */
  requestWake(time: number): void;
  /** The clock of the frame budget, for tests; the default is `performance.now()`. */
  cpuTime?(): number;
}
