import { wrong } from "../core/check.ts";
import type { Driver, DriverHost } from "../core/driver.ts";
import type { Phase } from "../core/next-frame.ts";
import { FrameDriver } from "./frame-driver.ts";

/** Options of {@link engineDriver}. */
export interface EngineDriverOptions {
  /** Asks the engine for a frame, where it makes them on demand. It must not call `tick` by itself. */
  requestFrame?: (() => void) | undefined;
}

/** A driver that an engine calls in each of its frames. */
export interface EngineDriver extends Driver {
  /**
   * Runs a frame of the loop, or the next part of it.
   *
   * @param timestamp - Milliseconds, on the clock of `performance.now()`.
   * @param phase - Where to stop, so that the engine's own work comes between the phases: a tick for a later phase goes
   *   on with the same frame, any other begins a new one. Without it, the whole frame runs.
   */
  tick(timestamp: number, phase?: Phase): void;
}

/**
 * A driver for a loop in an engine that has its own: three.js, Babylon.js, PixiJS. The engine calls `tick` where in its
 * frame the coroutines are to run. While it makes no frames, since it is yet to start or the tab is hidden, timers pump
 * the loop: so a coroutine can load the engine, and sleeps and readbacks go on.
 *
 * @throws TypeError if `requestFrame` is no function.
 *
 * @example
 * ```ts
 * import { engineDriver, Loop } from "awaitframe";
 *
 * const driver = engineDriver();
 * const loop = new Loop({ driver });
 * function engineFrame(time: number, engine: { update(): void; draw(): void }) {
 *   driver.tick(time, "update"); // nextFrame("update"): before the engine's update
 *   engine.update();
 *   driver.tick(time, "render"); // nextFrame("render"): before its draw
 *   engine.draw();
 *   driver.tick(time, "after"); // nextFrame("after"): after it
 * }
 * ```
 */
export function engineDriver({ requestFrame = () => {} }: EngineDriverOptions = {}): EngineDriver {
  if (typeof requestFrame !== "function") throw wrong("requestFrame takes a function", requestFrame);
  return new CalledDriver({ request: requestFrame, cancel: () => {} });
}

/** Frames come as calls of `tick`. Only those tell whether any come: it takes one to believe it, and a gap not to. */
class CalledDriver extends FrameDriver {
  #running = false;

  override attach(host: DriverHost): void {
    super.attach({
      tick: (timestamp, phase) => host.tick(timestamp, phase),
      pump: (timestamp) => {
        this.#running = false;
        host.pump(timestamp);
      },
    });
  }

  override tick(timestamp: number, phase?: Phase): void {
    this.#running = true;
    super.tick(timestamp, phase);
  }

  protected override isHidden(): boolean {
    return !this.#running || super.isHidden();
  }
}
