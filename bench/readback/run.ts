import type { Workload } from "./workload.ts";

/** What a run is to be. */
export interface RunOptions {
  /** Frames, without those that warm up. */
  frames: number;
  warmUp: number;
  /** When to end before that, in ms. */
  longest: number;
  /** Rounds of a loop that keep the GPU busy in each frame. */
  spins: number;
  /**
   * How many readbacks are begun: one in each frame, whatever becomes of it; or as many as are needed to have three on
   * their way at any time, each after the GPU's work.
   */
  readbacks: "each frame" | "three in flight";
  /** Frames by the display, or as if it had 250 Hz, by timers. */
  frameSource: "display" | "timers";
}

/** What a run was, without its warm-up. Times in ms. */
export interface Measured {
  frames: number;
  duration: number;
  readbacks: number;
  /** From frame to frame, by the timestamps of the frames. */
  intervals: number[];
  /** Of each readback, from its submit to its delivery. */
  latencies: number[];
  /** Of each readback, how many frames began since. */
  latencyFrames: number[];
  mostInFlight: number;
  buffersCreated: number;
  /** Delivered inside of an animation frame. */
  insideFrame: number;
  /** Delivered what a later frame had written. */
  late: number;
}

/** One of those that are compared. */
export interface Contender {
  /** What the GPU does, on the contender's device. */
  readonly workload: Workload;
  /** Runs frames for as long as `run.begin` says, each with the GPU's work and a readback of what it wrote. */
  run(run: Run): Promise<void>;
}

/** Makes a contender that reads back so many bytes. */
export type Make = (bytes: number) => Promise<Contender>;

/** How many slots a ring has. */
export const SLOTS = 3;

let buffersCreated = 0;
let insideFrame = false;
/** Of the page: how many have begun. */
let animationFrames = 0;

/** Where animation frames come from. */
let requestFrame: (callback: FrameRequestCallback) => number;

/** Counts the buffers that anybody makes, and takes animation frames in hand. Before anything else looks for either. */
export function observe(): void {
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    buffersCreated++;
    return createBuffer.call(this, descriptor);
  };
  let last = Number.NaN;
  globalThis.requestAnimationFrame = (callback) =>
    requestFrame((timestamp) => {
      if (timestamp !== last) animationFrames++;
      last = timestamp;
      insideFrame = true;
      try {
        callback(timestamp);
      } finally {
        insideFrame = false;
      }
    });
  useFrames("display");
}

const display = globalThis.requestAnimationFrame.bind(globalThis);

/** Chooses where frames come from. */
export function useFrames(source: RunOptions["frameSource"]): void {
  requestFrame = source === "display" ? display : requestTimer;
}

/** The shortest time between timers that browsers keep, in ms. */
const TIMER = 4;

function requestTimer(callback: FrameRequestCallback): number {
  return window.setTimeout(() => callback(performance.now()), TIMER);
}

/** One run of a contender: what it is to do in its frames, and what it is seen to do. */
export class Run {
  readonly options: RunOptions;
  /** Counts the frames, and is what the GPU writes. Goes on from run to run. */
  frame: number;

  readonly #first: number;
  /** Whether this frame has had its readback. */
  #asked = false;
  #inFlight = 0;
  #mostInFlight = 0;
  #lastTimestamp = Number.NaN;
  #started = 0;
  #ended = 0;
  #createdBefore = 0;
  #createdAfter = 0;
  #idle: (() => void) | null = null;
  readonly #intervals: number[] = [];
  readonly #latencies: number[] = [];
  readonly #latencyFrames: number[] = [];
  #readbacks = 0;
  #inside = 0;
  #late = 0;

  constructor(firstFrame: number, options: RunOptions) {
    this.options = options;
    this.frame = this.#first = firstFrame;
  }

  /** A frame begins; false: no more. */
  begin(timestamp: number): boolean {
    this.frame++;
    this.#asked = false;
    const number = this.frame - this.#first - this.options.warmUp;
    if (number === 1) {
      this.#started = performance.now();
      this.#createdBefore = buffersCreated;
    } else if (number > 1 && number <= this.options.frames + 1) {
      this.#intervals.push(timestamp - this.#lastTimestamp);
    }
    this.#lastTimestamp = timestamp;
    const tooLong = number > 1 && performance.now() - this.#started > this.options.longest;
    if (number <= this.options.frames && !tooLong) return true;
    this.#ended = performance.now();
    this.#createdAfter = buffersCreated;
    return false;
  }

  /** Whether the frame is to have one more, with so many on their way. */
  wants(inFlight: number): boolean {
    if (this.options.readbacks === "three in flight") return inFlight < SLOTS;
    const more = !this.#asked;
    this.#asked = true;
    return more;
  }

  /** A readback has been submitted. Its outcome is to be told to what this returns. */
  ask(): (words: ArrayLike<number>) => void {
    const asked = performance.now();
    const { frame } = this;
    const begun = animationFrames;
    this.#mostInFlight = Math.max(this.#mostInFlight, ++this.#inFlight);
    return (words) => {
      this.#check(words, frame);
      if (this.#started && !this.#ended) {
        this.#readbacks++;
        this.#latencies.push(performance.now() - asked);
        this.#latencyFrames.push(animationFrames - begun);
        if (insideFrame) this.#inside++;
        if (words[0] !== frame) this.#late++;
      }
      if (--this.#inFlight === 0) this.#idle?.();
    };
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  get measured(): Measured {
    return {
      frames: this.#intervals.length,
      duration: this.#ended - this.#started,
      readbacks: this.#readbacks,
      intervals: this.#intervals,
      latencies: this.#latencies,
      latencyFrames: this.#latencyFrames,
      mostInFlight: this.#mostInFlight,
      buffersCreated: this.#createdAfter - this.#createdBefore,
      insideFrame: this.#inside,
      late: this.#late,
    };
  }

  /** The content: its ends in every frame, and all of it while it warms up. */
  #check(words: ArrayLike<number>, frame: number): void {
    const first = words[0];
    const same = this.#started ? words[words.length - 1] === first : everyIs(words, first);
    if (!same || first === undefined || first < frame)
      throw new Error(`frame ${frame} read back ${first} and other words`);
  }
}

function everyIs(words: ArrayLike<number>, value: number | undefined): boolean {
  for (let i = 0; i < words.length; i++) if (words[i] !== value) return false;
  return true;
}

/** Calls `frame` in each animation frame until it gives false. */
export function animate(frame: (timestamp: number) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (timestamp: number) => {
      try {
        if (frame(timestamp)) requestAnimationFrame(next);
        else resolve();
      } catch (error) {
        reject(error);
      }
    };
    requestAnimationFrame(next);
  });
}
