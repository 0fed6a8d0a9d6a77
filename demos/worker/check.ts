/** For tests: what each thread has drawn. */

import { blocks, drawn, view } from "./main.ts";

export interface WorkerCheck {
  drawn: typeof drawn;
  blocks: typeof blocks;
  view: typeof view;
}

declare global {
  // A global can be declared with `var` alone.
  var workerCheck: WorkerCheck | undefined;
}

globalThis.workerCheck = { drawn, blocks, view };
