import { isCurrent, Loop, nextFrame, race, sleep, timeout, TimeoutError, type Frame } from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";
import { RecordingDriver } from "../support/recording-driver.ts";

/** Notes every frame that the loop runs. */
function watched(options: { maxDelta?: number; maxFps?: number } = {}) {
  const driver = new RecordingDriver();
  const frames: Frame[] = [];
  const loop = new Loop({ driver, ...options });
  loop.run(function* () {
    while (true) frames.push(yield* nextFrame());
  });
  return { loop, driver, frames };
}

describe("a frame's times", () => {
  test("index counts the frames, timestamp is the driver's, time counts from the first frame", () => {
    const { driver, frames } = watched();
    for (const timestamp of [1000, 1016, 1050]) driver.tick(timestamp);
    expect(frames.map(({ index, timestamp, time }) => ({ index, timestamp, time }))).toEqual([
      { index: 1, timestamp: 1016, time: 16 },
      { index: 2, timestamp: 1050, time: 50 },
    ]);
  });

  test("the first frame has index 0, time 0 and delta 0, whatever its timestamp", () => {
    const { loop, driver } = watched();
    expect(loop.frame).toBe(null);
    driver.tick(123_456.5);
    expect(loop.frame).toMatchObject({ index: 0, timestamp: 123_456.5, time: 0, delta: 0, rawDelta: 0 });
  });

  test.each([
    { what: "100 ms by default", options: {}, limit: 100 },
    { what: "maxDelta", options: { maxDelta: 40 }, limit: 40 },
    { what: "nothing, with Infinity", options: { maxDelta: Infinity }, limit: 5000 },
  ])("delta is clamped to $what; rawDelta and time are not", ({ options, limit }) => {
    const { driver, frames } = watched(options);
    for (const timestamp of [0, 16, 5016, 5032]) driver.tick(timestamp);
    expect(frames.map(({ delta }) => delta)).toEqual([16, limit, 16]);
    expect(frames.map(({ rawDelta }) => rawDelta)).toEqual([16, 5000, 16]);
    expect(frames.map(({ time }) => time)).toEqual([16, 5016, 5032]);
  });

  test("a timestamp that goes backwards counts as no time", () => {
    const { driver, frames } = watched();
    for (const timestamp of [1000, 1016, 500, 516, 516]) driver.tick(timestamp);
    expect(frames.map(({ timestamp }) => timestamp)).toEqual([1016, 500, 516, 516]);
    expect(frames.map(({ delta, rawDelta }) => [delta, rawDelta])).toEqual([
      [16, 16],
      [0, 0],
      [16, 16],
      [0, 0],
    ]);
    expect(frames.map(({ time }) => time)).toEqual([16, 16, 32, 32]);
  });

  test("sleeps survive a timestamp that goes backwards", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* sleep(100);
      note("slept");
    });
    frame(10_000);
    frame(10_050);
    expect(frame(0)).toEqual([]);
    expect(frame(49)).toEqual([]);
    expect(frame(50)).toEqual(["slept"]);
  });

  test("all waiters of a frame get the same times, and a frame that is kept is not overwritten", () => {
    const { loop, frame } = harness();
    const seen: Frame[] = [];
    for (const phase of ["update", "render", "after"] as const) {
      loop.run(function* () {
        yield* sleep(0);
        seen.push(yield* nextFrame(phase));
      });
    }
    frame();
    frame();
    expect(seen.map(({ index }) => index)).toEqual([1, 1, 1]);
    const copies = seen.map((each) => JSON.stringify(each));
    frame(1000);
    expect(seen.map((each) => JSON.stringify(each))).toEqual(copies);
    expect(new Set(copies).size).toBe(1);
  });

  test("loop.frame is the one that runs, or the last one", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* sleep(0);
      note((yield* nextFrame()) === loop.frame);
    });
    frame();
    expect(frame()).toEqual([true]);
    expect(loop.frame?.index).toBe(1);
  });

  test("a frame is over with its tick, be it the first one", () => {
    const { loop, frame } = harness();
    loop.run(nextFrame());
    frame();
    expect(loop.frame?.index).toBe(0);
    expect(isCurrent(loop.frame!)).toBe(false);
  });

  test("a frame is current only while it runs", () => {
    const { loop, note, frame, pump } = harness();
    let kept: Frame | null = null;
    loop.run(function* () {
      kept = yield* nextFrame();
      note(isCurrent(kept));
      yield* nextFrame("after");
      note(isCurrent(kept));
      yield* sleep(0);
      note(isCurrent(kept));
    });
    frame();
    expect(frame()).toEqual([true, true]);
    expect(isCurrent(kept!)).toBe(false);
    expect(pump()).toEqual([false]);
  });

  test.each([Number.NaN, Infinity, -Infinity, "16", undefined, null, {}])(
    "a timestamp of %s is refused, and the loop goes on",
    (timestamp) => {
      const { loop, note, frame } = harness();
      loop.run(function* () {
        yield* nextFrame();
        note("update");
      });
      frame();
      expect(() => loop.tick(timestamp as number)).toThrow(TypeError);
      expect(() => loop.tick(timestamp as number)).toThrow(
        "a timestamp is a finite number of milliseconds, got ",
      );
      expect(() => loop.pump(timestamp as number)).toThrow(TypeError);
      expect(frame()).toEqual(["update"]);
    },
  );
});

