import { RESUMED } from "./action.ts";
import type { Driver, DriverHost } from "./driver.ts";
import { chain } from "./errors.ts";
import { openFrames, type Frame } from "./frame.ts";
import { nextFrame, PHASE_ACTIONS, type Phase, type PhaseAction } from "./next-frame.ts";
import { PhaseQueue } from "./phase-queue.ts";
import { running } from "./running.ts";
import { READY } from "./status.ts";
import { checkedNumber, wrong } from "./check.ts";
import { cancelChildren, childrenOf, Task, type Runnable, type TaskOptions, type TaskOwner } from "./task.ts";
import { Timers, type Timer } from "./timers.ts";
import { AT_ONCE, NEVER, NO_TIME } from "./times.ts";
import { WaiterQueue } from "./waiter-queue.ts";
import type { Waiter } from "./waiter.ts";

/** Options of a {@link Loop}. */
export interface LoopOptions {
  /** What calls the loop. */
  driver: Driver;
  /**
   * Gets the errors that no task takes, and those of cleanups; the task is null where the driver failed. The default is
   * the platform's `reportError`, or `console.error`.
   */
  onError?: ((error: unknown, task: Task<unknown> | null) => void) | undefined;
  /** The longest `delta` of a frame, in milliseconds: 100 by default. */
  maxDelta?: number | undefined;
  /** The most frames in a second; not limited by default. */
  maxFps?: number | undefined;
  /** How long `breathe()` may go on in a frame, in milliseconds: 8 by default. */
  budget?: number | undefined;
}

/** Where the loop is: outside of `tick`, delivering what came from outside and what is due, or running the phases. */
const OUTSIDE = 0;
const DELIVERING = 1;
const IN_PHASES = 2;

/** How often what is settled inside a frame may settle more before the rest must wait for the next frame. */
const ROUND_LIMIT = 10_000;

/** How many microtasks after it a frame is open for async functions: more than an `await` and what it calls take. */
const MICROTASKS = 100;

/** A gap is a time between two frames that is longer than this, in ms, and than four times the one before it. */
const USUAL = 100;

/** Timestamps of displays jitter, by less than this, in ms. */
const JITTER = 1;

/**
 * The tasks, the frame clock and the timers. A driver calls `tick` for each frame; coroutines run inside it, and only
 * there. Nothing that a task throws ends the loop.
 */
export class Loop implements TaskOwner, DriverHost {
  /** How long `breathe()` may go on in a frame, in milliseconds. */
  readonly budget: number;
  /** @internal */
  readonly phases: readonly PhaseQueue[] = PHASE_ACTIONS.map((action) => new PhaseQueue(action));
  /** @internal */
  readonly timers = new Timers();
  /** @internal */
  lastChild: Task<unknown> | null = null;
  /** How many tasks there have been. @internal */
  taskCount = 0;
  /** While a timer resumes its waiter: that timer's deadline; else NaN. @internal */
  resumedAt = NO_TIME;
  /** Counts the calls of its driver: frames, their parts, and pumps. @internal */
  turns = 0;
  /** When this frame began, as `cpuTime` tells it. @internal */
  tickStart = 0;

  readonly #driver: Driver;
  readonly #onError: NonNullable<LoopOptions["onError"]>;
  readonly #maxDelta: number;
  readonly #frameInterval: number;

  /** What was settled outside of `tick`, in order of arrival. */
  #arrived = new WaiterQueue();
  /** What was settled inside of `tick`, and the tasks that began there. */
  #ready = new WaiterQueue();
  /** Tasks that take their first step in the next `update`. */
  #starting = new WaiterQueue();

  #stage = OUTSIDE;
  #attached = false;
  /** How many calls of `stop` are on the stack. */
  #stopping = 0;
  #isPaused = false;
  #frameRequested = false;
  /** NaN: a call of the driver's has used up what was asked for. */
  #wakeRequested = NEVER;

