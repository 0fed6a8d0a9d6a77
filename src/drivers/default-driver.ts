import type { Driver } from "../core/driver.ts";
import { animationFrames } from "./animation-frame-driver.ts";
import { FrameDriver } from "./frame-driver.ts";
import { timerFrames } from "./timer-driver.ts";

/** What drives a loop that was given no driver: frames where there are any, else timers. */
export function defaultDriver(): Driver {
  return new FrameDriver(typeof requestAnimationFrame === "function" ? animationFrames : timerFrames());
}
