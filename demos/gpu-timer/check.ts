/** For tests: what was measured, and how the demo is set. */

import { measured, state } from "./main.ts";

export interface GpuTimerCheck {
  state: typeof state;
  /** The times of the last frames, by the names of the passes. */
  times(): Record<string, number>[];
}

declare global {
  // A global can be declared with `var` alone.
  var gpuTimerCheck: GpuTimerCheck | undefined;
}

globalThis.gpuTimerCheck = {
  state,
  times: () => measured.map((times) => Object.fromEntries(times)),
};
