import { all, AsyncEvent, Loop, nextFrame, race, sleep, spawn, timeout, type Operation } from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness, macrotask, type Harness } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";
import { RecordingDriver } from "../support/recording-driver.ts";

/** Timestamps of frames, for some seconds. */
const RATES: { rate: string; times: number[] }[] = [
  ...[10, 24, 30, 60, 144, 240].map((hz) => ({
    rate: `${hz} Hz`,
    times: Array.from({ length: hz * 12 }, (_, index) => (index * 1000) / hz),
  })),
  { rate: "irregular frames", times: irregular(12_000, (random) => 3 + random * 40) },
  { rate: "mostly quick frames with slow ones", times: irregular(12_000, (r) => (r > 0.9 ? 95 : 7)) },
];

function irregular(end: number, gap: (random: number) => number): number[] {
  const times = [0];
  let seed = 7;
  while (times.at(-1)! < end) {
    seed = (seed * 48_271) % 2_147_483_647;
    times.push(times.at(-1)! + gap(seed / 2_147_483_647));
  }
  return times;
}

/** The times at which a task notes something, with a frame at each of `times`. */
function resumedAt({ frame }: Harness, times: number[]): number[] {
  return times.flatMap((time) => frame(time).map(() => time));
}

describe("sleep resumes in the first frame at or after its deadline", () => {
  test.each([
    { ms: 0, at: 16 },
    { ms: 1, at: 16 },
    { ms: 16, at: 16 },
    { ms: 16.5, at: 32 },
    { ms: 17, at: 32 },
    { ms: 32, at: 32 },
    { ms: 100, at: 112 },
  ])("$ms ms, with frames 16 ms apart: at $at", ({ ms, at }) => {
    const h = harness();
    h.loop.run(function* () {
      yield* sleep(ms);
      h.note("slept");
    });
    const times = Array.from({ length: 20 }, (_, index) => index * 16);
    expect(resumedAt(h, times)).toEqual([at]);
  });

  test.each(RATES)("at $rate, whatever the time", ({ times }) => {
    for (const ms of [5, 50, 99.9, 100, 1000, 3333, 10_000]) {
      const h = harness();
      h.loop.run(function* () {
        yield* sleep(ms);
        h.note("slept");
      });
      expect(resumedAt(h, times), `${ms}`).toEqual([times.find((time) => time >= ms && time > 0)]);
    }
  });

  test("on a loop whose first timestamp is any number", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* sleep(100);
      note("slept");
    });
    frame(1e9 + 0.5);
    expect(frame(1e9 + 100)).toEqual([]);
    expect(frame(1e9 + 100.5)).toEqual(["slept"]);
  });

  test("when it began in the middle of the frames", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* nextFrame();
      yield* nextFrame("after");
      yield* sleep(20);
      note("slept");
    });
    frame(0);
    frame(100);
    expect(frame(119)).toEqual([]);
    expect(frame(120)).toEqual(["slept"]);
  });
});

describe("sleep never ends in the frame in which it began", () => {
  test("sleep(0) lets go: once a frame", () => {
    const { loop, note, frames } = harness();
    loop.run(function* () {
      while (true) {
        note(loop.frame?.index);
        yield* sleep(0);
      }
    });
    expect(frames(4)).toEqual([[0], [1], [2], [3]]);
  });

  test.each([
    {
      from: "a completion",
      *way(event: AsyncEvent) {
        yield* event.wait();
      },
    },
    {
      from: "a timer",
      *way() {
        yield* sleep(0);
      },
    },
    {
      from: "update",
      *way() {
        yield* nextFrame();
      },
    },
    {
      from: "after",
      *way() {
        yield* sleep(0);
        yield* nextFrame("after");
      },
    },
  ])("begun by $from", ({ way }) => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* way(event);
      note("begins");
      yield* sleep(0);
      note("ends");
    });
    frame();
    event.set();
    expect(frame()).toEqual(["begins"]);
    expect(frame()).toEqual(["ends"]);
  });

  test("not even when its deadline is long over, as a period catches up", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      while (true) {
        yield* sleep(5);
        note("period");
      }
    });
    frame(0);
    expect([frame(50), frame(100), frame(150)]).toEqual([["period"], ["period"], ["period"]]);
  });
});

