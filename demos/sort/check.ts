/** For tests and for running without a display: what was read back in the end. */

import { report } from "../common/report.ts";
import { result } from "./main.ts";

declare global {
  // A global can be declared with `var` alone.
  var sortResult: typeof result | undefined;
}

globalThis.sortResult = result;

report.drive(async () => {
  while (result.numbers.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  if (result.numbers.some((number, i) => number !== i)) throw new Error(`Not sorted: ${result.numbers}`);
});
