import {
  AsyncEvent,
  breathe,
  Loop,
  nextFrame,
  once,
  race,
  sleep,
  timeout,
  until,
  type Operation,
  type Phase,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { CountedTarget } from "../support/counted-target.ts";
import { macrotask } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";
import { RecordingDriver } from "../support/recording-driver.ts";

function recorded() {
  const driver = new RecordingDriver();
  const loop = new Loop({ driver });
  return { driver, loop };
}

/** What the loop wants of its driver at present. */
function wanted(driver: RecordingDriver): { frame: boolean; wake: number } {
  return { frame: driver.frameWanted, wake: driver.wakeTime };
}

const NOTHING = { frame: false, wake: Infinity };

/** Calls the loop as a driver at 60 Hz would: only where it was asked to. Gives the number of calls. */
function drive(driver: RecordingDriver, from: number, to: number): number {
  let calls = 0;
  for (let time = from; time < to; time += 1000 / 60) {
    driver.time = time;
    if (!driver.frameWanted && driver.wakeTime > time) continue;
    driver.wakeTime = Infinity;
    driver.tick(time);
    calls++;
  }
  return calls;
}

describe("the loop asks its driver for nothing when nobody waits", () => {
  test("a new loop does not even attach", () => {
    const { driver } = recorded();
    expect(driver.asked()).toEqual([]);
  });

  test("a task that starts is reason for a frame", () => {
    const { driver, loop } = recorded();
    loop.run(nextFrame());
    expect(driver.asked()).toContain("attach");
    expect(driver.frameWanted).toBe(true);
  });

  test("a task that has ended is none", () => {
    const { driver, loop } = recorded();
    loop.run(function* () {});
    driver.tick(0);
    expect(wanted(driver)).toEqual(NOTHING);
  });

  test.each<Phase>(["update", "render", "after"])("a task that waits for %s wants frames", (phase) => {
    const { driver, loop } = recorded();
    loop.run(function* () {
      while (true) yield* nextFrame(phase);
    });
    for (let frame = 0; frame < 3; frame++) {
      driver.tick(frame * 16);
      expect(driver.frameWanted).toBe(true);
    }
  });

  const target = new CountedTarget();
  test.each<{ what: string; operation: () => Operation<unknown> }>([
    { what: "an event", operation: () => new AsyncEvent().wait() },
    { what: "an event of a target", operation: () => once(target, "click") },
    { what: "a promise", operation: () => until(new Promise(() => {})) },
    { what: "an action", operation: () => never() },
    { what: "an endless sleep", operation: () => sleep(Infinity) },
    { what: "a race of these", operation: () => race([new AsyncEvent().wait(), sleep(Infinity)]) },
    { what: "a time without a limit", operation: () => timeout(Infinity, never()) },
  ])("a task that waits for $what wants neither frames nor a wake-up", ({ operation }) => {
    const { driver, loop } = recorded();
    loop.run(operation());
    driver.tick(0);
    expect(wanted(driver)).toEqual(NOTHING);
  });

  test("a task that sleeps wants a wake-up at its deadline, on the driver's clock, and no frame", () => {
    const { driver, loop } = recorded();
    loop.run(sleep(300));
    loop.run(sleep(100));
    loop.run(race([sleep(200), never()]));
    driver.tick(5000);
    expect(wanted(driver)).toEqual({ frame: false, wake: 5100 });
    driver.tick(5100);
    expect(wanted(driver)).toEqual({ frame: false, wake: 5200 });
    driver.tick(5200);
    expect(wanted(driver)).toEqual({ frame: false, wake: 5300 });
    driver.tick(5300);
    expect(wanted(driver)).toEqual(NOTHING);
  });

  test("a wake-up takes a pause into account", () => {
    const { driver, loop } = recorded();
    loop.run(sleep(100));
    driver.tick(0);
    driver.time = 40;
    loop.pause();
    expect(wanted(driver)).toEqual(NOTHING);
    driver.time = 1000;
    loop.resume();
    expect(wanted(driver)).toEqual({ frame: false, wake: 1060 });
  });

  test("what arrives from outside is reason for a call as soon as possible", () => {
    const { driver, loop } = recorded();
    const arrival = pending();
    loop.run(arrival.wait);
    driver.tick(0);
    arrival.resolve();
    expect(wanted(driver)).toEqual({ frame: true, wake: -Infinity });
    driver.tick(16);
    expect(wanted(driver)).toEqual(NOTHING);
  });

  test("so is a promise, once it has settled", async () => {
    const { driver, loop } = recorded();
    loop.run(until(Promise.resolve()));
    driver.tick(0);
    expect(wanted(driver)).toEqual(NOTHING);
    await macrotask();
    expect(wanted(driver)).toEqual({ frame: true, wake: -Infinity });
  });

  test.each<{ what: string; operation: () => Operation<unknown> }>([
    { what: "a frame", operation: () => nextFrame() },
    { what: "a time", operation: () => sleep(60_000) },
    { what: "a time in a combinator", operation: () => timeout(60_000, never()) },
  ])("a task that is cancelled while it waits for $what no longer wants it", ({ operation }) => {
    const { driver, loop } = recorded();
    const task = loop.run(operation());
    driver.tick(0);
    task.cancel();
    driver.frameWanted = false;
    driver.tick(16);
    expect(wanted(driver)).toEqual(NOTHING);
  });

  test("a sleep that is cancelled between frames takes its wake-up back at once", () => {
    const { driver, loop } = recorded();
    const task = loop.run(sleep(60_000));
    driver.tick(0);
    expect(driver.wakeTime).toBe(60_000);
    task.cancel();
    expect(driver.wakeTime).toBe(Infinity);
  });

  test("stop takes everything back", () => {
    const { driver, loop } = recorded();
    loop.run(nextFrame());
    loop.run(sleep(100));
    driver.tick(0);
    driver.asked();
    loop.stop();
    expect(driver.asked()).toContain("detach");
  });

  test("a paused loop wants nothing, whoever waits, until something arrives", () => {
    const { driver, loop } = recorded();
    const arrival = pending();
    loop.run(function* () {
      while (true) yield* nextFrame();
    });
    loop.run(sleep(100));
    loop.run(arrival.wait);
    driver.tick(0);
    loop.pause();
    driver.tick(16);
    expect(wanted(driver)).toEqual(NOTHING);
    arrival.resolve();
    expect(wanted(driver)).toEqual({ frame: true, wake: -Infinity });
    driver.tick(32);
    expect(wanted(driver)).toEqual(NOTHING);
    loop.resume();
    expect(driver.frameWanted).toBe(true);
  });

  test("a task that is started in a pause wants nothing until the loop goes on", () => {
    const { driver, loop } = recorded();
    loop.run(never());
    driver.tick(0);
    loop.pause();
    loop.run(nextFrame());
    expect(wanted(driver)).toEqual(NOTHING);
    driver.tick(16);
    expect(wanted(driver)).toEqual(NOTHING);
    loop.resume();
    expect(driver.frameWanted).toBe(true);
  });

  test("asks for a frame once, however many wait for it", () => {
    const { driver, loop } = recorded();
    for (let i = 0; i < 100; i++) loop.run(nextFrame());
    driver.tick(0);
    driver.asked();
    driver.tick(16);
    for (let i = 0; i < 100; i++) loop.run(nextFrame());
    expect(driver.asked().filter((call) => call === "frame")).toHaveLength(1);
  });

  test("asks for a wake-up once, until it wants another", () => {
    const { driver, loop } = recorded();
    const [late, early] = [loop.run(sleep(200)), loop.run(sleep(100))];
    driver.tick(0);
    expect(driver.asked().at(-1)).toBe("wake 100");
    late.cancel();
    expect(driver.asked()).toEqual([]);
    early.cancel();
    expect(driver.asked()).toEqual(["wake Infinity"]);
  });

  test("who cancels the next one in a phase, and waits for the phase again, still gets frames", () => {
    const { driver, loop } = recorded();
    const [first] = [0, 1].map((index) =>
      loop.run(function* () {
        while (true) {
          yield* nextFrame();
          if (index === 0) second!.cancel();
        }
      }),
    );
    const [, second] = loop.tasks;
    driver.tick(0);
    driver.tick(16);
    expect(second!.state).toBe("cancelled");
    expect(first!.state).toBe("waiting");
    expect(driver.frameWanted).toBe(true);
  });

  test("a stop asks for nothing more, whatever it cancels", () => {
    const { driver, loop } = recorded();
    for (const ms of [300, 200, 100]) loop.run(sleep(ms));
    driver.tick(0);
    driver.asked();
    loop.stop();
    expect(driver.asked()).toEqual(["detach"]);
  });

  test("asks for nothing while a frame runs, but at its end", () => {
    const { driver, loop } = recorded();
    const during: string[] = [];
    loop.run(function* () {
      driver.asked();
      loop.run(sleep(0));
      new AsyncEvent().set();
      during.push(...driver.asked());
      yield* nextFrame();
    });
    driver.tick(0);
    expect(during).toEqual([]);
    expect(driver.frameWanted).toBe(true);
  });
});

describe("with a driver that calls only when it is asked to", () => {
  test("an idle loop is not called at all", () => {
    const { driver, loop } = recorded();
    loop.run(never());
    loop.run(sleep(Infinity));
    expect(drive(driver, 0, 60_000)).toBe(1);
  });

  test("a task that sleeps a second is called once a second", () => {
    const { driver, loop } = recorded();
    let woken = 0;
    loop.run(function* () {
      while (true) {
        yield* sleep(1000);
        woken++;
      }
    });
    const calls = drive(driver, 0, 60_100);
    expect(woken).toBe(60);
    expect(calls).toBeLessThanOrEqual(62);
  });

  test("everything still happens: frames, sleeps, slices and arrivals", () => {
    const { driver, loop } = recorded();
    const log: string[] = [];
    const arrival = pending();
    loop.run(function* () {
      yield* sleep(100);
      log.push("slept");
      for (let i = 0; i < 5; i++) yield* nextFrame();
      log.push("drawn");
      driver.cpu += 1000;
      yield* breathe();
      log.push("breathed");
      yield* arrival.wait;
      log.push("arrived");
      yield* sleep(0);
      log.push("end");
    });
    drive(driver, 0, 1000);
    expect(log).toEqual(["slept", "drawn", "breathed"]);
    arrival.resolve();
    drive(driver, 1000, 2000);
    expect(log).toEqual(["slept", "drawn", "breathed", "arrived", "end"]);
    expect(wanted(driver)).toEqual(NOTHING);
  });

  test.each([{ maxFps: 30 }, { maxFps: 10 }, {}])("frames keep coming under %o", (options) => {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver, ...options });
    let frames = 0;
    loop.run(function* () {
      while (true) {
        yield* nextFrame();
        frames++;
      }
    });
    drive(driver, 0, 10_000);
    const expected = 10 * (options.maxFps ?? 60);
    expect(frames).toBeGreaterThan(expected * 0.97);
    expect(frames).toBeLessThanOrEqual(expected + 1);
  });
});

