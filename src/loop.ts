import { Loop as CoreLoop, type LoopOptions as CoreLoopOptions } from "./core/loop.ts";
import type { Driver } from "./core/driver.ts";
import { defaultDriver } from "./drivers/default-driver.ts";

/** Options of a {@link Loop}. */
export interface LoopOptions extends Omit<CoreLoopOptions, "driver"> {
  /** What calls the loop: `requestAnimationFrame` where it exists, else timers. */
  driver?: Driver | undefined;
}

/**
 * The frame loop: its tasks, its clock, its timers. In a page it follows `requestAnimationFrame`, and asks for frames
 * only while a task waits for one.
 *
 * @example
 * ```ts
 * import { Loop, nextFrame } from "awaitframe";
 *
 * const loop = new Loop();
 * loop.run(function* app() {
 *   while (true) console.log((yield* nextFrame()).time);
 * });
 * ```
 */
export class Loop extends CoreLoop {
  /** @throws RangeError if a limit is not a positive number; TypeError if the driver is none. */
  constructor({ driver = defaultDriver(), ...options }: LoopOptions = {}) {
    super({ driver, ...options });
  }
}
