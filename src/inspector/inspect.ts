import type { Loop } from "../core/loop.ts";
import { InspectorElement } from "./inspector-element.ts";

const TAG = "awaitframe-inspector";

declare global {
  interface HTMLElementTagNameMap {
    "awaitframe-inspector": InspectorElement;
  }
}

// Where there is no DOM, the module can still be loaded.
if (globalThis.customElements && !customElements.get(TAG)) customElements.define(TAG, InspectorElement);

/**
 * Shows the inspector, or adds a loop to the one that is shown: an overlay with the tasks as a tree, what each waits for
 * and for how many frames; the frame times, with the display's interval and the loop's budget as lines; and the readback
 * rings with their slots, latency and drops. It pauses the loop, steps one frame, and cancels a task. Its switch writes
 * frames and waits as tracks into the browser's Performance panel.
 *
 * It finds every loop that runs in the page by itself, so markup does as well: `<awaitframe-inspector>`, where a script
 * has imported this module. It only looks: nothing runs in another order while it is open, and it takes nothing once
 * it is removed. Loops in workers are not seen.
 *
 * By keyboard: the arrow keys go through the tree and open and close its rows, Delete cancels the selected task. The
 * arrow keys on its mark move the whole.
 *
 * @param loop - The loop that is shown first; needed only for one that rests.
 * @returns The element. `remove()` closes the inspector.
 * @throws Error where there is no DOM.
 *
 * @example
 * ```ts
 * import { Loop } from "awaitframe";
 * import { inspect } from "awaitframe/inspector";
 *
 * const loop = new Loop();
 * inspect(loop);
 * ```
 */
export function inspect(loop?: Loop): InspectorElement {
  if (!globalThis.customElements) throw new Error("the inspector needs a page: there is no DOM here");
  const inspector = document.querySelector(TAG) ?? document.body.appendChild(document.createElement(TAG));
  if (loop) inspector.inspect(loop);
  return inspector;
}
