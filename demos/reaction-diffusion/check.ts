/** For tests: what has been done, and the drawing with the field it was made of. */

import { drawn, state } from "./main.ts";

export interface ReactionCheck {
  state: typeof state;
  drawn: typeof drawn;
}

declare global {
  // A global can be declared with `var` alone.
  var reactionCheck: ReactionCheck | undefined;
}

globalThis.reactionCheck = { state, drawn };
