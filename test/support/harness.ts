import { Loop, manualDriver, type LoopOptions, type ManualDriver, type Task } from "awaitframe";
import { expect, onTestFinished } from "vitest";

/** The time between two frames, where a test names none, in ms. */
export const STEP = 16;

export interface Reported {
  error: unknown;
  task: Task<unknown> | null;
}

export interface Harness {
  loop: Loop;
  driver: ManualDriver;
  /** Notes what happens, for `frame`, `pump` and `noted`. */
  note(...what: unknown[]): void;
  /** What has been noted since it was asked for last. */
  noted(): unknown[];
  /** Runs a frame, by default `STEP` after the last call; gives what was noted up to its end. */
  frame(timestamp?: number): unknown[];
  /** Runs frames, `STEP` apart; gives what was noted in each. */
  frames(count: number): unknown[][];
  /** As `frame`, without a frame. */
  pump(timestamp?: number): unknown[];
  /** The errors that were reported since it was asked for last. A test fails with those that it does not take. */
  errors(): unknown[];
  /** The same, with the tasks. */
  reported(): Reported[];
}

/** A loop on a manual driver; the first frame is at time 0. */
export function harness(options: Omit<LoopOptions, "driver"> = {}): Harness {
  const driver = manualDriver();
  let notes: unknown[] = [];
  let reports: Reported[] = [];
  let time = -STEP;
  const loop = new Loop({
    onError: (error, task) => {
      reports.push({ error, task });
    },
    ...options,
    driver,
  });
  const noted = () => {
    const taken = notes;
    notes = [];
    return taken;
  };
  const reported = () => {
    const taken = reports;
    reports = [];
    return taken;
  };
  const errors = () => reported().map(({ error }) => error);
  const frame = (timestamp = time + STEP) => {
    time = timestamp;
    driver.tick(timestamp);
    return noted();
  };
  const pump = (timestamp = time + STEP) => {
    time = timestamp;
    driver.pump(timestamp);
    return noted();
  };
  const frames = (count: number) => Array.from({ length: count }, () => frame());
  onTestFinished(() => {
    loop.stop();
    expect(errors(), "errors that the test did not expect").toEqual([]);
  });
  return {
    loop,
    driver,
    note: (...what) => notes.push(...what),
    noted,
    frame,
    frames,
    pump,
    errors,
    reported,
  };
}

/** Lets all microtasks run, and a macrotask, in which unhandled rejections are noticed. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

/** The number of the frame that runs. */
export function frameIndex(loop: Loop): number {
  return loop.frame?.index ?? -1;
}
