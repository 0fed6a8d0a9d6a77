import { AsyncEvent, Loop, nextFrame, sleep, timerDriver, until } from "awaitframe";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { never } from "../support/pending.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Notes the times of its frames. */
function running(options?: Parameters<typeof timerDriver>[0]) {
  const loop = new Loop({ driver: timerDriver(options) });
  const times: number[] = [];
  loop.run(function* () {
    while (true) {
      yield* nextFrame();
      times.push(performance.now());
    }
  });
  return { loop, times };
}

describe("timerDriver", () => {
  test.each([
    { options: undefined, expected: 60 },
    { options: { interval: 1000 / 30 }, expected: 30 },
    { options: { interval: 10 }, expected: 100 },
  ])("makes $expected frames a second, without drift: %o", ({ options, expected }) => {
    const { loop, times } = running(options);
    vi.advanceTimersByTime(20_000);
    expect(times.length / 20).toBeGreaterThan(expected * 0.98);
    expect(times.length / 20).toBeLessThan(expected * 1.02);
    loop.stop();
  });

  test("is what a loop gets where there are no animation frames", () => {
    const loop = new Loop();
    const log: string[] = [];
    loop.run(function* () {
      yield* sleep(100);
      log.push("slept");
      yield* nextFrame();
      log.push("drawn");
    });
    vi.advanceTimersByTime(200);
    expect(log).toEqual(["slept", "drawn"]);
  });

  test.each([
    { what: "an event", wait: () => new AsyncEvent().wait() },
    { what: "a promise", wait: () => until(new Promise<void>(() => {})) },
    { what: "an endless sleep", wait: () => sleep(Infinity) },
    { what: "nothing that comes", wait: () => never() },
  ])("has no timer while tasks wait for $what: a process may end", ({ wait }) => {
    const loop = new Loop({ driver: timerDriver() });
    loop.run(wait());
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("has no timer when all tasks have ended", () => {
    const loop = new Loop({ driver: timerDriver() });
    loop.run(function* () {
      yield* nextFrame();
      yield* sleep(50);
    });
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("has a timer for the frame and one for the wake-up, however many wait", () => {
    const { loop } = running();
    for (let i = 1; i < 20; i++) loop.run(sleep(i * 10));
    for (let i = 0; i < 50; i++) {
      vi.advanceTimersByTime(7);
      expect(vi.getTimerCount()).toBeLessThanOrEqual(2);
    }
    loop.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("sleeps through: one call for a long sleep", () => {
    const loop = new Loop({ driver: timerDriver() });
    let ended = Number.NaN;
    loop.run(function* () {
      yield* sleep(60_000);
      ended = performance.now();
    });
    vi.advanceTimersByTime(100);
    const frames = loop.frame!.index;
    vi.advanceTimersByTime(59_000);
    expect(loop.frame!.index).toBe(frames);
    vi.advanceTimersByTime(1500);
    expect(ended).toBeGreaterThanOrEqual(60_000);
    expect(ended).toBeLessThan(60_040);
  });

  test("a cancelled sleep keeps no timer, and no process alive", () => {
    const loop = new Loop({ driver: timerDriver() });
    const task = loop.run(sleep(1e6));
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(1);
    task.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("takes a sleep that is longer than a timer can be", () => {
    const loop = new Loop({ driver: timerDriver() });
    const month = 31 * 24 * 3600 * 1000;
    let ended = false;
    loop.run(function* () {
      yield* sleep(month);
      ended = true;
    });
    vi.advanceTimersByTime(1000);
    expect(loop.frame!.index).toBeLessThan(5);
    vi.advanceTimersByTime(month - 2000);
    expect(ended).toBe(false);
    vi.advanceTimersByTime(1100);
    expect(ended).toBe(true);
  });

  test("brings what arrives after an idle time at once", async () => {
    const loop = new Loop({ driver: timerDriver({ interval: 1000 }) });
    const event = new AsyncEvent();
    let woken = Number.NaN;
    loop.run(function* () {
      yield* event.wait();
      woken = performance.now();
    });
    vi.advanceTimersByTime(10_000);
    const set = performance.now();
    event.set();
    vi.advanceTimersByTime(5);
    expect(woken - set).toBeLessThanOrEqual(5);
  });

  test("does not try to make up for frames that were held up", () => {
    const { loop, times } = running({ interval: 10 });
    vi.advanceTimersByTime(100);
    const before = times.length;
    // As though something else had kept the thread busy for a second.
    vi.setSystemTime(Date.now() + 1000);
    const busyUntil = performance.now() + 1000;
    const original = performance.now.bind(performance);
    const now = vi.spyOn(performance, "now").mockImplementation(() => Math.max(busyUntil, original()));
    vi.advanceTimersByTime(50);
    now.mockRestore();
    expect(times.length - before).toBeLessThanOrEqual(6);
    loop.stop();
  });

  test("a task that throws does not end the frames", () => {
    const errors: unknown[] = [];
    const loop = new Loop({ driver: timerDriver(), onError: (error) => errors.push(error) });
    let frames = 0;
    loop.run(function* () {
      throw new Error("fault");
    });
    loop.run(function* () {
      while (true) {
        yield* nextFrame();
        frames++;
      }
    });
    vi.advanceTimersByTime(200);
    expect(errors).toHaveLength(1);
    expect(frames).toBeGreaterThan(8);
    loop.stop();
  });

  test("goes on after a stop and a new start", () => {
    const { loop, times } = running();
    vi.advanceTimersByTime(100);
    loop.stop();
    const before = times.length;
    vi.advanceTimersByTime(1000);
    expect(times).toHaveLength(before);
    loop.run(function* () {
      yield* nextFrame();
      times.push(performance.now());
    });
    vi.advanceTimersByTime(100);
    expect(times).toHaveLength(before + 1);
  });

  test("serves one loop", () => {
    const driver = timerDriver();
    const errors: unknown[] = [];
    new Loop({ driver }).run(never());
    new Loop({ driver, onError: (error) => errors.push(error) }).run(never());
    expect(String(errors[0])).toMatch(/loop/);
  });
});

test.each([
  ["5", TypeError, /interval takes a number from 0, got "5"/],
  [-1, RangeError, /from 0, got -1/],
  [Number.NaN, RangeError, /from 0, got NaN/],
  [Infinity, RangeError, /finite/],
] as const)("an interval of %o is refused at the call", (interval, type, message) => {
  const make = () => timerDriver({ interval: interval as number });
  expect(make).toThrow(type);
  expect(make).toThrow(message);
});