describe("periods don't drift", () => {
  const ways: { way: string; wait: (ms: number) => Operation<unknown> }[] = [
    { way: "sleep", wait: (ms) => sleep(ms) },
    { way: "a sleep in a race", wait: (ms) => race([never(), sleep(ms)]) },
    { way: "a sleep in an all", wait: (ms) => all([sleep(ms)]) },
    {
      way: "a sleep that a generator delegates to",
      *wait(ms) {
        yield* sleep(ms);
      },
    },
    {
      way: "a sleep with a settled wait before it",
      *wait(ms) {
        const event = new AsyncEvent();
        event.set();
        yield* event.wait();
        yield* sleep(ms);
      },
    },
    {
      way: "a timeout",
      *wait(ms) {
        try {
          yield* timeout(ms, never());
        } catch {
          // The time is over.
        }
      },
    },
  ];

  test.each(RATES.flatMap(({ rate, times }) => ways.map(({ way, wait }) => ({ rate, times, way, wait }))))(
    "$way of 100 ms at $rate: every one in the first frame after its whole multiple",
    ({ times, wait }) => {
      const h = harness();
      h.loop.run(function* () {
        while (true) {
          yield* wait(100);
          h.note("period");
        }
      });
      const expected = [];
      for (let due = 100; due <= times.at(-1)!; due += 100) expected.push(times.find((time) => time >= due));
      expect(resumedAt(h, times)).toEqual(expected);
    },
  );

  test.each([
    { hz: 60, grid: 0 },
    { hz: 60, grid: 0.1 },
    { hz: 144, grid: 0.1 },
    { hz: 50, grid: 1 },
  ])(
    "not even one as long as a frame at $hz Hz, whose timestamps jitter, in steps of $grid ms",
    ({ hz, grid }) => {
      const h = harness();
      const period = 1000 / hz;
      let count = 0;
      h.loop.run(function* () {
        for (;;) {
          yield* sleep(period);
          count++;
        }
      });
      let seed = 7;
      for (let i = 0; i <= 3000; i++) {
        seed = (seed * 48_271) % 2_147_483_647;
        const time = i * period + (seed / 2_147_483_647 - 0.5) * 0.1;
        h.frame(grid === 0 ? time : Math.round(time / grid) * grid);
      }
      expect(count).toBeGreaterThanOrEqual(2998);
      expect(count).toBeLessThanOrEqual(3000);
    },
  );

  test("in an async function", async () => {
    const { loop, frame } = harness();
    const resumed: unknown[] = [];
    loop.run(async (wait) => {
      while (true) {
        await wait(sleep(100));
        resumed.push(loop.frame?.time);
      }
    });
    for (let time = 0; time <= 1200; time += 30) {
      frame(time);
      await macrotask();
    }
    expect(resumed).toEqual([120, 210, 300, 420, 510, 600, 720, 810, 900, 1020, 1110, 1200]);
  });

  test("sleeps of different lengths add up", () => {
    const h = harness();
    h.loop.run(function* () {
      for (const ms of [10, 25, 40, 15, 70, 150]) {
        yield* sleep(ms);
        h.note("slept");
      }
    });
    const times = Array.from({ length: 60 }, (_, index) => index * 8);
    const sums = [10, 35, 75, 90, 160, 310];
    expect(resumedAt(h, times)).toEqual(sums.map((sum) => times.find((time) => time >= sum)));
  });

  test("a sleep that does not begin in the resume that ended another counts from its own frame", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* sleep(10);
      yield* nextFrame("render");
      yield* sleep(10);
      note("slept");
    });
    frame(0);
    frame(16);
    expect(frame(25)).toEqual([]);
    expect(frame(26)).toEqual(["slept"]);
  });

  test("nor does one of another task, woken by the one that slept", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* event.wait();
      yield* sleep(10);
      note("slept");
    });
    loop.run(function* () {
      yield* sleep(10);
      event.set();
    });
    frame(0);
    frame(16);
    expect(frame(25)).toEqual([]);
    expect(frame(26)).toEqual(["slept"]);
  });
});