describe("a pause", () => {
  test("holds the phases, and resume lets them go on", () => {
    const { loop, note, frame } = harness();
    for (const phase of ["update", "render", "after"] as const) {
      loop.run(function* () {
        while (true) note((yield* nextFrame(phase)).index, phase);
      });
    }
    frame();
    frame();
    loop.pause();
    expect(loop.paused).toBe(true);
    expect(frame()).toEqual([]);
    expect(frame()).toEqual([]);
    loop.resume();
    expect(loop.paused).toBe(false);
    expect(frame()).toEqual([2, "update", 2, "render", 2, "after"]);
  });

  test("holds the frame's time: it takes away no more and no less than itself", () => {
    const { loop, driver, frames } = watched();
    driver.tick(0);
    driver.tick(16);
    driver.time = 20;
    loop.pause();
    driver.tick(500);
    driver.time = 1020;
    loop.resume();
    driver.tick(1032);
    expect(frames.at(-1)).toMatchObject({ index: 2, timestamp: 1032, time: 32, delta: 16, rawDelta: 16 });
  });

  test("holds sleeps and timeouts", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* sleep(100);
      note("slept");
    });
    loop.run(function* () {
      try {
        yield* timeout(100, never());
      } catch (error) {
        note(error instanceof TimeoutError);
      }
    });
    frame(0);
    frame(60);
    loop.pause();
    expect([frame(100), frame(1000), frame(5000)]).toEqual([[], [], []]);
    loop.resume();
    expect(frame(5039)).toEqual([]);
    expect(frame(5040)).toEqual(["slept", true]);
  });

  test("holds the clock of a pump too", () => {
    const { loop, note, frame, pump } = harness();
    loop.run(function* () {
      yield* sleep(100);
      note("slept");
    });
    frame(0);
    loop.pause();
    expect(pump(500)).toEqual([]);
    loop.resume();
    expect(pump(599)).toEqual([]);
    expect(pump(600)).toEqual(["slept"]);
  });

  test("holds back tasks that were started, in a frame and in a pump", () => {
    const { loop, note, frame, pump } = harness();
    loop.pause();
    loop.run(function* () {
      note("begins");
    });
    expect([...frame(), ...pump()]).toEqual([]);
    loop.resume();
    expect(pump()).toEqual(["begins"]);
  });

  test("lets outside completions through, in a frame and in a pump", () => {
    const { loop, note, frame, pump } = harness();
    const [first, second] = [pending<string>(), pending<string>()];
    loop.run(function* () {
      note(yield* first.wait);
      note(yield* second.wait);
      note((yield* nextFrame()).index);
    });
    frame();
    loop.pause();
    first.resolve("first");
    expect(frame()).toEqual(["first"]);
    second.resolve("second");
    expect(pump()).toEqual(["second"]);
    expect(frame()).toEqual([]);
    loop.resume();
    expect(frame()).toEqual([1]);
  });

  test("a sleep that begins in it counts from its end", () => {
    const { loop, note, frame } = harness();
    const arrival = pending();
    loop.run(function* () {
      yield* arrival.wait;
      yield* sleep(50);
      note("slept");
    });
    frame(0);
    loop.pause();
    arrival.resolve();
    frame(1000);
    expect(frame(2000)).toEqual([]);
    loop.resume();
    expect(frame(2049)).toEqual([]);
    expect(frame(2050)).toEqual(["slept"]);
  });

  test("twice is once", () => {
    const { loop, driver, frames } = watched();
    driver.tick(0);
    loop.pause();
    driver.time = 100;
    loop.pause();
    driver.time = 200;
    loop.resume();
    driver.time = 210;
    loop.resume();
    driver.tick(216);
    expect(frames.at(-1)).toMatchObject({ time: 16, delta: 16 });
  });

  test("that begins inside a frame counts from that frame's time, however long it has been going on", () => {
    const { loop, driver } = watched();
    loop.run(function* () {
      driver.time = 10;
      loop.pause();
    });
    driver.tick(0);
    driver.time = 100;
    loop.resume();
    driver.tick(116);
    expect(loop.frame?.time).toBe(16);
  });

  test("is not ended where there is none: the clock is not touched", () => {
    const { loop, driver } = watched();
    driver.tick(0);
    driver.time = 100;
    loop.resume();
    // The timestamp of a frame lies before the time at which it comes.
    driver.tick(90);
    expect(loop.frame?.time).toBe(90);
  });

  test("before the first frame holds everything back", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      note("first step");
    });
    loop.pause();
    expect(frame()).toEqual([]);
    loop.resume();
    expect(frame()).toEqual(["first step"]);
  });
});

