import { Loop, manualDriver, nextFrame, sleep } from "awaitframe";
import { describe, expect, test } from "vitest";
import { never, pending } from "../support/pending.ts";

describe("manualDriver", () => {
  test("calls nothing by itself; tick runs a frame", () => {
    const driver = manualDriver();
    const loop = new Loop({ driver });
    const log: number[] = [];
    loop.run(function* () {
      while (true) log.push((yield* nextFrame()).timestamp);
    });
    expect(log).toEqual([]);
    for (const time of [100, 116, 132]) driver.tick(time);
    expect(log).toEqual([116, 132]);
  });

  test("tick of the loop itself does the same", () => {
    const loop = new Loop({ driver: manualDriver() });
    const log: number[] = [];
    loop.run(function* () {
      while (true) log.push((yield* nextFrame()).timestamp);
    });
    for (const time of [100, 116, 132]) loop.tick(time);
    expect(log).toEqual([116, 132]);
  });

  test("tells whether a frame was asked for since the last one, and when to wake", () => {
    const driver = manualDriver();
    const loop = new Loop({ driver });
    expect([driver.frameRequested, driver.wakeTime]).toEqual([false, Infinity]);
    loop.run(function* () {
      yield* nextFrame();
      yield* sleep(100);
    });
    expect(driver.frameRequested).toBe(true);
    driver.tick(1000);
    expect([driver.frameRequested, driver.wakeTime]).toEqual([true, Infinity]);
    driver.tick(1016);
    expect([driver.frameRequested, driver.wakeTime]).toEqual([false, 1116]);
    driver.tick(1116);
    expect([driver.frameRequested, driver.wakeTime]).toEqual([false, Infinity]);
  });

  test("pump delivers without a frame", () => {
    const driver = manualDriver();
    const loop = new Loop({ driver });
    const arrival = pending();
    const log: string[] = [];
    loop.run(function* () {
      yield* arrival.wait;
      log.push("arrived");
      yield* nextFrame();
      log.push("drawn");
    });
    driver.tick(0);
    arrival.resolve();
    driver.pump(16);
    expect(log).toEqual(["arrived"]);
    expect(driver.frameRequested).toBe(true);
    driver.tick(32);
    expect(log).toEqual(["arrived", "drawn"]);
  });

  test("its clock shows the last timestamp", () => {
    const driver = manualDriver();
    new Loop({ driver }).run(never());
    driver.tick(50);
    expect(driver.now()).toBe(50);
    driver.pump(70);
    expect(driver.now()).toBe(70);
  });

  test("without a loop, or after its loop has stopped, a tick does nothing", () => {
    const driver = manualDriver();
    driver.tick(0);
    driver.pump(5);
    const loop = new Loop({ driver });
    loop.run(nextFrame());
    loop.run(sleep(100));
    driver.tick(10);
    loop.stop();
    expect([driver.frameRequested, driver.wakeTime]).toEqual([false, Infinity]);
    driver.tick(20);
    expect(loop.frame?.index).toBe(0);
  });

  test("serves one loop at a time, and another one after that", () => {
    const driver = manualDriver();
    const errors: unknown[] = [];
    const first = new Loop({ driver });
    const second = new Loop({ driver, onError: (error) => errors.push(error) });
    first.run(never());
    second.run(never());
    expect(String(errors[0])).toMatch(/loop/);
    second.stop();
    first.stop();
    const log: string[] = [];
    const third = new Loop({ driver });
    third.run(function* () {
      log.push("third");
    });
    driver.tick(0);
    expect(log).toEqual(["third"]);
  });
});

test("a tick at no time is refused, and no sleep counts from there", async () => {
  const driver = manualDriver();
  const loop = new Loop({ driver });
  let ended = false;
  loop.run(never());
  driver.tick(100);
  expect(() => driver.tick(Number.NaN)).toThrow(TypeError);
  expect(() => driver.pump(Number.NaN)).toThrow(TypeError);
  loop.run(async (wait) => {
    await null;
    await wait(sleep(10));
    ended = true;
  });
  for (let time = 116; time < 200; time += 16) {
    driver.tick(time);
    for (let i = 0; i < 9; i++) await null;
  }
  expect(ended).toBe(true);
});
