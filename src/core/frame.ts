/** One frame of a loop, as its tasks see it. Times in milliseconds. */
export class Frame {
  /** Whether its `tick` is still on. */
  #open = true;

  /** @internal */
  constructor(
    /** The number of the frame: 0 for the loop's first one. */
    readonly index: number,
    /** What the driver passed to `tick`. */
    readonly timestamp: number,
    /** Since the loop's first frame. Stands still while the loop is paused. */
    readonly time: number,
    /** Since the previous frame, but no more than the loop's `maxDelta`. */
    readonly delta: number,
    /** Since the previous frame. */
    readonly rawDelta: number,
  ) {}

  /** @internal */
  static close(frame: Frame): void {
    frame.#open = false;
  }

  /** @internal */
  static isOpen(frame: Frame): boolean {
    return frame.#open;
  }
}

/** Whether a frame is the one that runs right now: only then its canvas texture can be drawn to. */
export function isCurrent(frame: Frame): boolean {
  return Frame.isOpen(frame);
}