describe("step", () => {
  test("runs one whole frame of a paused loop, which moves the clock by a sixtieth of a second", () => {
    const { loop, driver, frames } = watched();
    driver.tick(0);
    loop.pause();
    loop.step();
    loop.step();
    expect(frames.map(({ index, delta }) => ({ index, delta }))).toEqual([
      { index: 1, delta: expect.closeTo(1000 / 60) as number },
      { index: 2, delta: expect.closeTo(1000 / 60) as number },
    ]);
    expect(frames.at(-1)?.time).toBeCloseTo(2000 / 60);
    driver.tick(5000);
    expect(frames).toHaveLength(2);
    loop.resume();
    driver.tick(5016);
    expect(frames.at(-1)?.time).toBeCloseTo(2000 / 60 + 16);
  });

  test("moves the clock by as much as it is told, for sleeps too", () => {
    const { loop, note, noted, frame } = harness();
    loop.run(function* () {
      yield* sleep(100);
      note(loop.frame?.time);
    });
    frame(0);
    loop.pause();
    loop.step(99);
    expect(noted()).toEqual([]);
    loop.step(1);
    expect(noted()).toEqual([100]);
  });

  test("runs the phases in order, and takes tasks that were started", () => {
    const { loop, note, noted, frame } = harness();
    loop.run(function* () {
      yield* nextFrame("render");
      note("render");
    });
    frame();
    loop.pause();
    loop.run(function* () {
      note("started");
      yield* nextFrame("render");
      note("render again");
    });
    loop.step();
    expect(noted()).toEqual(["started", "render again"]);
  });

  test("leaves the loop paused", () => {
    const { loop, note, noted, frame } = harness();
    loop.run(function* () {
      while (true) note((yield* nextFrame()).index);
    });
    frame();
    loop.pause();
    loop.step();
    expect(noted()).toEqual([1]);
    expect(loop.paused).toBe(true);
    expect(frame()).toEqual([]);
  });

  test("is an error of the caller on a loop that is not paused, in a frame, and with a bad time", () => {
    const { loop, note, frame } = harness();
    expect(() => loop.step()).toThrow(/pause/);
    loop.run(function* () {
      loop.pause();
      try {
        loop.step();
      } catch (error) {
        note(error instanceof Error);
      }
    });
    expect(frame()).toEqual([true]);
    expect(() => loop.step(Number.NaN)).toThrow(RangeError);
    expect(() => loop.step(Number.NaN)).toThrow("step(ms) takes a number from 0, got NaN");
    expect(() => loop.step(Infinity)).toThrow(TypeError);
    expect(() => loop.step(-1)).toThrow(RangeError);
    expect(() => loop.step("16" as unknown as number)).toThrow(TypeError);
    loop.step();
    expect(loop.frame?.index).toBe(1);
  });
});

