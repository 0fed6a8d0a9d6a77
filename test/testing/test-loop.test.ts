import { breathe, type Loop, nextFrame, once, sleep, spawn, until } from "awaitframe";
import { testLoop } from "awaitframe/testing";
import { describe, expect, test, vi } from "vitest";

describe("advanceFrames", () => {
  test("runs one frame by default, and as many as are asked for", async () => {
    const { loop, advanceFrames } = testLoop();
    await advanceFrames();
    expect(loop.frame?.index).toBe(0);
    await advanceFrames(4);
    expect(loop.frame?.index).toBe(4);
    await advanceFrames(0);
    expect(loop.frame?.index).toBe(4);
  });

  test("follows the rate of the display, exactly, for a day", async () => {
    const { now, tick } = testLoop({ fps: 50 });
    for (let i = 0; i < 100; i++) tick();
    expect(now()).toBe(2000);
  });

  test("a time of whole frames takes so many frames, wherever it begins", async () => {
    const { loop, advanceFrames } = testLoop();
    const took: number[] = [];
    loop.run(function* () {
      for (let i = 0; i < 50; i++) {
        const { index } = yield* nextFrame();
        yield* sleep(100);
        took.push((yield* nextFrame()).index - index);
      }
    });
    await advanceFrames(400);
    expect(took).toHaveLength(50);
    expect(new Set(took)).toEqual(new Set([6]));
  });

  test("promises get their turn before each frame, however long their chain is", async () => {
    const { loop, advanceFrames } = testLoop();
    const late = async () => {
      for (let i = 0; i < 50; i++) await null;
      return "late";
    };
    const task = loop.run(function* () {
      yield* nextFrame();
      const value = yield* until(late);
      return [value, loop.frame?.index];
    });
    await advanceFrames(3);
    expect(await task).toEqual(["late", 2]);
  });

  test("needs no timers, so that a test may replace them", async () => {
    vi.useFakeTimers();
    try {
      const { loop, advanceFrames } = testLoop();
      const task = loop.run(until(Promise.resolve(1)));
      await advanceFrames(2);
      expect(task.state).toBe("done");
    } finally {
      vi.useRealTimers();
    }
  });

  test("a forgotten await is told", async () => {
    const { advanceFrames, advanceTime } = testLoop();
    const first = advanceFrames(2);
    await expect(advanceTime(10)).rejects.toThrow("advanceTime() while advanceFrames() still runs: await it");
    await first;
    await advanceTime(10);
  });
});

describe("advanceTime", () => {
  test("runs only the frames that the loop asks for, as a page does", async () => {
    const { loop, advanceTime, now } = testLoop({ fps: 50 });
    loop.run(sleep(1000));
    await advanceTime(5000);
    // One to begin, one to end.
    expect(loop.frame).toMatchObject({ index: 1, time: 1000 });
    expect(now()).toBe(5000);
  });

  test("runs all of them for a task that waits for each", async () => {
    const { loop, advanceTime } = testLoop();
    loop.run(function* () {
      for (;;) yield* nextFrame();
    });
    await advanceTime(1000);
    expect(loop.frame?.index).toBe(59);
    for (let i = 0; i < 600; i++) await advanceTime(1000 / 60);
    expect(loop.frame?.index).toBe(659);
  });

  test("time may pass between frames", async () => {
    const { loop, advanceTime, now } = testLoop({ fps: 10 });
    loop.run(function* () {
      for (;;) yield* nextFrame();
    });
    await advanceTime(130);
    expect([loop.frame?.index, now()]).toEqual([0, 130]);
    await advanceTime(60);
    expect([loop.frame?.index, now()]).toEqual([0, 190]);
    await advanceTime(10);
    expect([loop.frame?.index, now()]).toEqual([1, 200]);
  });

  test("maxFps holds", async () => {
    const { loop, advanceTime } = testLoop({ maxFps: 30 });
    loop.run(function* () {
      for (;;) yield* nextFrame();
    });
    await advanceTime(1000);
    expect(loop.frame?.index).toBe(29);
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])("refuses %s", async (time) => {
    await expect(testLoop().advanceTime(time)).rejects.toThrow(RangeError);
  });
});

describe("runUntilIdle", () => {
  test("runs until all that the loop waits for is outside", async () => {
    const { loop, runUntilIdle } = testLoop({ fps: 10 });
    const target = new EventTarget();
    const sleeper = loop.run(sleep(24 * 3600 * 1000));
    const waiter = loop.run(function* () {
      yield* until(Promise.resolve());
      yield* once(target, "go");
      return "went";
    });
    expect(await runUntilIdle()).toBe(3);
    expect([sleeper.state, waiter.state]).toEqual(["done", "waiting"]);
    target.dispatchEvent(new Event("go"));
    expect(await runUntilIdle()).toBe(1);
    expect(await waiter).toBe("went");
    expect(await runUntilIdle()).toBe(0);
  });

  test("names the tasks that never are", async () => {
    const { loop, runUntilIdle } = testLoop();
    loop.run(
      function* () {
        yield* spawn(
          function* () {
            for (;;) yield* nextFrame("render");
          },
          { name: "draw" },
        );
        yield* sleep(Number.POSITIVE_INFINITY);
      },
      { name: "app" },
    );
    await expect(runUntilIdle({ maxFrames: 20 })).rejects.toThrow(
      'not idle after 20 frames: app waits for sleep(Infinity); app > draw waits for nextFrame("render")',
    );
  });
});

