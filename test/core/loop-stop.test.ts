import {
  all,
  AsyncEvent,
  CancelledError,
  isCurrent,
  Loop,
  nextFrame,
  sleep,
  spawn,
  until,
  type Operation,
  type Task,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness, macrotask } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";
import { RecordingDriver } from "../support/recording-driver.ts";

function* held(note: (name: string) => void, name: string): Operation<never> {
  try {
    return yield* never();
  } finally {
    note(name);
  }
}

describe("stop", () => {
  test("cancels every root, newest first, inside the call", () => {
    const { loop, note, noted, frame } = harness();
    const tasks = ["oldest", "middle", "newest"].map((name) => loop.run(held(note, name)));
    frame();
    loop.stop();
    expect(noted()).toEqual(["newest", "middle", "oldest"]);
    expect(tasks.map(({ state }) => state)).toEqual(["cancelled", "cancelled", "cancelled"]);
    expect(loop.tasks).toEqual([]);
  });

  test("takes whole families, whatever they wait for, and those that have not begun", () => {
    const { loop, note, noted, frame } = harness();
    const arrival = pending(() => note("action"));
    loop.run(function* () {
      yield* spawn(held(note, "child"));
      yield* all([arrival.wait, sleep(1000), nextFrame(), held(note, "part")]);
    });
    frame();
    const fresh = loop.run(held(note, "fresh"));
    loop.stop();
    expect(noted()).toEqual(["part", "action", "child"]);
    expect(fresh.state).toBe("cancelled");
  });

  test("lets go of the driver", () => {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver });
    loop.run(nextFrame());
    loop.run(sleep(100));
    driver.tick(0);
    expect(driver.host).not.toBe(null);
    loop.stop();
    expect(driver.host).toBe(null);
    expect(driver.asked().at(-1)).toBe("detach");
  });

  test("twice, and of a loop that never began, is no error, and lets go of the driver once", () => {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver });
    loop.stop();
    expect(driver.asked()).toEqual([]);
    loop.run(never());
    loop.stop();
    loop.stop();
    expect(driver.asked().filter((call) => call === "detach")).toHaveLength(1);
  });

  test("lets no waiter hang: each gets a CancelledError", async () => {
    const { loop, frame } = harness();
    const tasks = [loop.run(never()), loop.run(sleep(1e9)), loop.run(until(new Promise(() => {})))];
    const caught = tasks.map((task) => task.catch((error: unknown) => error));
    frame();
    const unbegun = loop.run(nextFrame()).catch((error: unknown) => error);
    loop.stop();
    for (const promise of [...caught, unbegun]) expect(await promise).toBeInstanceOf(CancelledError);
  });

  test("lets a waiter of another loop know", async () => {
    const one = harness();
    const two = harness();
    const task = one.loop.run(never());
    two.loop.run(function* () {
      try {
        yield* until(task);
      } catch (error) {
        two.note(error instanceof CancelledError);
      }
    });
    one.frame();
    two.frame();
    one.loop.stop();
    await macrotask();
    expect(two.frame()).toEqual([true]);
  });

  test("run during the stop gives a task that is already cancelled", async () => {
    const { loop, note, frame } = harness();
    let late: Task<void> | undefined;
    loop.run(held(note, "older"));
    loop.run(function* () {
      try {
        yield* never();
      } finally {
        late = loop.run(function* () {
          note("never");
        });
        note(late.state);
      }
    });
    frame();
    loop.stop();
    expect(frame()).toEqual(["cancelled", "older"]);
    await expect(late).rejects.toBeInstanceOf(CancelledError);
    expect(loop.tasks).toEqual([]);
  });

  test("from a finally block during a stop is no trouble", () => {
    const { loop, note, noted, frame } = harness();
    loop.run(held(note, "older"));
    loop.run(function* () {
      try {
        yield* never();
      } finally {
        loop.stop();
        note("newer");
      }
    });
    frame();
    loop.stop();
    expect(noted()).toEqual(["older", "newer"]);
    expect(loop.tasks).toEqual([]);
  });

  test("in the middle of a frame: nothing more of it runs", () => {
    const { loop, note, frame } = harness();
    for (const name of ["a", "b", "c"]) {
      loop.run(function* () {
        while (true) {
          yield* nextFrame();
          note(name);
          if (name === "b") loop.stop();
        }
      });
    }
    loop.run(function* () {
      yield* nextFrame("render");
      yield* nextFrame("render");
      note("render");
    });
    frame();
    expect(frame()).toEqual(["a", "b"]);
    expect(loop.tasks).toEqual([]);
  });

  test("in the middle of a frame: until its end, that is still the current one", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      const current = yield* nextFrame();
      loop.stop();
      note(isCurrent(current));
    });
    frame();
    expect(frame()).toEqual([true]);
    expect(isCurrent(loop.frame!)).toBe(false);
  });

  test("keeps no later frame open, for the promises that hear of it between frames", async () => {
    const { loop, frame } = harness();
    frame();
    const ended = loop.run(never()).catch(() => {});
    loop.stop();
    loop.run(nextFrame());
    frame();
    expect(isCurrent(loop.frame!)).toBe(false);
    await ended;
  });

  test("in a completion, in a timer and in a pump too", () => {
    for (const how of ["completion", "timer", "pump"]) {
      const { loop, note, frame, pump } = harness();
      const arrival = pending();
      loop.run(function* () {
        if (how === "timer") yield* sleep(1);
        else yield* arrival.wait;
        loop.stop();
        note("stops");
        yield* nextFrame();
        note("never");
      });
      loop.run(function* () {
        yield* sleep(1);
        note("never");
      });
      frame();
      arrival.resolve();
      expect(how === "pump" ? pump() : frame(), how).toEqual(["stops"]);
      expect(loop.tasks).toEqual([]);
    }
  });

  test("in onError", () => {
    const log: string[] = [];
    const { loop, frame } = harness({ onError: () => loop.stop() });
    loop.run(function* () {
      throw new Error("fault");
    });
    loop.run(held((name) => log.push(name), "other"));
    frame();
    expect(loop.tasks).toEqual([]);
    frame();
    expect(log).toEqual([]);
  });

  test("with errors in cleanups: reports them and goes on", () => {
    const { loop, note, noted, frame, errors } = harness();
    const fault = new Error("fault");
    loop.run(held(note, "older"));
    loop.run(function* () {
      try {
        yield* never();
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- what happens then is what is tested
        throw fault;
      }
    });
    frame();
    expect(() => loop.stop()).not.toThrow();
    expect(noted()).toEqual(["older"]);
    expect(errors()).toEqual([fault]);
  });

  test("of a paused loop", () => {
    const { loop, note, noted, frame } = harness();
    loop.run(held(note, "task"));
    frame();
    loop.pause();
    loop.stop();
    expect(noted()).toEqual(["task"]);
  });
});