describe("a debt of more than one frame is dropped", () => {
  test.each([
    {
      gap: "between frames",
      period: 100,
      times: [
        ...Array.from({ length: 25 }, (_, index) => index * 10),
        ...Array.from({ length: 35 }, (_, index) => 5240 + index * 10),
      ],
      expected: [100, 200, 5240, 5340, 5440, 5540],
    },
    {
      gap: "in which no frames were asked for, no more than a few times as long as the one before",
      period: 1000,
      times: [0, 1000, 2000, 5900, 5916, 6900, 7900],
      expected: [1000, 2000, 5900, 6900, 7900],
    },
  ])("a long gap $gap causes no burst: the period begins anew", ({ period, times, expected }) => {
    const h = harness();
    h.loop.run(function* () {
      while (true) {
        yield* sleep(period);
        h.note("period");
      }
    });
    expect(resumedAt(h, times)).toEqual(expected);
  });

  test("one of a frame is not", () => {
    const { loop, driver, frame } = harness();
    loop.run(function* () {
      yield* sleep(0);
      yield* sleep(50);
    });
    frame(0);
    frame(32);
    expect(driver.wakeTime).toBe(50);
  });

  test("short periods save up nothing", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      for (let i = 0; i < 500; i++) yield* sleep(1);
      note("short ones over", loop.frame?.time);
      yield* sleep(500);
      note("slept", loop.frame?.time);
    });
    const notes = Array.from({ length: 600 }, (_, index) => frame(index * 16)).flat();
    const [, begun, , ended] = notes as [string, number, string, number];
    expect(begun).toBe(8000);
    expect(ended - begun).toBeGreaterThanOrEqual(500 - 16);
    expect(ended - begun).toBeLessThan(500 + 16);
  });

  test("after a long pause too", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      while (true) {
        yield* sleep(100);
        note(loop.frame?.time);
      }
    });
    for (let time = 0; time <= 150; time += 10) frame(time);
    loop.pause();
    frame(9000);
    loop.resume();
    const after = Array.from({ length: 30 }, (_, index) => frame(9000 + index * 10)).flat();
    expect(after).toEqual([200, 300, 400]);
  });
});

test("a sleep that is over by its deadline, and was called off in the very frame, resumes no other wait", () => {
  const { loop, note, frame } = harness();
  const fault = new Error("fault");
  const arrival = pending();
  loop.run(function* () {
    yield* spawn(arrival.wait);
    try {
      yield* sleep(100);
    } catch (error) {
      note(error);
    }
    yield* never();
    note("resumed");
  });
  frame(0);
  arrival.reject(fault);
  expect(frame(100)).toEqual([fault]);
});

describe("a sleep counts from the loop's clock as it is when it begins", () => {
  /** An async function that sleeps 100 ms whenever it is told to, be it between frames. */
  async function sleeper(): Promise<{ driver: RecordingDriver; loop: Loop; start: () => Promise<void> }> {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver });
    let start = (): void => {};
    loop.run(async (wait) => {
      while (true) {
        await new Promise<void>((resolve) => {
          start = resolve;
        });
        await wait(sleep(100));
      }
    });
    driver.tick(0);
    return {
      driver,
      loop,
      start: () => {
        start();
        return macrotask();
      },
    };
  }

  test("between frames, which an async function may do: from now, and not from the last frame", async () => {
    const { driver, loop, start } = await sleeper();
    driver.time = 50;
    await start();
    expect(driver.wakeTime).toBe(150);
    loop.stop();
  });

  test("in a pause: from where the clock stands", async () => {
    const { driver, loop, start } = await sleeper();
    loop.pause();
    driver.time = 50;
    await start();
    driver.time = 200;
    loop.resume();
    expect(driver.wakeTime).toBe(300);
    loop.stop();
  });

  test("after a pause, whose time does not count", async () => {
    const { driver, loop, start } = await sleeper();
    loop.pause();
    driver.time = 200;
    loop.resume();
    driver.time = 230;
    await start();
    expect(driver.wakeTime).toBe(330);
    loop.stop();
  });

  test("not before the last frame, though its timestamp may lie ahead of the driver's clock", async () => {
    const { driver, loop, start } = await sleeper();
    driver.tick(60);
    driver.time = 50;
    await start();
    expect(driver.wakeTime).toBe(160);
    loop.stop();
  });

  test("inside a frame: from the frame's time, however long it has been going on", () => {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver });
    loop.run(function* () {
      driver.time = 9;
      yield* sleep(100);
    });
    driver.tick(0);
    expect(driver.wakeTime).toBe(100);
    loop.stop();
  });
});

