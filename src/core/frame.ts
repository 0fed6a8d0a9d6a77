/** One frame of a loop, as its tasks see it. Times in milliseconds. */
export interface Frame {
  /** The number of the frame: 0 for the loop's first one. */
  readonly index: number;
  /** What the driver passed to `tick`; of a frame of `step`, what it passed last. */
  readonly timestamp: number;
  /** Since the loop's first frame. Stands still while the loop is paused. */
  readonly time: number;
  /** Since the previous frame, but no more than the loop's `maxDelta`. */
  readonly delta: number;
  /** Since the previous frame. */
  readonly rawDelta: number;
}

/** The frames whose `tick` is still on. @internal */
export const openFrames: WeakSet<Frame> = /* @__PURE__ */ new WeakSet();

/** Whether a frame is the one that runs right now: only then its canvas texture can be drawn to. */
export function isCurrent(frame: Frame): boolean {
  return openFrames.has(frame);
}
