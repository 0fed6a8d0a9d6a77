import {
  animationFrameDriver,
  AsyncEvent,
  Loop,
  nextFrame,
  sleep,
  type Frame,
  type LoopOptions,
} from "awaitframe";
import { describe, expect, test, vi } from "vitest";
import { fakePage } from "../support/fake-page.ts";
import { never, pending } from "../support/pending.ts";

/** A loop in a page, with a task that takes each frame. */
function drawing(options?: LoopOptions) {
  const page = fakePage();
  const loop = new Loop({ driver: animationFrameDriver(), ...options });
  const frames: Frame[] = [];
  loop.run(function* draw() {
    while (true) frames.push(yield* nextFrame());
  });
  return { page, loop, frames };
}

/** A loop in a page, of which nothing runs yet. */
function idle(options?: Parameters<typeof fakePage>[0]) {
  const page = fakePage(options);
  return { page, loop: new Loop({ driver: animationFrameDriver() }) };
}

describe("animationFrameDriver in a page that is seen", () => {
  test("runs a frame for each animation frame, with its timestamp", () => {
    const { page, frames } = drawing();
    page.pass(200);
    expect(frames.length).toBeGreaterThanOrEqual(10);
    expect(frames.every(({ rawDelta }) => rawDelta === 16)).toBe(true);
    expect(frames.at(-1)!.timestamp).toBeGreaterThan(150);
  });

  test("asks for one animation frame at a time", () => {
    const { page, loop } = drawing();
    const event = new AsyncEvent();
    loop.run(event.wait());
    for (let i = 0; i < 20; i++) {
      page.pass(5);
      event.set();
      loop.run(sleep(1));
      expect(page.framesRequested).toBeLessThanOrEqual(1);
    }
  });

  test.each([
    { what: "nothing", operation: () => never() },
    { what: "an event", operation: () => new AsyncEvent().wait() },
    { what: "an endless sleep", operation: () => sleep(Infinity) },
  ])("does nothing at all while tasks wait for $what", ({ operation }) => {
    const { page, loop } = idle();
    loop.run(operation());
    page.pass(2000);
    expect(page.framesRequested).toBe(0);
    expect(page.timers).toBe(0);
    expect(loop.frame!.index).toBe(0);
  });

  test("sleeps without frames, and wakes up inside an animation frame", () => {
    const { page, loop } = idle();
    let woken: Frame | null = null;
    loop.run(function* () {
      yield* sleep(1000);
      woken = loop.frame;
    });
    page.pass(900);
    expect(loop.frame!.index).toBe(0);
    expect(page.framesRequested).toBe(0);
    page.pass(200);
    expect(woken!.index).toBe(1);
    expect(woken!.timestamp).toBeGreaterThanOrEqual(1000);
    expect(woken!.timestamp).toBeLessThanOrEqual(1040);
    expect(page.timers).toBe(0);
  });

  test("brings what arrives from outside in the next animation frame, as a frame", () => {
    const { page, loop } = idle();
    const arrival = pending();
    const drawn: number[] = [];
    loop.run(function* () {
      yield* arrival.wait;
      drawn.push((yield* nextFrame("render")).index);
    });
    page.pass(500);
    arrival.resolve();
    expect(drawn).toEqual([]);
    page.pass(20);
    expect(drawn).toEqual([1]);
  });

  test("lets timers alone in a steady run of frames", () => {
    const { page } = drawing();
    page.pass(100);
    const set = vi.spyOn(globalThis, "setTimeout");
    page.pass(1000);
    expect(set.mock.calls.length).toBeLessThan(5);
  });

  test("takes a sleep that is longer than a timer can be", () => {
    const { page, loop } = idle();
    let ended = false;
    loop.run(function* () {
      yield* sleep(2 ** 31 + 1000);
      ended = true;
    });
    page.pass(100);
    expect(ended).toBe(false);
    expect(loop.frame!.index).toBe(0);
    vi.advanceTimersByTime(2 ** 31 - 1000);
    page.pass(50);
    expect(ended).toBe(false);
    vi.advanceTimersByTime(2000);
    page.pass(50);
    expect(ended).toBe(true);
  });

  test("is what a loop gets where there are animation frames", () => {
    const page = fakePage();
    const loop = new Loop();
    loop.run(nextFrame());
    expect(page.framesRequested).toBe(1);
    loop.stop();
    expect(page.framesRequested).toBe(0);
  });
});