describe("a driver that fails", () => {
  const BROKEN = ["attach", "requestFrame", "requestWake", "detach"] as const;

  test.each(BROKEN)("in %s is reported, without a task, and harms no caller", (method) => {
    const driver = new RecordingDriver();
    const errors: unknown[] = [];
    const loop = new Loop({ driver, onError: (error, task) => errors.push(error, task) });
    const fault = new Error("driver");
    let broken = true;
    const whole = driver[method].bind(driver) as (argument: never) => void;
    driver[method] = (argument?: unknown) => {
      if (broken) throw fault;
      whole(argument as never);
    };
    let ended = false;
    const run = () =>
      loop.run(function* () {
        yield* sleep(10);
        ended = true;
      });
    run();
    driver.tick(0);
    loop.stop();
    expect(errors.slice(0, 2)).toEqual([fault, null]);
    expect(new Set(errors)).toEqual(new Set([fault, null]));

    broken = false;
    ended = false;
    run();
    driver.host ??= loop;
    driver.tick(1000);
    driver.tick(1020);
    expect(ended).toBe(true);
  });

  test("to give a frame once is asked again at the next occasion", () => {
    const driver = new RecordingDriver();
    const errors: unknown[] = [];
    const loop = new Loop({ driver, onError: (error) => errors.push(error) });
    const request = driver.requestFrame.bind(driver);
    driver.requestFrame = () => {
      driver.requestFrame = request;
      throw new Error("not now");
    };
    loop.run(nextFrame());
    expect(driver.frameWanted).toBe(false);
    loop.run(nextFrame());
    expect(driver.frameWanted).toBe(true);
    expect(errors).toHaveLength(1);
  });

  test("by a tick that it makes at a wrong time hears of it, and the loop goes on", () => {
    const { driver, loop } = recorded();
    const log: unknown[] = [];
    loop.run(function* () {
      try {
        driver.tick(5);
      } catch (error) {
        log.push(error instanceof Error);
      }
      yield* nextFrame();
      log.push("goes on");
    });
    driver.tick(0);
    expect(() => driver.tick(Number.NaN)).toThrow(TypeError);
    driver.tick(16);
    expect(log).toEqual([true, "goes on"]);
  });
});

test("with maxFps, a sleep that is due asks for no frame before there may be one", () => {
  const driver = new RecordingDriver();
  const loop = new Loop({ driver, maxFps: 2 });
  loop.run(function* () {
    while (true) yield* sleep(50);
  });
  driver.tick(0);
  expect(driver.wakeTime).toBe(500);
  driver.tick(500);
  expect([driver.frameWanted, driver.wakeTime]).toEqual([false, 1000]);
});
