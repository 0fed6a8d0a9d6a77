/** For tests: where the marbles are. */

import { marbles } from "./main.ts";

export interface DragCheck {
  /** Where marble `i` is, in CSS pixels of the window, and how fast, in pixels a millisecond. */
  marble(i: number): { x: number; y: number; speed: number; held: boolean };
  /** The number of the marble that has the most room around it. */
  loneliest(): number;
}

declare global {
  // A global can be declared with `var` alone.
  var dragCheck: DragCheck | undefined;
}

globalThis.dragCheck = {
  marble(i) {
    const { x, y, vx, vy, held } = marbles[i]!;
    const box = document.querySelector("canvas")!.getBoundingClientRect();
    return { x: box.left + x, y: box.top + y, speed: Math.hypot(vx, vy), held };
  },

  loneliest() {
    const room = marbles.map((a) =>
      Math.min(...marbles.map((b) => (a === b ? Infinity : Math.hypot(a.x - b.x, a.y - b.y)))),
    );
    return room.indexOf(Math.max(...room));
  },
};