describe("animationFrameDriver in a hidden tab", () => {
  test("phases rest; sleeps, arrivals and new tasks go on", () => {
    const { page, loop, frames } = drawing();
    const arrival = pending();
    const log: string[] = [];
    page.pass(100);
    page.hide();
    const before = frames.length;
    loop.run(function* () {
      log.push("started");
      yield* sleep(300);
      log.push("slept");
      yield* arrival.wait;
      log.push("arrived");
      yield* nextFrame();
      log.push("drawn");
    });
    page.pass(200);
    expect(log).toEqual(["started"]);
    page.pass(1500);
    expect(log).toEqual(["started", "slept"]);
    arrival.resolve();
    page.pass(50);
    expect(log).toEqual(["started", "slept", "arrived"]);
    expect(frames).toHaveLength(before);
    page.show();
    page.pass(50);
    expect(log).toEqual(["started", "slept", "arrived", "drawn"]);
    expect(frames.length).toBeGreaterThan(before);
  });

  test("what arrives is delivered at once, not when a throttled timer ends", () => {
    const { page, loop } = idle();
    const arrivals = Array.from({ length: 5 }, () => pending());
    let received = 0;
    loop.run(function* () {
      for (const { wait } of arrivals) {
        yield* wait;
        received++;
      }
    });
    page.pass(50);
    page.hide();
    arrivals.forEach(({ resolve }, index) => {
      resolve();
      page.pass(2);
      expect(received).toBe(index + 1);
    });
    expect(page.timers).toBe(0);
  });

  test("from the beginning: a page that opens there loads", () => {
    const { page, loop } = idle();
    page.hide();
    const log: string[] = [];
    loop.run(function* () {
      log.push("started");
      yield* sleep(100);
      log.push("slept");
    });
    page.pass(2000);
    expect(log).toEqual(["started", "slept"]);
  });

  test("keeps a sleep's time that was begun before, in seen frames", () => {
    const { page, loop } = drawing();
    let slept = false;
    loop.run(function* () {
      yield* sleep(500);
      slept = true;
    });
    page.pass(100);
    page.hide();
    page.pass(350);
    expect(slept).toBe(false);
    page.pass(1200);
    expect(slept).toBe(true);
  });

  test("goes on when it comes back, with one frame at a time and a delta that is clamped", () => {
    const { page, frames } = drawing({ maxDelta: 50 });
    page.pass(100);
    page.hide();
    page.pass(60_000);
    const before = frames.length;
    page.show();
    page.pass(160);
    expect(frames.length - before).toBeGreaterThanOrEqual(8);
    expect(frames.length - before).toBeLessThanOrEqual(11);
    expect(frames[before]!.delta).toBe(50);
    expect(frames[before]!.rawDelta).toBeGreaterThan(59_000);
    expect(page.framesRequested).toBeLessThanOrEqual(1);
  });

  test("does nothing while nobody waits for anything but frames", () => {
    const { page } = drawing();
    page.pass(100);
    page.hide();
    page.pass(3000);
    const set = vi.spyOn(globalThis, "setTimeout");
    page.pass(10_000);
    expect(set).not.toHaveBeenCalled();
    expect(page.timers).toBe(0);
  });

  test("hidden and shown many times keeps everything in its place", () => {
    const { page, loop, frames } = drawing();
    let ticks = 0;
    loop.run(function* () {
      while (true) {
        yield* sleep(100);
        ticks++;
      }
    });
    for (let i = 0; i < 20; i++) {
      page.hide();
      page.pass(130);
      page.show();
      page.pass(130);
      expect(page.framesRequested).toBeLessThanOrEqual(1);
      expect(page.timers).toBeLessThanOrEqual(1);
    }
    expect(ticks).toBeGreaterThanOrEqual(48);
    expect(ticks).toBeLessThanOrEqual(52);
    const indices = frames.map(({ index }) => index);
    expect(indices).toEqual(indices.toSorted((a, b) => a - b));
    expect(new Set(indices).size).toBe(indices.length);
  });
});

