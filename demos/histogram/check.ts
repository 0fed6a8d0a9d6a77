/** A second opinion, for tests and for running without a display: counts the same image on the CPU. */

import { nextFrame, readTexture } from "awaitframe";
import { report } from "../common/report.ts";
import { drawn, loop, measured, state } from "./main.ts";

export interface HistogramCheck {
  state: typeof state;
  /** The histogram of one frame's image as the demo got it, and as it should be. */
  compare(): Promise<{ counts: number[]; expected: number[]; texels: number }>;
}

declare global {
  // A global can be declared with `var` alone.
  var histogramCheck: HistogramCheck | undefined;
}

const check: HistogramCheck = {
  state,

  compare: () =>
    loop.run(function* compare() {
      while (true) {
        const { index } = yield* nextFrame("after");
        const { device, image } = drawn!;
        const texels = yield* readTexture(device, image, { as: Uint16Array });
        while (measured.frame < index) yield* nextFrame("after");
        // A frame whose histogram was dropped, or replaced by the next one's, is not compared.
        if (measured.frame !== index) continue;
        return { counts: [...measured.counts], expected: count(texels), texels: texels.length / 4 };
      }
    }),
};
globalThis.histogramCheck = check;

report.drive(async () => {
  const { counts, expected } = await check.compare();
  if (counts.some((count, bin) => count !== expected[bin])) {
    throw new Error(`The GPU counted ${counts}, the CPU ${expected}.`);
  }
});

/** Counts the brightness, the last of a texel's four halves: exponent and three bits of the fraction make the bin. */
function count(halves: Uint16Array): number[] {
  const counts = Array.from({ length: 128 }, () => 0);
  for (let i = 3; i < halves.length; i += 4) {
    const bin = Math.min(Math.max((halves[i]! >> 7) - 24, 0), 127);
    counts[bin]!++;
  }
  return counts;
}
