import type { DeviceLostError, Frame } from "awaitframe";

/** One value that came back from the GPU, and how many frames were drawn while it was on its way. */
export interface Readback {
  label: string;
  frames: number;
  value: string | number;
}

/** What a demo tells the page around it, and the command that runs a demo without a display. */
export interface DemoReport {
  /** Frames drawn since the page was opened. */
  frames: number;
  /** The last intervals between frames, in milliseconds. */
  intervals: number[];
  /** The last readbacks, oldest first. */
  readbacks: Readback[];
  /** Why the device was lost, until a new one has drawn. */
  lost?: string | undefined;
  /** Uses the demo as a visitor would; ends when the results are on the page. */
  drive?: () => Promise<void> | void;
}

declare global {
  // A global can be declared with `var` alone.
  var awaitframeDemo: DemoReport | undefined;
}

const kept = { intervals: 600, readbacks: 60 };
const data: DemoReport = { frames: 0, intervals: [], readbacks: [] };
globalThis.awaitframeDemo = data;

/** The frames between which a readback was on its way, by their numbers in `frames`. */
export interface Span {
  from: number;
  to: number;
}

const spans: Span[] = [];
let last: Frame["timestamp"] | undefined;
let pictures = 0;

/** The demo's side: one call for each frame drawn, one for each readback. */
export const report = {
  data: data as Readonly<DemoReport>,
  spans: spans as readonly Span[],

  /** To be called once in each frame that draws. */
  frame(frame: Pick<Frame, "timestamp">): void {
    data.frames++;
    data.lost = undefined;
    if (last !== undefined) push(data.intervals, frame.timestamp - last, kept.intervals);
    last = frame.timestamp;
  },

  /** Instead, for several pictures that count how often they were painted: in this frame it may be none of them. */
  frameOf(frame: Pick<Frame, "timestamp">, of: readonly { readonly painted: number }[]): void {
    const count = of.reduce((sum, { painted }) => sum + painted, 0);
    if (count > pictures) this.frame(frame);
    else this.rest();
    pictures = count;
  },

  /** The demo stops drawing until something happens: the gap that follows is no slow frame. */
  rest(): void {
    last = undefined;
  },

  /** For `withDevice`: the demo begins again on another device. */
  lost(error: DeviceLostError): void {
    data.lost = error.message;
    last = undefined;
  },

  readback(label: string, frames: number, value: string | number): void {
    push(data.readbacks, { label, frames, value }, kept.readbacks);
    push(spans, { from: data.frames - frames, to: data.frames }, kept.readbacks);
  },

  drive(use: () => Promise<void> | void): void {
    data.drive = use;
  },
};

function push<T>(list: T[], item: T, most: number): void {
  list.push(item);
  if (list.length > most) list.shift();
}
