import { breathe, Loop, nextFrame, sleep } from "awaitframe";
import { describe, expect, test } from "vitest";
import { macrotask } from "../support/harness.ts";
import { RecordingDriver } from "../support/recording-driver.ts";

/** A loop whose processor time a test moves by hand. */
function budgeted(budget?: number) {
  const driver = new RecordingDriver();
  const log: unknown[] = [];
  const loop = new Loop({ driver, budget, onError: (error) => log.push(error) });
  return { driver, loop, log };
}

/** Works in slices, each of `ms`. */
function slices({ driver, loop, log }: ReturnType<typeof budgeted>, count: number, ms: number) {
  return function* worker() {
    for (let i = 0; i < count; i++) {
      driver.cpu += ms;
      log.push(loop.frame?.index);
      yield* breathe();
    }
  };
}

describe("breathe", () => {
  test.each([
    { budget: undefined, perFrame: 8, what: "8 ms by default" },
    { budget: 3, perFrame: 3, what: "3 ms" },
    { budget: 0.5, perFrame: 1, what: "half a millisecond" },
  ])("goes on at once within the budget, else in the next frame: $what", ({ budget, perFrame }) => {
    const all = budgeted(budget);
    all.loop.run(slices(all, 20, 1));
    for (let frame = 0; frame < 25; frame++) all.driver.tick(frame * 16);
    expect(all.log).toEqual(Array.from({ length: 20 }, (_, slice) => Math.floor(slice / perFrame)));
  });

  test("does not let go while there is time, however often: it is no runaway", () => {
    const all = budgeted();
    all.loop.run(slices(all, 50_000, 0));
    all.driver.tick(0);
    expect(all.log).toHaveLength(50_000);
    expect(all.loop.tasks).toEqual([]);
  });

  test("the budget is that of the frame, for all tasks together", () => {
    const all = budgeted(4);
    for (let i = 0; i < 3; i++) all.loop.run(slices(all, 4, 1));
    for (let frame = 0; frame < 10; frame++) all.driver.tick(frame * 16);
    expect(all.log.filter((frame) => frame === 0)).toHaveLength(6);
    expect(all.log).toHaveLength(12);
  });

  test("a task that has used it up runs no more than once a frame, and others are not held up", () => {
    const all = budgeted(1);
    all.loop.run(slices(all, 5, 50));
    const drawn: number[] = [];
    all.loop.run(function* () {
      while (true) drawn.push((yield* nextFrame("render")).index);
    });
    for (let frame = 0; frame < 5; frame++) all.driver.tick(frame * 100);
    expect(all.log).toEqual([0, 1, 2, 3, 4]);
    expect(drawn).toEqual([0, 1, 2, 3, 4]);
  });

  test("asks the driver to be called again when it lets go", () => {
    const all = budgeted(1);
    all.loop.run(slices(all, 2, 50));
    all.driver.tick(0);
    expect(all.driver.frameWanted || all.driver.wakeTime <= 0).toBe(true);
  });

  test("goes on in a hidden page, by the pump", () => {
    const all = budgeted(1);
    all.loop.run(slices(all, 3, 50));
    for (let pump = 1; pump <= 5; pump++) all.driver.pump(pump * 1000);
    expect(all.log).toHaveLength(3);
  });

  test("can be cancelled while it has let go", () => {
    const all = budgeted(1);
    const task = all.loop.run(slices(all, 5, 50));
    all.driver.tick(0);
    task.cancel();
    all.driver.tick(16);
    expect(task.state).toBe("cancelled");
    expect(all.log).toEqual([0]);
  });

  test("stands still while the loop is paused", () => {
    const all = budgeted(1);
    all.loop.run(slices(all, 2, 50));
    all.driver.tick(0);
    all.loop.pause();
    all.driver.tick(16);
    expect(all.log).toHaveLength(1);
    all.loop.resume();
    all.driver.tick(32);
    expect(all.log).toHaveLength(2);
  });

  test("works in an async function", async () => {
    const { driver, loop, log } = budgeted(2);
    loop.run(async (wait) => {
      await wait(sleep(0));
      for (let i = 0; i < 6; i++) {
        driver.cpu += 1;
        log.push(loop.frame?.index);
        await wait(breathe());
      }
    });
    for (let frame = 0; frame < 8; frame++) {
      driver.tick(frame * 16);
      await macrotask();
    }
    expect(log).toHaveLength(6);
    expect(new Set(log).size).toBeGreaterThan(1);
  });

  test("measures real time where the driver has no clock of its own", () => {
    const driver = new RecordingDriver();
    const loop = new Loop({
      driver: {
        attach: (host) => driver.attach(host),
        detach: () => driver.detach(),
        now: () => driver.now(),
        requestFrame: () => driver.requestFrame(),
        requestWake: (time) => driver.requestWake(time),
      },
      // Long enough for two rounds, however busy the machine is.
      budget: 100,
    });
    let slices = 0;
    const task = loop.run(function* () {
      while (true) {
        slices++;
        yield* breathe();
      }
    });
    driver.tick(0);
    expect(slices).toBeGreaterThan(1);
    expect(task.state).toBe("waiting");
  });
});