describe("animationFrameDriver where no frames come, though nothing says hidden", () => {
  test.each([
    { where: "a covered window", options: { document: true } },
    { where: "a worker", options: { document: false } },
  ])("in $where, sleeps and arrivals go on after a while, and frames when they come again", ({ options }) => {
    const { page, loop } = idle(options);
    const arrival = pending();
    const log: string[] = [];
    loop.run(function* () {
      yield* sleep(100);
      log.push("slept");
      yield* arrival.wait;
      log.push("arrived");
      yield* nextFrame();
      log.push("drawn");
    });
    page.pass(50);
    page.framesCome = false;
    page.pass(3000);
    expect(log).toEqual(["slept"]);
    arrival.resolve();
    page.pass(3000);
    expect(log).toEqual(["slept", "arrived"]);
    page.framesCome = true;
    page.pass(100);
    expect(log).toEqual(["slept", "arrived", "drawn"]);
  });

  test("a slow frame is no reason to pump: what is due waits for it", () => {
    const { page, loop } = idle();
    let woken: Frame | null = null;
    loop.run(function* () {
      yield* sleep(100);
      woken = loop.frame;
    });
    page.pass(50);
    page.framesCome = false;
    page.pass(400);
    expect(woken).toBe(null);
    page.framesCome = true;
    page.pass(50);
    expect(woken!.index).toBe(1);
  });
});

describe("animationFrameDriver and stop", () => {
  test("leaves no frame, no timer and no listener behind", () => {
    const { page, loop } = drawing();
    loop.run(sleep(1000));
    page.pass(100);
    expect(page.listeners).toBe(1);
    loop.stop();
    expect(page.framesRequested).toBe(0);
    expect(page.timers).toBe(0);
    expect(page.listeners).toBe(0);
  });

  test("in a hidden tab, too", () => {
    const { page, loop } = idle();
    const arrival = pending();
    loop.run(arrival.wait);
    page.pass(50);
    page.hide();
    arrival.resolve();
    loop.stop();
    page.pass(100);
    expect(page.framesRequested).toBe(0);
    expect(page.timers).toBe(0);
    expect(page.listeners).toBe(0);
  });

  test("goes on after a new start", () => {
    const { page, loop, frames } = drawing();
    page.pass(100);
    loop.stop();
    const before = frames.length;
    page.pass(100);
    expect(frames).toHaveLength(before);
    loop.run(function* () {
      while (true) frames.push(yield* nextFrame());
    });
    page.pass(100);
    expect(frames.length).toBeGreaterThan(before + 3);
    expect(page.framesRequested).toBe(1);
  });

  test("inside a frame asks for nothing more", () => {
    const { page, loop } = drawing();
    loop.run(function* () {
      yield* sleep(50);
      loop.stop();
    });
    page.pass(200);
    expect(page.framesRequested).toBe(0);
    expect(page.timers).toBe(0);
  });

  test("one that serves a loop already is refused by another one", () => {
    fakePage();
    const driver = animationFrameDriver();
    const errors: unknown[] = [];
    new Loop({ driver }).run(never());
    new Loop({ driver, onError: (error) => errors.push(error) }).run(never());
    expect(String(errors[0])).toMatch(/loop/);
  });
});

describe("animationFrameDriver where there are no animation frames", () => {
  test("is an error that says what to use", () => {
    expect(() => animationFrameDriver()).toThrow(/timerDriver/);
  });
});

describe("a throw in an animation frame", () => {
  test("does not end the loop, whether a task throws or onError", () => {
    vi.stubGlobal("reportError", undefined);
    const consoleError = vi.spyOn(console, "error").mockImplementation(() => {});
    const { page, loop, frames } = drawing({
      onError: () => {
        throw new Error("from onError");
      },
    });
    page.pass(50);
    const before = frames.length;
    loop.run(function* () {
      yield* nextFrame("render");
      throw new Error("fault");
    });
    page.pass(100);
    expect(frames.length).toBeGreaterThan(before + 3);
    expect(consoleError).toHaveBeenCalledTimes(2);
    vi.unstubAllGlobals();
    consoleError.mockRestore();
  });
});