  /** The timestamp of the last tick or pump. */
  #timestamp = NO_TIME;
  /** How far the timestamps are ahead of the clock: the time that did not count. */
  #offset = 0;
  #clock = 0;
  /** What counts as one frame where a sleep's debt is measured: a single long gap does not. */
  #frameLength = 0;
  #lastElapsed = 0;
  /** The clock at the first frame. */
  #firstFrame = 0;
  #notBefore = AT_ONCE;
  #currentFrame: Frame | null = null;
  /** The phase with which the frame goes on that runs in parts. */
  #nextPhase = PHASE_ACTIONS.length;
  #keepOpen = false;
  /** The frame that is kept open, and for how many more microtasks. */
  #openFrame: Frame | null = null;
  #openFor = 0;
  /** Who ran when this loop was called. */
  #outer: Task<unknown> | null = null;
  #outerPhase: PhaseQueue | null = null;

  /** @throws RangeError if a limit is not positive; TypeError if an option is of another type. */
  constructor(options: LoopOptions) {
    const { driver, onError = reportToPlatform } = options;
    const { maxDelta = 100, maxFps = NEVER, budget = 8 } = options;
    if (typeof driver?.requestFrame !== "function") throw wrong("expected a driver", driver);
    if (typeof onError !== "function") throw wrong("onError takes a function", onError);
    this.#driver = driver;
    this.#onError = onError;
    this.#maxDelta = checkedNumber(maxDelta, "maxDelta", true);
    this.#frameInterval = 1000 / checkedNumber(maxFps, "maxFps", true);
    this.budget = checkedNumber(budget, "budget", true);
  }

  /** The frame that runs, or the last one; null before the first. */
  get frame(): Frame | null {
    return this.#currentFrame;
  }

  /** Whether `pause` holds the phases and the clock. */
  get paused(): boolean {
    return this.#isPaused;
  }

  /** The root tasks that have not ended, in the order in which they were started. */
  get tasks(): Task<unknown>[] {
    return childrenOf(this);
  }

