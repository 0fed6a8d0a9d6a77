/** What the tests look at. */

import { state } from "./main.ts";

declare global {
  // A global can be declared with `var` alone.
  var pixiCheck: typeof state | undefined;
}

globalThis.pixiCheck = state;
