import {
  AsyncEvent,
  breathe,
  engineDriver,
  isCurrent,
  Loop,
  manualDriver,
  nextFrame,
  sleep,
  spawn,
  type Frame,
  type LoopOptions,
  type ManualDriver,
  type Phase,
} from "awaitframe";
import { checkDriver } from "awaitframe/testing";
import { describe, expect, test } from "vitest";
import { fakePage } from "../support/fake-page.ts";
import { pending } from "../support/pending.ts";

const PHASES = ["update", "render", "after"] as const;

/** A loop in an engine whose work lies between the phases; `log` tells what ran, in order. */
function inEngine(options?: Partial<LoopOptions>) {
  const driver = manualDriver();
  const loop = new Loop({ driver, ...options });
  const log: string[] = [];
  const work: Partial<Record<Phase, () => void>> = {};
  const frame = (time: number, phases: readonly Phase[] = PHASES): string[] => {
    for (const phase of phases) {
      driver.tick(time, phase);
      log.push(`(${phase})`);
      work[phase]?.();
    }
    return log.splice(0);
  };
  const every = (phase: Phase, name: string = phase) =>
    loop.run(function* () {
      for (;;) {
        yield* nextFrame(phase);
        log.push(name);
      }
    });
  return { driver, loop, log, work, frame, every };
}

