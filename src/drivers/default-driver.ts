import type { Driver } from "../core/driver.ts";
import { animationFrameDriver } from "./animation-frame-driver.ts";
import { timerDriver } from "./timer-driver.ts";

/** What drives a loop that was given no driver: frames where there are any, else timers. */
export function defaultDriver(): Driver {
  return typeof requestAnimationFrame === "function" ? animationFrameDriver() : timerDriver();
}