describe("the time that sleep takes", () => {
  test("Infinity sleeps until cancelled, and asks nothing of the driver", () => {
    const { loop, driver, note, frame } = harness();
    const task = loop.run(function* () {
      try {
        yield* sleep(Infinity);
        note("woke up");
      } finally {
        note("cancelled");
      }
    });
    frame(0);
    expect(frame(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(driver.frameRequested).toBe(false);
    expect(driver.wakeTime).toBe(Infinity);
    task.cancel();
    expect(frame()).toEqual(["cancelled"]);
  });

  test.each([Number.NaN, -1, -0.001, -Infinity])("%s is a RangeError at the call", (ms) => {
    expect(() => sleep(ms)).toThrow(RangeError);
    expect(() => timeout(ms, never())).toThrow(RangeError);
  });

  test.each([undefined, null, "100", "", {}, [], true, 5n, () => 5])(
    "%s is a TypeError at the call",
    (ms) => {
      expect(() => sleep(ms as number)).toThrow(TypeError);
      expect(() => timeout(ms as number, never())).toThrow(TypeError);
    },
  );

  test("a bad one throws in the coroutine, which may catch it and go on", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      try {
        yield* sleep(Number.NaN);
      } catch (error) {
        note(error instanceof RangeError);
      }
      yield* nextFrame("render");
      note("goes on");
    });
    expect(frame()).toEqual([true, "goes on"]);
  });

  test("-0 is no time", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* sleep(-0);
      note("slept");
    });
    frame();
    expect(frame()).toEqual(["slept"]);
  });
});

describe("the wake-up that is asked of the driver", () => {
  test("is late enough: a frame at that very time ends the sleep, whatever the rounding", () => {
    let seed = 5;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let i = 0; i < 2000; i++) {
      const { loop, driver, note, frame } = harness();
      loop.run(function* () {
        yield* nextFrame();
        yield* sleep(random() * 1000);
        note("slept");
      });
      const start = random() * 10 ** (i % 13);
      frame(start);
      if (i % 2 === 0) {
        // A pause moves the loop's clock away from the driver's.
        loop.pause();
        frame(start + random() * 1000);
        loop.resume();
      }
      frame(driver.now() + random() * 20);
      expect(frame(driver.wakeTime), `${i}`).toEqual(["slept"]);
    }
  });
});

describe("many sleepers", () => {
  test("wake by deadline, then in the order in which they began, whoever is cancelled meanwhile", () => {
    const { loop, note, frame } = harness();
    let seed = 3;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const sleepers = Array.from({ length: 3000 }, (_, id) => {
      const ms = random(400);
      const task = loop.run(function* () {
        yield* sleep(ms);
        note(id);
      });
      return { id, ms, task };
    });
    frame(0);
    const kept = new Set(sleepers);
    const expected: number[] = [];
    const woken: unknown[] = [];
    for (let time = 10; time <= 400; time += 10) {
      for (let i = 0; i < 20; i++) {
        const sleeper = sleepers[random(sleepers.length)]!;
        sleeper.task.cancel();
        kept.delete(sleeper);
      }
      const due = [...kept].filter(({ ms }) => ms <= time);
      for (const sleeper of due) kept.delete(sleeper);
      due.sort((a, b) => a.ms - b.ms || a.id - b.id);
      expected.push(...due.map(({ id }) => id));
      woken.push(...frame(time));
    }
    expect(woken).toEqual(expected);
    expect(woken.length).toBeGreaterThan(2000);
  });
});

test.each([
  { intervals: [8, 24], maxDelta: 10, ms: 50 },
  { intervals: [10, 30], maxDelta: 5, ms: 100 },
  { intervals: [150, 250], maxDelta: 100, ms: 1000 },
  { intervals: [120, 400], maxDelta: 100, ms: 600 },
])("periods of $ms ms don't drift while frames take $intervals ms", ({ intervals, maxDelta, ms }) => {
  const { loop, frame } = harness({ maxDelta });
  let periods = 0;
  loop.run(function* () {
    while (true) {
      yield* sleep(ms);
      periods++;
    }
  });
  let time = 0;
  for (let i = 0; time < 60_000; i++) {
    frame(time);
    time += intervals[i % intervals.length]!;
  }
  expect(Math.abs(periods - 60_000 / ms)).toBeLessThanOrEqual(1);
});

test("hundreds of sleeps, some of them cancelled, end by their deadlines", () => {
  const { loop, note, frame } = harness();
  // Without a pattern, but in every run the same.
  const times = Array.from({ length: 400 }, (_, index) => ((index * 7919) % 1009) + 1);
  const tasks = times.map((ms) =>
    loop.run(function* () {
      yield* sleep(ms);
      note(ms);
    }),
  );
  frame(0);
  for (const [index, task] of tasks.entries()) if (index % 3 === 1) task.cancel();
  const kept = times.filter((_, index) => index % 3 !== 1);
  expect(frame(2000)).toEqual(kept.toSorted((a, b) => a - b));
});
