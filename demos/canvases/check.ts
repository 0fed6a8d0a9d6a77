/** What the tests look at. */

import { state, tiles } from "./main.ts";

declare global {
  // A global can be declared with `var` alone.
  var canvasesCheck: { tiles: typeof tiles; state: typeof state } | undefined;
}

globalThis.canvasesCheck = { tiles, state };