test("errors are collected, in order, and passed on", async () => {
  const onError = vi.fn<() => void>();
  const { loop, errors, advanceFrames } = testLoop({ onError });
  for (const message of ["one", "two"]) {
    loop.run(() => {
      throw new Error(message);
    });
  }
  await advanceFrames();
  expect(errors).toMatchObject([{ message: "one" }, { message: "two" }]);
  expect(onError).toHaveBeenCalledTimes(2);
});

test("tick runs one frame at once, pump delivers without one", () => {
  const { loop, tick, pump } = testLoop();
  const task = loop.run(function* () {
    yield* sleep(0);
    yield* nextFrame();
  });
  pump();
  expect(task.waitsFor).toBe("sleep(0)");
  pump();
  expect(task.waitsFor).toBe('nextFrame("update")');
  pump();
  expect(task.state).toBe("waiting");
  tick();
  expect(task.state).toBe("done");
});

describe("spend", () => {
  test("uses up the frame's budget", async () => {
    const { loop, spend, advanceFrames } = testLoop({ budget: 8 });
    let slices = 0;
    loop.run(function* () {
      for (;;) {
        slices++;
        spend(3);
        yield* breathe();
      }
    });
    await advanceFrames();
    expect(slices).toBe(3);
    await advanceFrames();
    expect(slices).toBe(6);
  });

  test("a frame that takes too long delays the next one", async () => {
    const { loop, spend, advanceFrames } = testLoop({ fps: 50 });
    const task = loop.run(function* () {
      yield* nextFrame();
      spend(50);
      return (yield* nextFrame()).delta;
    });
    await advanceFrames(3);
    expect(await task).toBe(60);
  });
});

describe("trace", () => {
  const program = (options?: Parameters<typeof testLoop>[0]) => {
    const test = testLoop({ trace: true, fps: 50, ...options });
    test.loop.run(function* app() {
      yield* spawn(function* blink() {
        for (;;) yield* sleep(40);
      });
      for (let i = 0; i < 2; i++) yield* nextFrame("render");
      throw new Error("oh");
    });
    return test;
  };

  test("tells what ran in which frame, and what it then waited for", async () => {
    const { trace, advanceFrames } = program();
    await advanceFrames(5);
    expect(trace).toEqual([
      '0 app: nextFrame("render")',
      "0 app > blink: sleep(40)",
      '0 app: nextFrame("render")',
      "1 app: threw Error: oh",
      "1 app > blink: cancelled",
    ]);
  });

  test("is the same each time", async () => {
    const [first, second] = [program(), program()];
    await first.advanceFrames(5);
    await second.advanceFrames(5);
    expect(second.trace).toEqual(first.trace);
  });

  test("changes nothing", async () => {
    const { loop, errors, advanceFrames } = testLoop({ trace: true });
    expect(() => loop.run(1 as never)).toThrow(TypeError);
    const asyncTask = loop.run(async (wait) => (await wait(nextFrame())).index);
    const named = loop.run(sleep(0), { name: "named" });
    const unnamed = loop.run(() => 3 as never);
    await advanceFrames(3);
    expect(await asyncTask).toBe(1);
    expect(named.name).toBe("named");
    expect(unnamed.state).toBe("failed");
    expect(errors).toMatchObject([{ message: expect.stringContaining("expected an operation") }]);
  });

  test("is not written when not asked for", async () => {
    const { trace, advanceFrames } = program({ trace: false });
    await advanceFrames(5);
    expect(trace).toEqual([]);
  });
});

test("the loop is a loop of the kit", async () => {
  const { loop } = testLoop();
  const takesLoop = (given: Loop) => given.run(sleep(0));
  expect(takesLoop(loop).loop).toBe(loop);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("%s frames per second are refused", (fps) => {
  expect(() => testLoop({ fps })).toThrow(RangeError);
});

test.each([-1, 1.5, Number.NaN, Infinity, "3"])("advanceFrames(%o) is refused", async (count) => {
  await expect(testLoop().advanceFrames(count as number)).rejects.toThrow(RangeError);
});

test.each([0, -1, Number.NaN, Infinity, "60"])("a rate of %o frames a second is refused", (fps) => {
  expect(() => testLoop({ fps: fps as number })).toThrow("fps is a number above 0");
});
