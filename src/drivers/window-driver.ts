import { wrong } from "../core/check.ts";
import type { Driver } from "../core/driver.ts";
import type { FrameSource } from "./frame-driver.ts";
import { ViewDriver } from "./view-driver.ts";

/** How often it is looked whether the window is still there, in milliseconds. */
const LOOK = 1000;

/**
 * The driver of another window of this page's: a popup, or a frame in it. Its frames come by that window's own
 * `requestAnimationFrame`, at its display's rate, and also while this page is hidden. Timestamps are on this page's
 * clock. When the window is closed, or shows another page, what has arrived is still delivered; then the loop stops,
 * which cancels its tasks.
 *
 * @throws TypeError if it is no window, say of a popup that was refused; DOMException if it shows a page of another
 *   origin. A window that is closed when the loop starts is an error of the loop, which stops.
 *
 * @example
 * ```ts
 * import { Loop, nextFrame, windowDriver } from "awaitframe";
 *
 * function openView(draw: (canvas: HTMLCanvasElement, time: number) => void) {
 *   const popup = open("", "", "popup,width=640,height=400");
 *   if (!popup) return; // refused: open windows in a click
 *   const canvas = popup.document.body.appendChild(popup.document.createElement("canvas"));
 *   new Loop({ driver: windowDriver(popup) }).run(function* view() {
 *     while (true) draw(canvas, (yield* nextFrame()).time);
 *   });
 * }
 * ```
 */
export function windowDriver(view: Window): Driver {
  if (!view?.document) throw wrong("windowDriver takes an open window", view);
  const { document } = view;
  // Each window counts from when it was opened.
  const offset = view.performance.timeOrigin - performance.timeOrigin;
  const frames: FrameSource<number> = {
    request: (onFrame) => view.requestAnimationFrame((time) => onFrame(time + offset)),
    cancel: (id) => view.cancelAnimationFrame(id),
  };
  return new ViewDriver(frames, {
    name: "this window",
    isHidden: () => document.hidden,
    isOver: () => view.closed || document.defaultView === null,
    watch(changed, signal) {
      document.addEventListener("visibilitychange", changed, { signal });
      // It is closed a moment later; and one whose process has ended tells nobody.
      view.addEventListener("pagehide", () => setTimeout(changed), { signal });
      const timer = setInterval(changed, LOOK);
      signal.addEventListener("abort", () => clearInterval(timer));
    },
  });
}
