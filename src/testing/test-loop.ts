import { Loop, type LoopOptions } from "../core/loop.ts";
import type { Task } from "../core/task.ts";
import type { CompletionSource } from "./completion-source.ts";
import { microtasksDone } from "./microtasks.ts";
import { TracedLoop } from "./traced-loop.ts";
import { VirtualDriver } from "./virtual-driver.ts";

/** Options of {@link testLoop}: those of a loop, and what a display and a GPU would decide. */
export interface TestLoopOptions extends Omit<LoopOptions, "driver"> {
  /** Frames per second of the virtual display: 60 by default. */
  fps?: number | undefined;
  /** Says before each frame which completions have arrived: from `completions({ seed })` or `replayCompletions(log)`. */
  completions?: CompletionSource | undefined;
  /** Whether `trace` is written. */
  trace?: boolean | undefined;
}

/** Options of `runUntilIdle`. */
export interface IdleOptions {
  /** More frames than this are an error: 10,000 by default. */
  maxFrames?: number | undefined;
}

/** A loop on a virtual clock, and what moves it. See {@link testLoop}. */
export interface TestLoop {
  /** The loop. */
  readonly loop: Loop;
  /** What the loop has reported, in order: the errors that no task took. */
  readonly errors: unknown[];
  /** With the option `trace`: a line for each step of each task: the frame, the task, and what it then waits for. */
  readonly trace: string[];
  /** The virtual time in milliseconds. */
  now(): number;
  /** Runs frames, one by default, whether the loop has asked for them or not. */
  advanceFrames(count?: number): Promise<void>;
  /** Lets time pass, and runs those frames of the display in it that the loop asks for, as a page does. */
  advanceTime(ms: number): Promise<void>;
  /**
   * Runs what the loop asks for, until it asks for nothing: until all tasks have ended or wait for what is outside.
   *
   * @returns How many frames that took.
   * @throws Error after `maxFrames`; it names the tasks.
   */
  runUntilIdle(options?: IdleOptions): Promise<number>;
  /** Runs one frame at once, without a chance for promises. */
  tick(): void;
  /** Delivers what has arrived and what is due, without a frame, as in a hidden tab. At once, as `tick`. */
  pump(): void;
  /** Moves the clock as if code had worked for so long: for `breathe`, and for frames that take too long. */
  spend(ms: number): void;
}

/**
 * A loop on a virtual clock, for tests: nothing in it depends on the machine or on real time. The frames lie on the grid
 * of a display; `advanceFrames`, `advanceTime` and `runUntilIdle` run them. Before each frame all microtasks get their
 * turn, and so they do at the end: what a promise can deliver has arrived. Await each of the three.
 *
 * @throws RangeError for a rate that is not positive, or the bad limits of a loop.
 *
 * @example
 * ```ts
 * import { sleep } from "awaitframe";
 * import { testLoop } from "awaitframe/testing";
 *
 * const { loop, advanceTime, errors } = testLoop();
 * const task = loop.run(sleep(1000));
 * await advanceTime(500);
 * console.assert(task.state === "waiting");
 * await advanceTime(1000);
 * console.assert(task.state === "done" && errors.length === 0);
 * ```
 */
export function testLoop(options: TestLoopOptions = {}): TestLoop {
  const { fps = 60, completions, trace: traced = false, onError, ...limits } = options;
  if (!(Number.isFinite(fps) && fps > 0)) throw new RangeError(`fps is a number above 0, got ${fps}`);
  const driver = new VirtualDriver(1000 / fps);
  const errors: unknown[] = [];
  const trace: string[] = [];
  const loopOptions: LoopOptions = {
    ...limits,
    driver,
    onError: (error, task) => {
      errors.push(error);
      onError?.(error, task);
    },
  };
  const loop = traced ? new TracedLoop(loopOptions, (line) => trace.push(line)) : new Loop(loopOptions);
  let busy: string | null = null;
  // Frames of a loop that has nothing to do yet count too.
  loop.start();

  /** Lets arrive what can arrive before the frame. */
  const arrivals = async () => {
    await microtasksDone();
    if (completions === undefined) return;
    await completions.deliver((loop.frame?.index ?? -1) + 1, driver.isIdle);
    await microtasksDone();
  };

  /** Runs what the loop asks for, up to a time. */
  const runWanted = async (end: number, maxFrames: number): Promise<number> => {
    for (let frames = 0, passed = 0; ; passed++) {
      await arrivals();
      // A completion may come in any frame of the display, not only in one that the loop has asked for.
      const skips = completions?.isPending === true && driver.nextWanted > driver.nextFrame;
      const time = skips ? driver.nextFrame : driver.nextWanted;
      if (time === Number.POSITIVE_INFINITY || !driver.isDue(time, end)) return frames;
      if (passed === maxFrames)
        throw new Error(`not idle after ${maxFrames} frames: ${busyTasks(loop.tasks)}`);
      if (skips) {
        driver.skip();
      } else {
        driver.frame(time);
        frames++;
      }
    }
  };

  /** Two of them at once would mix their frames: a forgotten `await`. */
  const alone = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    if (busy !== null) throw new Error(`${name}() while ${busy}() still runs: await it`);
    busy = name;
    try {
      return await run();
    } finally {
      busy = null;
    }
  };

  return {
    loop,
    errors,
    trace,
    now: () => driver.time,
    advanceFrames: (count = 1) =>
      alone("advanceFrames", async () => {
        if (!Number.isInteger(count))
          throw new RangeError(`advanceFrames() takes a whole number, got ${count}`);
        for (let left = checked(count, "advanceFrames"); left > 0; left--) {
          await arrivals();
          driver.frame(driver.nextFrame);
        }
        await microtasksDone();
      }),
    advanceTime: (ms) =>
      alone("advanceTime", async () => {
        const end = driver.time + checked(ms, "advanceTime");
        await runWanted(end, Number.POSITIVE_INFINITY);
        driver.time = Math.max(driver.time, end);
      }),
    runUntilIdle: ({ maxFrames = 10_000 } = {}) =>
      alone("runUntilIdle", () => runWanted(Number.POSITIVE_INFINITY, maxFrames)),
    tick: () => driver.frame(driver.nextFrame),
    pump: () => driver.pump(),
    spend: (ms) => {
      driver.time += checked(ms, "spend");
    },
  };
}

function checked(count: number, what: string): number {
  if (Number.isFinite(count) && count >= 0) return count;
  throw new RangeError(`${what}() takes a finite number from 0, got ${count}`);
}

function busyTasks(tasks: readonly Task<unknown>[]): string {
  const names = tasks.flatMap((task): string[] => {
    const waits = task.waitsFor === null ? task.state : `waits for ${task.waitsFor}`;
    return [
      `${task.path.join(" > ")} ${waits}`,
      ...(task.children.length > 0 ? [busyTasks(task.children)] : []),
    ];
  });
  return names.slice(0, 9).join("; ");
}