describe("after a stop", () => {
  test("a late settlement does nothing, and asks nothing of the driver", async () => {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver });
    const arrival = pending();
    const event = new AsyncEvent();
    loop.run(arrival.wait);
    loop.run(event.wait());
    loop.run(until(Promise.resolve()));
    driver.tick(0);
    loop.stop();
    driver.asked();
    arrival.resolve();
    event.set();
    await macrotask();
    expect(driver.asked()).toEqual([]);
  });

  test("a tick by hand is harmless", () => {
    const { loop, noted } = harness();
    loop.run(never());
    loop.stop();
    loop.tick(1000);
    loop.pump(2000);
    expect(noted()).toEqual([]);
  });

  test("run brings the loop back", () => {
    const { loop, note, frames } = harness();
    loop.run(function* () {
      while (true) {
        note("before");
        yield* nextFrame();
      }
    });
    frames(2);
    loop.stop();
    loop.run(function* () {
      while (true) {
        note("after");
        yield* nextFrame();
      }
    });
    expect(frames(2)).toEqual([["after"], ["after"]]);
  });

  test("start brings the driver back", () => {
    const driver = new RecordingDriver();
    const loop = new Loop({ driver });
    loop.start();
    loop.start();
    expect(driver.asked().filter((call) => call === "attach")).toHaveLength(1);
    loop.stop();
    loop.start();
    expect(driver.host).not.toBe(null);
    const log: string[] = [];
    loop.run(function* () {
      log.push("first step");
      yield* nextFrame();
    });
    expect(driver.frameWanted).toBe(true);
    driver.tick(0);
    expect(log).toEqual(["first step"]);
  });

  test("restarts from inside a frame", () => {
    const { loop, note, frame } = harness();
    const old = loop.run(held(note, "old"));
    loop.run(function* () {
      yield* nextFrame();
      loop.stop();
      loop.run(function* () {
        while (true) {
          note("new");
          yield* nextFrame();
        }
      });
      yield* nextFrame();
      note("never");
    });
    frame();
    expect(frame()).toEqual(["old", "new"]);
    expect(old.state).toBe("cancelled");
    expect(frame()).toEqual(["new"]);
    expect(loop.tasks).toHaveLength(1);
  });

  test("frames are numbered on, and the clock does not run backwards", () => {
    const { loop, note, frame } = harness();
    const watch = () =>
      loop.run(function* () {
        while (true) {
          const { index, time } = yield* nextFrame();
          note([index, time]);
        }
      });
    watch();
    frame(0);
    expect(frame(10)).toEqual([[1, 10]]);
    loop.stop();
    watch();
    frame(20);
    const [[index, time]] = frame(30) as [[number, number]];
    expect(index).toBe(3);
    expect(time).toBeGreaterThanOrEqual(10);
  });

  test("a sleep of before wakes nobody", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* sleep(100);
      note("before");
    });
    frame(0);
    loop.stop();
    loop.run(function* () {
      yield* sleep(200);
      note("after");
    });
    frame(10);
    expect(frame(150)).toEqual([]);
    expect(frame(300)).toEqual(["after"]);
  });

  test("any number of times, leaves nothing behind", () => {
    const { loop, note, frame } = harness();
    for (let i = 0; i < 100; i++) {
      loop.run(function* () {
        yield* nextFrame("render");
        note(i);
        yield* never();
      });
      expect(frame()).toEqual([i]);
      loop.stop();
    }
    expect(frame()).toEqual([]);
  });
});

