import { checkedTarget } from "../core/check.ts";
import type { Driver } from "../core/driver.ts";
import type { FrameSource } from "./frame-driver.ts";
import { ViewDriver, type View } from "./view-driver.ts";

/** What the driver needs of an `XRSession`; `F` is its `XRFrame`. */
export interface XRFrames<F> extends Pick<EventTarget, "addEventListener"> {
  requestAnimationFrame(callback: (time: number, frame: F) => void): number;
  cancelAnimationFrame(id: number): void;
  readonly visibilityState: "visible" | "visible-blurred" | "hidden";
  /** Tells, by throwing, that the session has ended before the driver was made. */
  updateRenderState?(state: object): unknown;
}

/** A driver of a WebXR session. */
export interface XRDriver<F> extends Driver {
  /**
   * The `XRFrame` of the frame that runs, or the last one: it answers as long as that frame runs.
   *
   * @throws Error before the first frame.
   */
  readonly frame: F;
}

/**
 * The driver of a WebXR session: frames by `session.requestAnimationFrame`, each with its `XRFrame`. While none come,
 * since the session is hidden, timers pump the loop. When the session ends, what has arrived is still delivered; then
 * the loop stops, which cancels its tasks.
 *
 * @throws TypeError if it is no session. One that has ended is an error of the loop that starts with it, and stops.
 *
 * @see {@link https://www.w3.org/TR/webxr/#animation-frames | WebXR, 4.4: Animation Frames}
 *
 * @example
 * ```ts
 * import { Loop, nextFrame, xrDriver, type XRFrames } from "awaitframe";
 *
 * interface Pose {}
 * interface PosedFrame {
 *   getViewerPose(space: object): Pose | undefined;
 * }
 *
 * // With @types/webxr, an XRSession is one of these, and driver.frame an XRFrame.
 * function enter(session: XRFrames<PosedFrame>, space: object, draw: (pose: Pose) => void) {
 *   const driver = xrDriver(session);
 *   return new Loop({ driver }).run(function* scene() {
 *     while (true) {
 *       yield* nextFrame();
 *       const pose = driver.frame.getViewerPose(space);
 *       if (pose) draw(pose);
 *     }
 *   });
 * }
 * ```
 */
export function xrDriver<F>(session: XRFrames<F>): XRDriver<F> {
  return new SessionDriver(session);
}

class SessionDriver<F> extends ViewDriver implements XRDriver<F> {
  #frame: F | null = null;

  constructor(session: XRFrames<F>) {
    const frames: FrameSource<number> = {
      request: (onFrame) =>
        session.requestAnimationFrame((time, frame) => {
          this.#frame = frame;
          onFrame(time);
        }),
      cancel: (id) => session.cancelAnimationFrame(id),
    };
    super(frames, sessionView(session));
  }

  get frame(): F {
    if (this.#frame === null) throw new Error("there was no XRFrame yet: wait for nextFrame() first");
    return this.#frame;
  }
}

function sessionView(session: XRFrames<unknown>): View {
  checkedTarget(session, "xrDriver takes an XR session");
  let over = hasEnded(session);
  session.addEventListener("end", () => (over = true), { once: true });
  return {
    name: "this XR session",
    isHidden: () => session.visibilityState === "hidden",
    isOver: () => over,
    watch(changed, signal) {
      for (const type of ["visibilitychange", "end"]) session.addEventListener(type, changed, { signal });
    },
  };
}

/** The event has come and gone; a request for a frame would only be ignored. */
function hasEnded(session: XRFrames<unknown>): boolean {
  try {
    session.updateRenderState?.({});
    return false;
  } catch (error) {
    return (error as Error).name === "InvalidStateError";
  }
}
