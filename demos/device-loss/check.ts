/** For tests: what has happened to the device, and what was saved from it. */

import { report } from "../common/report.ts";
import { checkpoint, story } from "./main.ts";

export interface DeviceLossCheck {
  story: typeof story;
  /** After which step the last copy was taken. */
  copied(): number;
  /** Keeps the last copy. */
  keep(): void;
  /** How alike the last copy is to the one that was kept: 1 if nothing has changed, 0 if they have nothing in common. */
  likeness(): number;
}

declare global {
  // A global can be declared with `var` alone.
  var deviceLossCheck: DeviceLossCheck | undefined;
}

let kept = checkpoint.trail;

globalThis.deviceLossCheck = {
  story,
  copied: () => checkpoint.step,
  keep: () => (kept = checkpoint.trail),
  likeness: () => correlation(kept, checkpoint.trail),
};

report.drive(() => document.querySelector<HTMLButtonElement>("button.lose")!.click());

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, ownA, ownB] = [0, 0, 0];
  a.forEach((value, i) => {
    const [x, y] = [value - meanA, b[i]! - meanB];
    both += x * y;
    ownA += x * x;
    ownB += y * y;
  });
  return both / Math.sqrt(ownA * ownB);
}