test("run after a stop inside of a stop gives a task that is already cancelled", () => {
  const { loop, frame } = harness();
  const late: Task<unknown>[] = [];
  loop.run(never());
  loop.run(function* () {
    try {
      yield* never();
    } finally {
      loop.stop();
      late.push(loop.run(never()));
    }
  });
  frame();
  loop.stop();
  expect(late.map(({ state }) => state)).toEqual(["cancelled"]);
  expect(loop.tasks).toEqual([]);
});

test("stop between the parts of a frame ends the frame", () => {
  const { loop, driver, note, noted } = harness();
  loop.run(function* () {
    yield* nextFrame();
    yield* nextFrame("after");
  });
  driver.tick(0);
  driver.tick(16, "update");
  loop.stop();
  loop.run(function* () {
    note(loop.frame?.timestamp);
  });
  driver.tick(32, "after");
  expect(noted()).toEqual([32]);
});

test("a loop whose driver has another one can neither use nor stop it", () => {
  const driver = new RecordingDriver();
  const attach = driver.attach.bind(driver);
  driver.attach = (host) => {
    if (driver.host) throw new Error("this driver has a loop");
    attach(host);
  };
  const first = new Loop({ driver });
  const errors: unknown[] = [];
  const second = new Loop({ driver, onError: (error) => errors.push(error) });
  let frames = 0;
  first.run(function* () {
    while (true) {
      yield* nextFrame();
      frames++;
    }
  });
  driver.asked();
  second.run(never());
  second.stop();
  expect(String(errors)).toMatch(/this driver has a loop/);
  expect(driver.asked()).toEqual([]);
  driver.tick(0);
  driver.tick(16);
  expect(frames).toBe(1);
});
