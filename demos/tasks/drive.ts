/** Used without a display, the demo has done its work when the last task has said its word. */

import { report } from "../common/report.ts";

report.drive(async () => {
  while (document.querySelectorAll(".log li").length < 10) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
