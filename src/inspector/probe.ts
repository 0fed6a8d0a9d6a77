import type { Action } from "../core/action.ts";
import { isCurrent, type Frame } from "../core/frame.ts";
import { Loop } from "../core/loop.ts";
import { Task } from "../core/task.ts";
import { Waiter } from "../core/waiter.ts";
import { ReadbackRing } from "../gpu/readback-ring.ts";
import { around } from "./around.ts";
import { FrameHistory } from "./frame-history.ts";

/** A loop that is inspected. */
export interface InspectedLoop {
  readonly loop: Loop;
  /** Loops have no names: a number, in the order in which they were found. */
  readonly number: number;
  readonly frames: FrameHistory;
}

/** A ring that is inspected. It may be forgotten while we look. */
export interface InspectedRing {
  readonly ring: WeakRef<ReadbackRing>;
  readonly number: number;
  /** Of what was copied last. */
  source: string;
}

/** Who wants to hear. What it does must not touch the loop. */
export interface Observer {
  /** A loop has run a frame, or a part of one. Times as `performance.now()` gives them. */
  frame?(inspected: InspectedLoop, start: number, end: number): void;
  /** A wait has begun that did not settle at once. */
  wait?(waiter: Waiter, action: Action<unknown>): void;
}

/** A ring as it is wrapped: both kinds of copies alike. */
interface Copying {
  copyBuffer: Copy;
  copyTexture: Copy;
  destroy(): void;
}

type Copy = (
  this: ReadbackRing,
  encoder: GPUCommandEncoder,
  source: GPUObjectBase,
  ...rest: never[]
) => unknown;

/**
 * What an inspector knows of the kit. The kit itself has no hooks: while somebody looks, and only then, a few of its
 * methods are wrapped. The wrappers look, and change nothing. None of them is on the path of a step that waits for the
 * next frame.
 */
class Probe {
  readonly #observers = new Set<Observer>();
  #waitObservers: Observer[] = [];
  #restore: (() => void)[] = [];
  readonly #loops = new Map<Loop, InspectedLoop>();
  #loopCount = 0;
  #rings: InspectedRing[] = [];
  #ringCount = 0;
  /** In which frame of its loop the wait of a task began. */
  #since = new WeakMap<Waiter, number>();

  /** The loops that have tasks. */
  get loops(): InspectedLoop[] {
    for (const { loop } of this.#loops.values()) if (loop.lastChild === null) this.#loops.delete(loop);
    return [...this.#loops.values()];
  }

  /** The rings that are in use. */
  get rings(): InspectedRing[] {
    this.#rings = this.#rings.filter(({ ring }) => ring.deref()?.life.error === null);
    return this.#rings;
  }

  /** Looks, until the returned function is called. */
  observe(observer: Observer): () => void {
    if (this.#observers.size === 0) this.#attach();
    this.#observers.add(observer);
    this.#listWaitObservers();
    return () => {
      if (!this.#observers.delete(observer)) return;
      this.#listWaitObservers();
      if (this.#observers.size === 0) this.#detach();
    };
  }

  /** Knows a loop from now on. */
  find(loop: Loop): InspectedLoop {
    let inspected = this.#loops.get(loop);
    if (inspected === undefined) {
      inspected = { loop, number: ++this.#loopCount, frames: new FrameHistory() };
      this.#loops.set(loop, inspected);
    }
    return inspected;
  }

  /** In which frame a task has begun to wait; undefined if that was before somebody looked. */
  since(task: Task<unknown>): number | undefined {
    return this.#since.get(task);
  }

  #listWaitObservers(): void {
    this.#waitObservers = [...this.#observers].filter(({ wait }) => wait);
  }

  #attach(): void {
    const { prototype: loop } = Loop;
    const { prototype: waiter } = Waiter;
    const ring = ReadbackRing.prototype as unknown as Copying;
    this.#restore = [
      around(loop, "tick", (tick) => this.#timed(tick)),
      around(loop, "step", (step) => this.#timed(step)),
      around(loop, "pump", (pump) => this.#timed(pump)),
      around(waiter, "begin", (begin) => this.#noted(begin)),
      around(ring, "copyBuffer", (copy) => this.#found(copy)),
      around(ring, "copyTexture", (copy) => this.#found(copy)),
      around(ring, "destroy", (destroy) => this.#forgetting(destroy)),
    ];
  }

  #detach(): void {
    for (const restore of this.#restore) restore();
    this.#loops.clear();
    this.#rings = [];
    this.#loopCount = this.#ringCount = 0;
    this.#since = new WeakMap();
  }

  /** Around what runs frames. A frame may run in parts: then the same one goes on. */
  #timed<Rest extends unknown[]>(run: (this: Loop, time: number, ...rest: Rest) => void) {
    const runs = (loop: Loop): InspectedLoop => this.find(loop);
    const ran = (inspected: InspectedLoop, before: Frame | null, start: number, goesOn: boolean): void => {
      const end = performance.now();
      const { frame } = inspected.loop;
      // Else it came too early for `maxFps`, or in a pause, or was a pump.
      if (frame === null || (frame === before && !goesOn)) return;
      inspected.frames.add(frame.index, frame.rawDelta, end - start);
      for (const observer of this.#observers) observer.frame?.(inspected, start, end);
    };
    return function (this: Loop, time: number, ...rest: Rest): void {
      const { frame } = this;
      const goesOn = frame !== null && isCurrent(frame);
      const inspected = runs(this);
      const start = performance.now();
      try {
        run.call(this, time, ...rest);
      } finally {
        ran(inspected, frame, start, goesOn);
      }
    };
  }

  /** Around the begin of a wait. */
  #noted(begin: Waiter["begin"]): Waiter["begin"] {
    const note = (waiter: Waiter, action: Action<unknown>): void => {
      for (const observer of this.#waitObservers) observer.wait?.(waiter, action);
    };
    const began = (waiter: Waiter): void => {
      this.#since.set(waiter, waiter.loop.frame?.index ?? 0);
    };
    return function (this: Waiter, action: Action<unknown>): boolean {
      if (this instanceof Task) began(this);
      const settled = begin.call(this, action);
      if (!settled) note(this, action);
      return settled;
    };
  }

  /** Around what every user of a ring calls. */
  #found(copy: Copy): Copy {
    const find = (ring: ReadbackRing, { label }: GPUObjectBase): void => {
      let inspected = this.#rings.find((other) => other.ring.deref() === ring);
      if (inspected === undefined) {
        inspected = { ring: new WeakRef(ring), number: ++this.#ringCount, source: "" };
        this.#rings.push(inspected);
      }
      inspected.source = label;
    };
    return function (this: ReadbackRing, encoder, source, ...rest) {
      find(this, source);
      return copy.call(this, encoder, source, ...rest);
    };
  }

  #forgetting(destroy: () => void): () => void {
    const forget = (ring: object): void => {
      this.#rings = this.#rings.filter((other) => other.ring.deref() !== ring);
    };
    return function (this: object): void {
      forget(this);
      destroy.call(this);
    };
  }
}

/** One for all inspectors of a page. */
export const probe = /* @__PURE__ */ new Probe();