describe("maxFps", () => {
  test.each([
    { hz: 60, maxFps: 30, expected: 30 },
    { hz: 144, maxFps: 60, expected: 60 },
    { hz: 75, maxFps: 60, expected: 60 },
    { hz: 240, maxFps: 24, expected: 24 },
    { hz: 60, maxFps: 60, expected: 60 },
    { hz: 30, maxFps: 60, expected: 30 },
    { hz: 60, maxFps: 1, expected: 1 },
    { hz: 60, maxFps: 59, expected: 59 },
    { hz: 63, maxFps: 60, expected: 60 },
    { hz: 59.94, maxFps: 60, expected: 59.94 },
    { hz: 98, maxFps: 90, expected: 90 },
    { hz: 165, maxFps: 144, expected: 144 },
    { hz: 240, maxFps: 200, expected: 200 },
    { hz: 1000, maxFps: 500, expected: 500 },
  ])("$maxFps at $hz Hz gives $expected frames a second", ({ hz, maxFps, expected }) => {
    const { driver, frames } = watched({ maxFps });
    for (let i = 0; i <= hz * 20; i++) driver.tick((i * 1000) / hz);
    expect(frames.length / 20).toBeGreaterThanOrEqual(expected * 0.98);
    expect(frames.length / 20).toBeLessThanOrEqual(expected * 1.005);
  });

  test("a display whose timestamps jitter keeps its rate", () => {
    const { driver, frames } = watched({ maxFps: 60 });
    for (let i = 0; i <= 600; i++) driver.tick((i * 1000) / 60 + (i % 3) * 0.3);
    expect(frames.length).toBeGreaterThanOrEqual(598);
  });

  test("delta is the time since the last frame that ran, and index counts only those", () => {
    const { driver, frames } = watched({ maxFps: 25 });
    for (let i = 0; i <= 10; i++) driver.tick(i * 20);
    expect(frames.map(({ index, delta }) => [index, delta])).toEqual(
      [1, 2, 3, 4, 5].map((index) => [index, 40]),
    );
  });

  test("no burst makes up for a gap", () => {
    const { driver, frames } = watched({ maxFps: 10 });
    for (const timestamp of [0, 5000, 5020, 5040, 5099, 5100]) driver.tick(timestamp);
    expect(frames.map(({ timestamp }) => timestamp).slice(0, 2)).toEqual([5000, 5099]);
  });

  test.each([
    { what: "at the same time", timestamps: [0, 0, 50] },
    { what: "after a gap of exactly two frames", timestamps: [-200, 0, 10] },
  ])("one more tick $what is too early", ({ timestamps }) => {
    const { loop, driver } = watched({ maxFps: 10 });
    for (const timestamp of timestamps) driver.tick(timestamp);
    expect(loop.frame?.timestamp).toBe(0);
    expect(loop.frame?.index).toBe(timestamps.indexOf(0));
  });

  test("a timestamp that goes backwards does not stop the frames", () => {
    const { driver, frames } = watched({ maxFps: 30 });
    for (let i = 0; i <= 10; i++) driver.tick(100_000 + i * 40);
    const before = frames.length;
    for (let i = 0; i <= 10; i++) driver.tick(i * 40);
    expect(frames.length - before).toBeGreaterThanOrEqual(10);
  });

  test.each([{}, { maxFps: 30 }])("nor does one that a pump saw, with %o", (options) => {
    const { driver, frames } = watched(options);
    driver.tick(100_000);
    driver.pump(0);
    for (let i = 1; i <= 10; i++) driver.tick(i * 40);
    expect(frames.length).toBe(10);
  });

  test("a frame that comes too early loses nothing and asks for the next one", () => {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver, maxFps: 10 });
    const arrival = pending();
    const log: unknown[] = [];
    loop.run(function* () {
      yield* arrival.wait;
      log.push("completion");
      yield* race([sleep(1), never()]);
      log.push("timer");
    });
    driver.tick(0);
    arrival.resolve();
    for (let time = 10; time < 400 && log.length < 2; time += 10) {
      expect(driver.frameWanted || driver.wakeTime < Infinity, `at ${time}`).toBe(true);
      driver.tick(time);
    }
    expect(log).toEqual(["completion", "timer"]);
  });
});
