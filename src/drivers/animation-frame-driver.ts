import type { Driver } from "../core/driver.ts";
import { FrameDriver, type FrameSource } from "./frame-driver.ts";

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
  return new FrameDriver(animationFrames);
}

/** The frames of this page. @internal */
export const animationFrames: FrameSource<number> = {
  request: (onFrame) => requestAnimationFrame(onFrame),
  cancel: (id) => cancelAnimationFrame(id),
};