  /**
   * Starts a root task, from anywhere. It takes its first step inside a frame, never in the call: in this one when
   * called in a phase, else in the next `update`, or where no frames come, in the next pump. Brings a stopped loop back.
   *
   * @param runnable - An operation, or a function that returns one, or an async function that gets a {@link Wait}.
   * @throws TypeError if it is none of these.
   *
   * @example
   * ```ts
   * import { Loop, nextFrame } from "awaitframe";
   *
   * const loop = new Loop();
   * loop.run(function* app() {
   *   while (true) console.log((yield* nextFrame()).time);
   * });
   * ```
   */
  run<T>(runnable: Runnable<T>, options?: TaskOptions): Task<T> {
    const task = this.adopt(runnable, this, options);
    if (this.#stopping > 0) task.cancel();
    else this.start();
    return task;
  }

  /** Starts a task as a child. @internal */
  adopt<T>(runnable: Runnable<T>, owner: TaskOwner, options?: TaskOptions): Task<T> {
    const task = new Task<T>(this, owner, runnable, options);
    (this.#stage === IN_PHASES ? this.#ready : this.#starting).push(task as Task<unknown>);
    this.arm();
    return task;
  }

  /** Cancels every root task, newest first, and lets go of the driver. */
  stop(): void {
    this.#stopping++;
    cancelChildren(this);
    this.#stopping--;
    // Between the parts of a frame: there will be no next one.
    if (this.#stage === OUTSIDE) this.#closeFrame();
    if (!this.#attached) return;
    this.#attached = false;
    this.#frameRequested = false;
    this.#wakeRequested = NEVER;
    this.#ask("detach");
  }

  /** Attaches the driver again after `stop`. `run` does it too. */
  start(): void {
    if (this.#attached) return;
    // Of a driver that refuses, say since it has a loop already, nothing is asked and nothing taken back.
    this.#attached = this.#ask("attach", this);
    this.arm();
  }

  /**
   * Makes phases, sleeps and timeouts stand still, from the next frame on: one that has begun is finished. What comes from
   * outside is still delivered. Holds until `resume`, also where the loop is stopped and started in between.
   */
  pause(): void {
    this.#setPaused(true);
  }

  /** Ends a pause: the clock goes on where it stood. */
  resume(): void {
    this.#setPaused(false);
  }

  /**
   * Runs one frame while paused.
   *
   * @param ms - How far the clock moves: by default, one sixtieth of a second.
   * @throws Error if the loop is not paused, or in a frame; TypeError or RangeError if `ms` is no number from 0.
   */
  step(ms = 1000 / 60): void {
    if (!this.#isPaused) throw new Error("step() runs one frame of a paused loop: call pause() first");
    this.#enter(checkedNumber(ms, "step(ms)"));
    try {
      this.#moveClock(Number.isNaN(this.#timestamp) ? this.#driver.now() : this.#timestamp);
      this.#offset -= ms;
      this.#setClock(ms);
      this.#beginFrame();
      this.#runPhases();
    } finally {
      this.#leave();
    }
  }

  /**
   * Runs one frame: moves the clock, delivers what has arrived, ends what is due, then runs the phases. Does nothing if
   * `maxFps` says that it is too early.
   *
   * @param timestamp - Milliseconds, on any clock; one that goes backwards counts as no time.
   * @param phase - Where to stop, for an engine whose own work lies between the phases: a tick for a later phase goes on
   *   with the same frame, after what has arrived meanwhile; any other begins a new one.
   * @throws Error if called inside `tick`; TypeError if the timestamp is no finite number; RangeError if there is no such
   *   phase.
   */
  tick(timestamp: number, phase: Phase = "after"): void {
    const end = (nextFrame(phase) as PhaseAction).index + 1;
    this.#enter(timestamp);
    try {
      this.#frameRequested = false;
      if (end > this.#nextPhase) {
        this.#deliver();
        this.#runPhases(end);
      } else if (this.#isTime(timestamp)) {
        this.#moveClock(timestamp);
        if (this.#isPaused) {
          this.#deliver();
        } else {
          this.#beginFrame();
          this.#runPhases(end);
        }
      }
    } finally {
      this.#leave();
    }
  }

  /**
   * Delivers what has arrived and what is due without a frame: phases rest, and tasks that began take their first step
   * at the end. For drivers, while no frames come.
   *
   * @param timestamp - As for `tick`.
   * @throws As `tick`.
   */
  pump(timestamp: number): void {
    this.#enter(timestamp);
    try {
      this.#closeFrame();
      this.#moveClock(timestamp);
      if (this.#isPaused) {
        this.#deliver();
      } else {
        this.#deliverAndEndTimers();
        this.#runPhases(0);
        this.#drain();
      }
    } finally {
      this.#leave();
    }
  }

  /** Puts a waiter whose wait has settled where it goes on. @internal */
  enqueue(waiter: Waiter): void {
    if (this.#stage === OUTSIDE) {
      this.#arrived.push(waiter);
      this.arm();
    } else {
      this.#ready.push(waiter);
    }
  }

  /** Begins a sleep. @internal */
  sleepFor(waiter: Waiter, ms: number): Timer {
    // Between frames, an async function may begin a sleep.
    const isLive = this.#stage === OUTSIDE && !this.#isPaused;
    const now = isLive ? Math.max(this.#clock, this.#driver.now() - this.#offset) : this.#clock;
    // A sleep that follows another counts from that one's deadline, unless that is more than a frame ago, or, where no
    // frames were asked for, much more than it is long.
    const most = Math.min(this.#frameLength + JITTER, ms + USUAL);
    const start = now - this.resumedAt <= most ? this.resumedAt : now;
    return this.timers.add(waiter, start + ms);
  }

  /** Whether what goes on now is in a frame: in `tick`, or in the microtasks after it. @internal */
  get isFrameOpen(): boolean {
    return this.#stage !== OUTSIDE || openFrames.has(this.#currentFrame!);
  }

  /** Lets an async function that goes on after `tick` draw in its frame, from now on for so many microtasks. @internal */
  keepFrameOpen(): void {
    this.#keepOpen = this.#stage !== OUTSIDE;
    this.#openFor = MICROTASKS;
  }

  /** Reports an error that no task takes. Never throws. @internal */
  report(error: unknown, task: Task<unknown> | null): void {
    if (task !== null) chain(error, task);
    try {
      this.#onError(error, task);
    } catch (second) {
      reportToPlatform(error);
      reportToPlatform(second);
    }
  }

  /** The error of a root task. @internal */
  childFailed(error: unknown, child: Task<unknown>): void {
    this.report(error, child);
  }

  /** Asks the driver for what is needed next; does nothing inside of `tick`, which asks at its end. @internal */
  arm(): void {
    if (this.#stage !== OUTSIDE || !this.#attached || this.#stopping > 0) return;
    // Everything there is to ask for has been asked for.
    if (this.#frameRequested && this.#wakeRequested === AT_ONCE) return;
    const running = !this.#isPaused;
    const due = this.#arrived.size > 0 || (running && this.#starting.size > 0);
    const wake = due ? AT_ONCE : running ? Math.max(this.timers.next + this.#offset, this.#notBefore) : NEVER;
    if (!this.#frameRequested && (due || (running && this.#isPhaseAwaited))) {
      this.#frameRequested = true;
      this.#ask("requestFrame");
    }
    if (wake !== this.#wakeRequested) {
      this.#wakeRequested = wake;
      this.#ask("requestWake", wake);
    }
  }

  get #isPhaseAwaited(): boolean {
    let isAwaited = false;
    for (let i = 0; i < this.phases.length; i++) isAwaited ||= !this.phases[i]!.isEmpty;
    return isAwaited;
  }

  #beginFrame(): void {
    const previous = this.#currentFrame;
    if (previous === null) this.#firstFrame = this.#clock;
    const time = this.#clock - this.#firstFrame;
    const rawDelta = time - (previous?.time ?? 0);
    this.#closeFrame();
    this.#currentFrame = {
      index: (previous?.index ?? -1) + 1,
      timestamp: this.#timestamp,
      time,
      delta: Math.min(rawDelta, this.#maxDelta),
      rawDelta,
    };
    openFrames.add(this.#currentFrame);
    this.#deliverAndEndTimers();
    this.#nextPhase = 0;
  }

  #runPhases(end = PHASE_ACTIONS.length): void {
    this.#stage = IN_PHASES;
    const starting = this.#starting;
    this.#starting = this.#ready;
    this.#ready = starting;
    while (this.#nextPhase < end) {
      this.phases[this.#nextPhase++]!.run(this.#currentFrame);
      this.#drain();
    }
  }

  /** Resumes what has arrived from outside. */
  #deliver(): void {
    const arrived = this.#arrived;
    this.#arrived = this.#ready;
    this.#ready = arrived;
    this.#drain();
  }

  #deliverAndEndTimers(): void {
    // Known beforehand: a sleep must not end in the frame in which it begins.
    let due: Timer[] | undefined;
    // Compared as the driver was asked to wake: a call at that very time must not be too early by a rounding.
    while (this.timers.next + this.#offset <= this.#timestamp) (due ??= []).push(this.timers.removeFirst());
    this.#deliver();
    due?.forEach((timer) => {
      const { waiter, deadline } = timer;
      if (waiter.record !== timer) return;
      this.resumedAt = deadline;
      waiter.settle(false, undefined, true);
    });
    this.resumedAt = NO_TIME;
    this.#drain();
  }

  /** Resumes what was settled in this frame, and what that settles, until nothing is left. */
  #drain(): void {
    const ready = this.#ready;
    for (let rounds = 0; ready.size > 0; rounds++) {
      if (rounds === ROUND_LIMIT) {
        this.#postpone();
        return;
      }
      for (let left = ready.size; left > 0; left--) {
        const waiter = ready.shift();
        // It may have been cancelled since.
        if (waiter.status === READY) waiter.resume();
      }
    }
  }

  /** Leaves what is ready to the next frame. */
  #postpone(): void {
    const names = new Set<string>();
    while (this.#ready.size > 0) {
      const waiter = this.#ready.shift();
      names.add(waiter.task.name);
      this.#arrived.push(waiter);
    }
    const text = [...names].slice(0, 9).join(", ");
    console.warn(`awaitframe: tasks wake each other without end, they go on in the next frame: ${text}`);
  }

  /** Claims the loop for one call of its driver. */
  #enter(timestamp: number): void {
    if (this.#stage !== OUTSIDE) throw new Error("tick() inside of tick(): a task runs in its loop already");
    if (!Number.isFinite(timestamp)) throw wrong("a timestamp is a finite number of milliseconds", timestamp);
    this.tickStart = this.cpuTime();
    this.#stage = DELIVERING;
    this.turns++;
    this.#wakeRequested = NO_TIME;
    // A task of another loop may drive this one.
    this.#outer = running.task;
    this.#outerPhase = running.phase;
    running.task = running.phase = null;
  }

  #leave(): void {
    this.#stage = OUTSIDE;
    // Shared by all loops: they must not keep the last value and the last task alive.
    RESUMED.value = null;
    running.task = this.#outer;
    running.phase = this.#outerPhase;
    this.#outer = this.#outerPhase = null;
    if (this.#nextPhase === PHASE_ACTIONS.length) {
      this.#openFrame = this.#currentFrame;
      if (this.#keepOpen) this.#closeLater();
      else this.#closeFrame();
      this.#keepOpen = false;
    }
    this.arm();
  }

  #closeFrame(): void {
    this.#nextPhase = PHASE_ACTIONS.length;
    openFrames.delete(this.#currentFrame!);
  }

  /** For async functions a frame goes on in the microtasks after it, but not beyond. */
  readonly #closeLater = (): void => {
    if (this.#openFor-- > 0) queueMicrotask(this.#closeLater);
    else openFrames.delete(this.#openFrame!);
  };

  /** Whether `maxFps` allows a frame now. */
  #isTime(timestamp: number): boolean {
    const interval = this.#frameInterval;
    if (interval === 0) return true;
    if (timestamp < this.#notBefore - JITTER && timestamp >= this.#timestamp) return false;
    // Counted from when the frame was due, so that the average rate is that of maxFps, and anew after a gap.
    const due = this.#notBefore + interval;
    this.#notBefore = due > timestamp ? due : timestamp + interval;
    return true;
  }

  #moveClock(timestamp: number): void {
    // Nothing, the first time.
    let elapsed = timestamp - this.#timestamp || 0;
    this.#timestamp = timestamp;
    // Time that does not count: of a pause, or of a timestamp that goes backwards.
    if (elapsed < 0) this.#notBefore = AT_ONCE;
    if (this.#isPaused || elapsed < 0) {
      this.#offset += elapsed;
      elapsed = 0;
    }
    this.#setClock(elapsed);
  }

  #setClock(elapsed: number): void {
    this.#clock = this.#timestamp - this.#offset;
    this.#frameLength = Math.min(elapsed, Math.max(4 * this.#lastElapsed, USUAL));
    this.#lastElapsed = elapsed;
  }

  #setPaused(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    // Between frames the clock moves first, so that a pause takes away no more than its own time. Before the first
    // tick it has no time yet, and stays so.
    if (this.#stage === OUTSIDE) this.#moveClock(Math.max(this.#timestamp, this.#driver.now()));
    this.#isPaused = isPaused;
    this.arm();
  }

  /** @internal */
  cpuTime(): number {
    return this.#driver.cpuTime?.() ?? performance.now();
  }

  /** A driver that throws must not take the caller along. */
  #ask(what: "attach" | "detach" | "requestFrame" | "requestWake", argument?: Loop | number): boolean {
    try {
      this.#driver[what](argument as never);
      return true;
    } catch (error) {
      this.#frameRequested = false;
      this.#wakeRequested = NEVER;
      this.report(error, null);
      return false;
    }
  }
}

function reportToPlatform(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}
