/** For tests, and for running without a display: how far the loading is. */

import { report } from "../common/report.ts";
import { progress } from "./main.ts";

declare global {
  // A global can be declared with `var` alone.
  var loadingProgress: typeof progress | undefined;
}

globalThis.loadingProgress = progress;

report.drive(async () => {
  while (progress.done < progress.of) await new Promise((resolve) => setTimeout(resolve, 100));
});