describe("a frame in parts", () => {
  test("runs each phase in its own part, around the engine's work", () => {
    const { frame, every } = inEngine();
    for (const phase of PHASES.toReversed()) every(phase);
    frame(0);
    expect(frame(16)).toEqual(["update", "(update)", "render", "(render)", "after", "(after)"]);
  });

  test("is one frame: the same to every part, current from the first to the last, and the next is another", () => {
    const { loop, work, frame } = inEngine();
    const seen: Frame[] = [];
    loop.run(function* () {
      for (;;) for (const phase of PHASES) seen.push(yield* nextFrame(phase));
    });
    const current: boolean[] = [];
    for (const phase of PHASES) work[phase] = () => current.push(isCurrent(loop.frame!));
    frame(0);
    frame(16);
    frame(33);
    expect(seen.map(({ index }) => index)).toEqual([1, 1, 1, 2, 2, 2]);
    expect(seen[0]!.rawDelta).toBe(16);
    expect(new Set(seen).size).toBe(2);
    expect(current.slice(-3)).toEqual([true, true, false]);
  });

  test("a part may run several phases, and a tick without a phase the whole frame", () => {
    const { driver, log, frame, every } = inEngine();
    for (const phase of PHASES) every(phase);
    driver.tick(0);
    expect(log.splice(0)).toEqual(["render", "after"]);
    expect(frame(16, ["render", "after"])).toEqual(["update", "render", "(render)", "after", "(after)"]);
    expect(frame(33, ["after"])).toEqual(["update", "render", "after", "(after)"]);
  });

  test("what the engine leaves out of a frame rests until the next one", () => {
    const { frame, every } = inEngine();
    for (const phase of PHASES) every(phase);
    frame(0);
    expect(frame(16, ["update"])).toEqual(["update", "(update)"]);
    expect(frame(33)).toEqual(["update", "(update)", "render", "(render)", "after", "(after)"]);
  });

  test("what the engine's work settles, or starts, goes on in the next part of the same frame", () => {
    const { loop, log, work, frame, every } = inEngine();
    const hit = new AsyncEvent();
    every("render");
    loop.run(function* () {
      yield* hit.wait();
      log.push(`hit in ${loop.frame!.index}`);
      yield* nextFrame("render");
      log.push(`shown in ${loop.frame!.index}`);
    });
    frame(0);
    work.update = () => {
      hit.set();
      loop.run(function* () {
        log.push("started");
        yield* nextFrame();
      });
      expect(log).toEqual(["(update)"]);
    };
    expect(frame(16)).toEqual([
      "(update)",
      "hit in 1",
      "render",
      "shown in 1",
      "started",
      "(render)",
      "(after)",
    ]);
  });

  test("timers end in the first part alone, on the clock of the frame", () => {
    const { loop, log, frame } = inEngine();
    loop.run(function* () {
      yield* sleep(10);
      log.push(`slept to ${loop.frame!.time}`);
    });
    frame(0);
    expect(frame(16)).toEqual(["slept to 16", "(update)", "(render)", "(after)"]);
  });

  test("a later part does not move the clock, though the engine's has gone on", () => {
    const { driver, loop } = inEngine();
    const times: number[] = [];
    loop.run(function* () {
      for (;;) for (const phase of PHASES) times.push((yield* nextFrame(phase)).timestamp);
    });
    driver.tick(0);
    driver.tick(16, "update");
    driver.tick(18, "render");
    driver.tick(20, "after");
    expect(times).toEqual([16, 16, 16]);
  });

  test("a child that is joined across parts costs no frame", () => {
    const { loop, log, frame } = inEngine();
    loop.run(function* () {
      yield* nextFrame();
      const child = yield* spawn(function* () {
        yield* nextFrame("render");
      });
      yield* child;
      log.push(`joined in ${loop.frame!.index}`);
    });
    frame(0);
    expect(frame(16)).toEqual(["(update)", "joined in 1", "(render)", "(after)"]);
  });

  test("a frame that maxFps holds back is held back in all its parts", () => {
    const { frame, every } = inEngine({ maxFps: 30 });
    for (const phase of PHASES) every(phase);
    frame(0);
    expect(frame(16)).toEqual(["(update)", "(render)", "(after)"]);
    expect(frame(34)).toEqual(["update", "(update)", "render", "(render)", "after", "(after)"]);
  });

  test("paused, its phases rest, and what comes from outside is delivered", () => {
    const { loop, log, frame, every } = inEngine();
    const arrival = pending();
    for (const phase of PHASES) every(phase);
    loop.run(function* () {
      yield* arrival.wait;
      log.push("arrived");
    });
    frame(0);
    loop.pause();
    arrival.resolve();
    expect(frame(16)).toEqual(["arrived", "(update)", "(render)", "(after)"]);
    loop.resume();
    expect(frame(33)).toEqual(["update", "(update)", "render", "(render)", "after", "(after)"]);
  });

  test("the loop may be stopped between two parts, and started again", () => {
    const { loop, work, frame, every } = inEngine();
    every("after");
    frame(0);
    work.update = () => loop.stop();
    expect(frame(16)).toEqual(["(update)", "(render)", "(after)"]);
    work.update = () => {};
    every("after", "again");
    frame(33);
    expect(frame(50)).toEqual(["(update)", "(render)", "again", "(after)"]);
  });

  test("after a pump in the middle, the frame is over", () => {
    const { driver, loop, frame, every } = inEngine();
    every("after");
    frame(0);
    driver.tick(16, "update");
    const { frame: left } = loop;
    driver.pump(20);
    expect(isCurrent(left!)).toBe(false);
    expect(frame(33, ["after"])).toEqual(["after", "(after)"]);
    expect(loop.frame!.index).toBe(2);
  });

  test("the driver knows after each frame whether another is wanted", () => {
    const { driver, loop, frame, every } = inEngine();
    const task = every("render");
    frame(0);
    expect(driver.frameRequested).toBe(true);
    frame(16);
    expect(driver.frameRequested).toBe(true);
    task.cancel();
    frame(33);
    expect(driver.frameRequested).toBe(false);
    loop.run(sleep(100));
    frame(50);
    expect(driver.wakeTime).toBe(150);
  });

  test("breathe, in each part, lets go when the budget of that part is used up", () => {
    const driver: ManualDriver & { cpuTime?(): number } = manualDriver();
    let cpu = 0;
    driver.cpuTime = () => cpu;
    const loop = new Loop({ driver, budget: 5 });
    const worked: number[] = [];
    loop.run(function* () {
      for (;;) {
        worked.push(loop.frame!.index);
        cpu += 2;
        yield* breathe();
      }
    });
    for (const phase of PHASES) driver.tick(0, phase);
    for (const phase of PHASES) driver.tick(16, phase);
    expect(worked).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test("an unknown phase is refused", () => {
    const { loop } = inEngine();
    expect(() => loop.tick(0, "draw" as Phase)).toThrow(/no phase "draw"/);
  });

  test("a part inside of a part is refused", () => {
    const { driver, loop, frame } = inEngine({ onError: (error) => errors.push(error) });
    const errors: unknown[] = [];
    loop.run(function* () {
      yield* nextFrame();
      driver.tick(20, "render");
    });
    frame(0);
    frame(16);
    expect(String(errors)).toMatch(/tick\(\) inside of tick\(\)/);
  });
});

describe("engineDriver", () => {
  test("passes the check, called in every frame of an engine", async () => {
    const engines: ReturnType<typeof setInterval>[] = [];
    await checkDriver(
      () => {
        const driver = engineDriver();
        engines.push(setInterval(() => driver.tick(performance.now()), 4));
        return driver;
      },
      { continuous: true },
    );
    for (const engine of engines) clearInterval(engine);
    expect(engines.length).toBeGreaterThan(5);
  });

  test("passes the check in an engine that makes frames on demand", async () => {
    let wanted = 0;
    await checkDriver(() => {
      const driver = engineDriver({
        requestFrame: () => {
          wanted++;
          setTimeout(() => driver.tick(performance.now()), 4);
        },
      });
      return driver;
    });
    expect(wanted).toBeGreaterThan(0);
  });

  test("asks the engine for a frame when a task waits for one, once", () => {
    let wanted = 0;
    const driver = engineDriver({ requestFrame: () => wanted++ });
    const loop = new Loop({ driver });
    loop.run(function* () {
      yield* nextFrame();
      yield* sleep(1000);
    });
    loop.run(nextFrame());
    expect(wanted).toBe(1);
    for (const phase of PHASES) driver.tick(performance.now(), phase);
    const afterFirst = wanted;
    for (const phase of PHASES) driver.tick(performance.now(), phase);
    expect(afterFirst).toBeGreaterThan(1);
    expect(loop.frame!.index).toBe(1);
    loop.stop();
  });

  test("in a hidden tab, where the engine makes no frames, sleeps and arrivals go on", () => {
    const page = fakePage();
    const driver = engineDriver();
    const loop = new Loop({ driver });
    const arrival = pending();
    const log: string[] = [];
    loop.run(function* () {
      yield* sleep(300);
      log.push("slept");
      yield* arrival.wait;
      log.push("arrived");
      yield* nextFrame();
      log.push("drawn");
    });
    driver.tick(performance.now());
    page.hide();
    page.pass(2000);
    expect(log).toEqual(["slept"]);
    arrival.resolve();
    page.pass(50);
    expect(log).toEqual(["slept", "arrived"]);
    page.show();
    page.pass(50);
    driver.tick(performance.now());
    expect(log).toEqual(["slept", "arrived", "drawn"]);
  });

  test("before the engine's first frame, and after its last, what arrives is delivered at once", () => {
    const page = fakePage();
    const driver = engineDriver();
    const loop = new Loop({ driver });
    const arrivals = Array.from({ length: 4 }, () => pending());
    let received = 0;
    loop.run(function* () {
      for (const { wait } of arrivals) {
        yield* wait;
        received++;
      }
      yield* nextFrame();
      received++;
    });
    const deliver = (ms: number): void => {
      arrivals[received]!.resolve();
      page.pass(ms);
    };
    page.pass(2);
    deliver(2);
    expect(received).toBe(1);
    driver.tick(performance.now());
    // The engine may only be slow.
    deliver(500);
    expect(received).toBe(1);
    page.pass(1000);
    expect(received).toBe(2);
    deliver(2);
    deliver(2);
    expect(received).toBe(4);
    driver.tick(performance.now());
    expect(received).toBe(5);
  });
});

test("a requestFrame that is no function is refused at the call", () => {
  expect(() => engineDriver({ requestFrame: 5 as never })).toThrow(TypeError);
});
