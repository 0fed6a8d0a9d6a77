import {
  action,
  all,
  any,
  AsyncEvent,
  Channel,
  nextFrame,
  once,
  race,
  sleep,
  spawn,
  until,
  type Operation,
  type Phase,
} from "awaitframe";
import { describe, expect, test, vi } from "vitest";
import { frameIndex, harness, macrotask, type Harness } from "../support/harness.ts";
import { CountedTarget } from "../support/counted-target.ts";
import { pending } from "../support/pending.ts";

const PHASES: Phase[] = ["update", "render", "after"];

describe("the order of a frame", () => {
  test("completions, timers, update, render, after, in whichever order they were begun", () => {
    const { loop, note, frame } = harness();
    const arrival = pending();
    loop.run(function* () {
      yield* nextFrame("after");
      note("after");
    });
    loop.run(function* () {
      yield* nextFrame();
      yield* nextFrame("render");
      note("render");
    });
    loop.run(function* () {
      yield* nextFrame();
      note("update");
    });
    loop.run(function* () {
      yield* sleep(10);
      note("timer");
    });
    loop.run(function* () {
      yield* arrival.wait;
      note("completion");
    });
    expect(frame()).toEqual(["after"]);
    arrival.resolve();
    expect(frame()).toEqual(["completion", "timer", "update", "render"]);
  });

  test("the clock moves before anything runs", () => {
    const { loop, note, frame } = harness();
    const arrival = pending();
    loop.run(function* () {
      yield* arrival.wait;
      note(loop.frame?.timestamp, loop.frame?.index);
    });
    loop.run(function* () {
      yield* sleep(1);
      note(loop.frame?.timestamp, loop.frame?.index);
    });
    frame();
    arrival.resolve();
    expect(frame(500)).toEqual([500, 1, 500, 1]);
  });

  test("completions resume in the order of their arrival, not in that of their waiters", () => {
    const { loop, note, frame } = harness();
    const arrivals = Array.from({ length: 5 }, () => pending<number>());
    for (const { wait } of arrivals) {
      loop.run(function* () {
        note(yield* wait);
      });
    }
    frame();
    for (const index of [3, 0, 4, 1, 2]) arrivals[index]!.resolve(index);
    expect(frame()).toEqual([3, 0, 4, 1, 2]);
  });

  test("timers end by deadline, ties first in, first out", () => {
    const { loop, note, frame } = harness();
    const times = [30, 10, 20, 10, 30, 10];
    times.forEach((ms, index) => {
      loop.run(function* () {
        yield* sleep(ms);
        note(`${ms}#${index}`);
      });
    });
    frame(0);
    expect(frame(100)).toEqual(["10#1", "10#3", "10#5", "20#2", "30#0", "30#4"]);
  });

  test.each(PHASES)("the waiters of %s resume first in, first out, frame after frame", (phase) => {
    const { loop, note, frame, frames } = harness();
    for (const name of ["a", "b", "c", "d"]) {
      loop.run(function* () {
        while (true) {
          yield* nextFrame(phase);
          note(name);
        }
      });
    }
    frame();
    frame();
    expect(frames(3)).toEqual(Array.from({ length: 3 }, () => ["a", "b", "c", "d"]));
  });

  test.each([{}, { maxFps: 60 }])(
    "tick inside of tick is an error of the task that calls it: %o",
    (options) => {
      const { loop, note, frame } = harness(options);
      loop.run(function* () {
        for (const call of [() => loop.tick(1), () => loop.pump(1)]) {
          try {
            call();
            note("no error");
          } catch (error) {
            note(error instanceof Error);
          }
        }
        yield* nextFrame("render");
        note("render");
        yield* nextFrame();
        note("next");
      });
      expect(frame()).toEqual([true, true, "render"]);
      expect(frame(17)).toEqual(["next"]);
    },
  );
});

describe("resumed inside the frame, always", () => {
  const target = new CountedTarget();

  const cases: { what: string; wait: () => { wait: Operation<unknown>; settle: () => void } }[] = [
    {
      what: "an action that is resolved",
      wait: () => {
        const { wait, resolve } = pending();
        return { wait, settle: resolve };
      },
    },
    {
      what: "an action that is rejected",
      wait: () => {
        const { wait, reject } = pending();
        return { wait, settle: () => reject(new Error("caught")) };
      },
    },
    {
      what: "a promise that resolves",
      wait: () => {
        let settle = () => {};
        const wait = until(
          new Promise<void>((resolve) => {
            settle = resolve;
          }),
        );
        return { wait, settle: () => settle() };
      },
    },
    {
      what: "a promise that rejects",
      wait: () => {
        let fail: (error: Error) => void = () => {};
        const promise = new Promise<void>((_, reject) => {
          fail = reject;
        });
        return { wait: until(promise), settle: () => fail(new Error("caught")) };
      },
    },
    {
      what: "an event that is set",
      wait: () => {
        const event = new AsyncEvent();
        return { wait: event.wait(), settle: () => event.set() };
      },
    },
    {
      what: "an event of a target",
      wait: () => ({ wait: once(target, "click"), settle: () => target.fire("click") }),
    },
    {
      what: "a channel that is closed",
      wait: () => {
        const channel = new Channel();
        return { wait: channel.receive(), settle: () => channel.close() };
      },
    },
    {
      what: "a combinator whose part settles",
      wait: () => {
        const event = new AsyncEvent();
        return { wait: race([event.wait()]), settle: () => event.set() };
      },
    },
  ];

  test.each(cases)("$what outside of a frame resumes its task in the next one", async ({ wait }) => {
    const { loop, driver, note, noted, frame } = harness();
    const waiting = wait();
    loop.run(function* () {
      try {
        yield* waiting.wait;
        note("resumed");
      } catch {
        note("resumed");
      }
    });
    frame();
    expect(driver.frameRequested).toBe(false);
    waiting.settle();
    await macrotask();
    expect(noted()).toEqual([]);
    expect(driver.frameRequested).toBe(true);
    expect(frame()).toEqual(["resumed"]);
  });

  test("a promise that has settled already still waits for the frame", async () => {
    const { loop, note, noted, frame } = harness();
    loop.run(function* () {
      note(yield* until(Promise.resolve("value")));
    });
    expect(frame()).toEqual([]);
    await macrotask();
    expect(noted()).toEqual([]);
    expect(frame()).toEqual(["value"]);
  });

  test("what settles outside resumes before what is due and before the phases", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* sleep(1);
      note("timer");
    });
    loop.run(function* () {
      yield* nextFrame();
      note("update");
    });
    loop.run(function* () {
      yield* event.wait();
      note("event");
    });
    frame();
    event.set();
    expect(frame()).toEqual(["event", "timer", "update"]);
  });
});

describe("the pump", () => {
  test("delivers completions, then what is due, while phase waits rest", () => {
    const { loop, note, frame, pump } = harness();
    const arrival = pending();
    for (const phase of PHASES) {
      loop.run(function* () {
        while (true) {
          yield* nextFrame(phase);
          note(phase);
        }
      });
    }
    loop.run(function* () {
      yield* sleep(10);
      note("timer");
    });
    loop.run(function* () {
      yield* arrival.wait;
      note("completion");
    });
    frame();
    arrival.resolve();
    expect(pump()).toEqual(["completion", "timer"]);
    expect(pump()).toEqual([]);
    expect(frame()).toEqual(["update", "render", "after"]);
  });

  test("moves the clock, but makes no frame", () => {
    const { loop, note, frame, pump } = harness();
    loop.run(function* () {
      while (true) {
        const { index, time, delta } = yield* nextFrame();
        note({ index, time, delta });
      }
    });
    frame(0);
    expect(frame(10)).toEqual([{ index: 1, time: 10, delta: 10 }]);
    expect(pump(20)).toEqual([]);
    expect(pump(30)).toEqual([]);
    expect(frame(40)).toEqual([{ index: 2, time: 40, delta: 30 }]);
  });

  test("ends sleeps that are due, and not those that begin in it", () => {
    const { loop, note, frame, pump } = harness();
    loop.run(function* () {
      for (let i = 0; ; i++) {
        yield* sleep(0);
        note(i);
      }
    });
    frame();
    expect(pump()).toEqual([0]);
    expect(pump()).toEqual([1]);
    expect(frame()).toEqual([2]);
  });

  test("lets tasks that were started outside take their first step at its end", () => {
    const { loop, note, frame, pump } = harness();
    const arrival = pending();
    loop.run(function* () {
      yield* arrival.wait;
      note("completion");
    });
    frame();
    loop.run(function* () {
      note("started");
    });
    arrival.resolve();
    expect(pump()).toEqual(["completion", "started"]);
  });

  test("lets tasks that were started in it take their first step at its end", () => {
    const { loop, note, frame, pump } = harness();
    const arrival = pending();
    loop.run(function* () {
      yield* arrival.wait;
      yield* spawn(function* () {
        note("child");
      });
      note("completion");
      yield* sleep(1);
    });
    loop.run(function* () {
      yield* sleep(10);
      note("timer");
    });
    frame();
    arrival.resolve();
    expect(pump()).toEqual(["completion", "timer", "child"]);
  });

  test("a page that opens in a background tab loads without a frame", async () => {
    const { loop, note, pump } = harness();
    loop.run(function* () {
      const part = yield* spawn(function* () {
        return yield* until(Promise.resolve("loaded"));
      });
      note(yield* part);
      yield* sleep(100);
      note("slept");
      yield* nextFrame();
      note("frame");
    });
    expect(pump(0)).toEqual([]);
    await macrotask();
    expect(pump(16)).toEqual(["loaded"]);
    expect(pump(200)).toEqual(["slept"]);
    expect(pump(300)).toEqual([]);
  });

  test("what is settled inside of it goes on inside of it", () => {
    const { loop, note, frame, pump } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* event.wait();
      note("woken");
    });
    loop.run(function* () {
      yield* sleep(1);
      event.set();
      note("timer");
    });
    frame();
    expect(pump()).toEqual(["timer", "woken"]);
  });

  test("a task that waits for a phase in it goes on in the next frame", () => {
    const { loop, note, frame, pump } = harness();
    const arrival = pending();
    loop.run(function* () {
      yield* arrival.wait;
      const { index } = yield* nextFrame("render");
      note(index);
    });
    frame();
    arrival.resolve();
    expect(pump()).toEqual([]);
    expect(frame()).toEqual([1]);
  });
});

describe("nextFrame resumes at the next occurrence of its phase", () => {
  /** Ways to get to a point of a frame. */
  const points: Record<string, (h: Harness, body: () => Operation<void>) => void> = {
    completion: ({ loop, frame }, body) => {
      const arrival = pending();
      loop.run(function* () {
        yield* arrival.wait;
        yield* body();
      });
      frame();
      arrival.resolve();
    },
    timer: ({ loop, frame }, body) => {
      loop.run(function* () {
        yield* sleep(1);
        yield* body();
      });
      frame();
    },
    "the first step": ({ loop, frame }, body) => {
      loop.run(nextFrame());
      frame();
      loop.run(body);
    },
    update: ({ loop, frame }, body) => phasePoint(loop, frame, "update", body),
    render: ({ loop, frame }, body) => phasePoint(loop, frame, "render", body),
    after: ({ loop, frame }, body) => phasePoint(loop, frame, "after", body),
  };

  function phasePoint(
    loop: Harness["loop"],
    frame: Harness["frame"],
    phase: Phase,
    body: () => Operation<void>,
  ): void {
    const start = pending();
    loop.run(function* () {
      yield* start.wait;
      yield* nextFrame(phase);
      yield* body();
    });
    frame();
    start.resolve();
  }

  /** How many frames later. */
  test.each([
    { from: "completion", update: 0, render: 0, after: 0 },
    { from: "timer", update: 0, render: 0, after: 0 },
    { from: "the first step", update: 1, render: 0, after: 0 },
    { from: "update", update: 1, render: 0, after: 0 },
    { from: "render", update: 1, render: 1, after: 0 },
    { from: "after", update: 1, render: 1, after: 1 },
  ])("from $from", ({ from, ...later }) => {
    for (const phase of PHASES) {
      const h = harness();
      let begun = -1;
      let resumed = -1;
      points[from]!(h, function* () {
        begun = frameIndex(h.loop);
        const frame = yield* nextFrame(phase);
        resumed = frame.index;
      });
      h.frames(4);
      expect(begun, "it was reached").toBe(1);
      expect(resumed - begun, phase).toBe(later[phase]);
    }
  });

  test("each phase of a frame runs a task at most once", () => {
    const { loop, note, frame, frames } = harness();
    loop.run(function* () {
      while (true) {
        for (const phase of PHASES) {
          yield* nextFrame(phase);
          note(phase);
        }
      }
    });
    frame();
    expect(frames(3)).toEqual(Array.from({ length: 3 }, () => PHASES));
  });

  test("phases waited for backwards take a frame each", () => {
    const { loop, note, frame, frames } = harness();
    loop.run(function* () {
      while (true) {
        for (const phase of PHASES.toReversed()) {
          yield* nextFrame(phase);
          note(phase);
        }
      }
    });
    frame();
    expect(frames(4)).toEqual([["render"], ["update", "after"], ["render"], ["update", "after"]]);
  });
});

describe("what is settled inside a frame goes on inside this frame", () => {
  const channel = new Channel<string>(1);
  const met = new Channel<string>();
  const event = new AsyncEvent();
  const one = pending();
  const two = pending();
  const three = pending();
  const four = pending();

  const ways: { what: string; wait: Operation<unknown>; settle: () => Operation<void> }[] = [
    {
      what: "an event that is set",
      wait: event.wait(),
      *settle() {
        event.set();
      },
    },
    {
      what: "an item that is sent",
      wait: channel.receive(),
      *settle() {
        yield* channel.send("item");
      },
    },
    {
      what: "an item that is handed over",
      wait: met.receive(),
      *settle() {
        yield* met.send("item");
      },
    },
    {
      what: "resolve() of an action",
      wait: one.wait,
      *settle() {
        one.resolve();
      },
    },
    {
      what: "an `all` that is complete",
      wait: all([two.wait]),
      *settle() {
        two.resolve();
      },
    },
    {
      what: "a `race` that is decided",
      wait: race([three.wait, sleep(1e6)]),
      *settle() {
        three.resolve();
      },
    },
    {
      what: "an `any` that is decided",
      wait: any([any([four.wait])]),
      *settle() {
        four.resolve();
      },
    },
  ];

  test.each(ways)("$what: after the running phase's queue, before the next phase", ({ wait, settle }) => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* wait;
      note("woken");
    });
    loop.run(function* () {
      yield* nextFrame();
      yield* settle();
      note("first");
    });
    loop.run(function* () {
      yield* nextFrame();
      note("second");
      yield* nextFrame("render");
      note("render");
    });
    frame();
    expect(frame()).toEqual(["first", "second", "woken", "render"]);
  });

  test.each(PHASES)("a child that ended in %s: its parent goes on in the same phase", (phase) => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      const child = yield* spawn(function* () {
        yield* sleep(1);
        yield* nextFrame(phase);
        note("child");
        return 5;
      });
      yield* spawn(function* () {
        yield* sleep(1);
        yield* nextFrame(phase);
        note("sibling");
        yield* nextFrame("after");
        note("after");
      });
      const result = yield* child;
      note(result, frameIndex(loop));
      yield* nextFrame();
    });
    frame();
    expect(frame()).toEqual(["child", "sibling", 5, 1, ...(phase === "after" ? [] : ["after"])]);
  });

  test.each(PHASES)("the settled goes on in %s, the phase in which it was settled", (phase) => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const start = pending();
    loop.run(function* () {
      yield* event.wait();
      note("woken");
    });
    loop.run(function* () {
      yield* start.wait;
      yield* nextFrame(phase);
      event.set();
    });
    for (const each of PHASES) {
      loop.run(function* () {
        while (true) {
          yield* nextFrame(each);
          note(each);
        }
      });
    }
    frame();
    frame();
    start.resolve();
    expect(frame()).toEqual(PHASES.flatMap((each) => (each === phase ? [each, "woken"] : [each])));
  });

  test("in the order in which it became ready, with newly started tasks in between", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    const arrival = pending();
    const starts = (name: string) =>
      loop.run(function* () {
        note(name);
      });
    loop.run(function* () {
      yield* arrival.wait;
      note("arrival");
    });
    loop.run(function* () {
      yield* event.wait();
      note("event");
    });
    loop.run(function* () {
      yield* nextFrame();
      starts("new 1");
      event.set();
      starts("new 2");
      arrival.resolve();
      starts("new 3");
      note("caller");
    });
    frame();
    expect(frame()).toEqual(["caller", "new 1", "event", "new 2", "arrival", "new 3"]);
  });

  test("until none is left: a chain of a thousand ends in one frame", () => {
    const { loop, note, frame } = harness();
    const events = Array.from({ length: 1000 }, () => new AsyncEvent());
    events.forEach((event, index) => {
      loop.run(function* () {
        yield* event.wait();
        events[index + 1]?.set();
        if (index === events.length - 1) note("end", frameIndex(loop));
      });
    });
    frame();
    loop.run(function* () {
      events[0]!.set();
    });
    expect(frame()).toEqual(["end", 1]);
  });

  test("no join costs a frame: a tower of a hundred children", () => {
    const { loop, note, frame } = harness();
    function* level(depth: number): Operation<number> {
      if (depth === 0) return 0;
      const child = yield* spawn(level(depth - 1));
      return 1 + (yield* child);
    }
    loop.run(function* () {
      note(yield* level(100));
    });
    expect(frame()).toEqual([100]);
  });

  test("what completions settle goes on before the timers", () => {
    const { loop, note, frame } = harness();
    const [first, second, inner] = [pending(), pending(), pending()];
    loop.run(function* () {
      yield* sleep(1);
      note("timer");
    });
    loop.run(function* () {
      yield* inner.wait;
      note("woken");
    });
    loop.run(function* () {
      yield* first.wait;
      inner.resolve();
      note("first");
    });
    loop.run(function* () {
      yield* second.wait;
      note("second");
    });
    frame();
    first.resolve();
    second.resolve();
    expect(frame()).toEqual(["first", "second", "woken", "timer"]);
  });

  test("what timers settle goes on before update", () => {
    const { loop, note, frame } = harness();
    const inner = pending();
    loop.run(function* () {
      yield* nextFrame();
      note("update");
    });
    loop.run(function* () {
      yield* inner.wait;
      note("woken");
    });
    for (const name of ["first", "second"]) {
      loop.run(function* () {
        yield* sleep(1);
        inner.resolve();
        note(name);
      });
    }
    frame();
    expect(frame()).toEqual(["first", "second", "woken", "update"]);
  });

  test("a task woken in update that waits for render runs there, behind those who waited already", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* event.wait();
      yield* nextFrame("render");
      note("woken");
    });
    loop.run(function* () {
      yield* nextFrame();
      event.set();
      yield* nextFrame("render");
      note("waker");
    });
    frame();
    expect(frame()).toEqual(["waker", "woken"]);
  });

  test("a task that waits for a phase many times over, cancelled in that phase, takes nobody's turn", () => {
    const { loop, note, frame } = harness();
    const greedy = loop.run(function* () {
      yield* nextFrame();
      while (true) yield* all(Array.from({ length: 8 }, () => nextFrame()));
    });
    loop.run(function* () {
      yield* nextFrame();
      greedy.cancel();
    });
    for (let i = 0; i < 8; i++) {
      loop.run(function* () {
        while (true) {
          yield* nextFrame();
          note(i);
        }
      });
    }
    frame();
    const all8 = [0, 1, 2, 3, 4, 5, 6, 7];
    expect(frame()).toEqual(all8);
    expect(frame()).toEqual(all8);
  });

  test("two that wake each other for ever leave the rest to the next frame, with a warning that names them", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { loop, note, frame } = harness();
    const [ping, pong] = [new AsyncEvent(), new AsyncEvent()];
    let rounds = 0;
    const player = (mine: AsyncEvent, other: AsyncEvent) =>
      function* () {
        while (true) {
          yield* mine.wait();
          mine.clear();
          rounds++;
          other.set();
        }
      };
    loop.run(player(ping, pong), { name: "Ping" });
    loop.run(player(pong, ping), { name: "Pong" });
    loop.run(function* () {
      while (true) {
        yield* nextFrame("render");
        note("render");
      }
    });
    frame();
    ping.set();
    expect(frame()).toEqual(["render"]);
    expect(rounds).toBeGreaterThan(1000);
    expect(rounds).toBeLessThan(100_000);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(String(warn.mock.calls[0])).toMatch(/Ping|Pong/);

    const before = rounds;
    expect(frame()).toEqual(["render"]);
    expect(rounds).toBeGreaterThan(before + 1000);
    warn.mockRestore();
  });

  test("the warning names nine of them, however many they are", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { loop, frame } = harness();
    const first: AsyncEvent[] = [];
    for (let pair = 0; pair < 12; pair++) {
      const [ping, pong] = [new AsyncEvent(), new AsyncEvent()];
      first.push(ping);
      for (const [mine, other] of [
        [ping, pong],
        [pong, ping],
      ] as const) {
        loop.run(
          function* () {
            while (true) {
              yield* mine.wait();
              mine.clear();
              other.set();
            }
          },
          { name: `player ${pair}` },
        );
      }
    }
    frame();
    for (const ping of first) ping.set();
    frame();
    const names = Array.from({ length: 9 }, (_, pair) => `player ${pair}`).join(", ");
    expect(warn.mock.calls).toEqual([
      [`awaitframe: tasks wake each other without end, they go on in the next frame: ${names}`],
    ]);
    warn.mockRestore();
  });

  test("a long queue that ends is no endless one: 50,000 woken in one frame, without a warning", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { loop, frame } = harness();
    const event = new AsyncEvent();
    let woken = 0;
    for (let i = 0; i < 50_000; i++) {
      loop.run(function* () {
        yield* event.wait();
        woken++;
      });
    }
    frame();
    loop.run(function* () {
      event.set();
    });
    frame();
    expect(woken).toBe(50_000);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});

describe("a task that starts", () => {
  test("never runs inside the caller", () => {
    const { loop, note, noted, frame } = harness();
    const starts = (name: string) =>
      function* () {
        note(name);
      };
    loop.run(starts("outside"));
    expect(noted()).toEqual([]);
    loop.run(function* () {
      loop.run(starts("root"));
      note("after run");
      yield* spawn(starts("child"));
      note("after spawn");
      yield* nextFrame();
    });
    expect(frame()).toEqual(["outside", "after run", "after spawn", "root", "child"]);
  });

  test("outside of a frame: takes its first step in the next update, behind its waiters", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* nextFrame();
      note("waiter");
      yield* nextFrame("render");
      note("render");
    });
    frame();
    for (const name of ["a", "b"]) {
      loop.run(function* () {
        note(name);
      });
    }
    expect(frame()).toEqual(["waiter", "a", "b", "render"]);
  });

  test.each(PHASES)("in %s: takes its first step in this phase, behind those already queued", (phase) => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      yield* nextFrame(phase);
      loop.run(function* () {
        note("new", frameIndex(loop));
        yield* nextFrame("after");
        note("new, later", frameIndex(loop));
      });
      note("starter", frameIndex(loop));
    });
    loop.run(function* () {
      yield* nextFrame(phase);
      note("sibling");
    });
    if (phase === "update") frame();
    const index = phase === "update" ? 1 : 0;
    expect(frame()).toEqual([
      "starter",
      index,
      "sibling",
      "new",
      index,
      ...(phase === "after" ? [] : ["new, later", index]),
    ]);
    expect(frame()).toEqual(phase === "after" ? ["new, later", index + 1] : []);
  });

  test.each([
    { by: "a completion", wait: () => pending() },
    { by: "a timer", wait: () => ({ wait: sleep(1), resolve: () => {} }) },
  ])("started by $by: takes its first step in update, behind its waiters", ({ wait }) => {
    const { loop, note, frame } = harness();
    const { wait: operation, resolve } = wait();
    loop.run(function* () {
      yield* operation;
      loop.run(function* () {
        note("root");
      });
      yield* spawn(function* () {
        note("child");
      });
      note("starter");
      yield* nextFrame();
      note("starter in update");
      yield* nextFrame();
    });
    loop.run(function* () {
      yield* nextFrame();
      note("waiter");
    });
    frame();
    resolve();
    expect(frame()).toEqual(["starter", "waiter", "starter in update", "root", "child"]);
  });
});

describe("first in, first out", () => {
  test("after any mix of cancels, errors, new tasks and restarts", () => {
    const { loop, note, frame, errors } = harness();
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    let order: { id: number; task: { cancel(): void }; throws: boolean }[] = [];
    let ids = 0;
    const add = () => {
      const entry = { id: ids++, throws: false, task: { cancel: () => {} } };
      entry.task = loop.run(function* () {
        while (true) {
          yield* nextFrame();
          note(entry.id);
          if (entry.throws) throw new Error(`from ${entry.id}`);
        }
      });
      order.push(entry);
    };
    for (let i = 0; i < 200; i++) add();
    const strays = frame();
    for (let round = 0; round < 300; round++) {
      for (let i = random(5); i > 0 && order.length > 0; i--) {
        order.splice(random(order.length), 1)[0]!.task.cancel();
      }
      for (const entry of order) entry.throws = random(60) === 0;
      if (round % 100 === 99) {
        loop.stop();
        order = [];
        for (let i = 0; i < 100; i++) add();
        strays.push(...frame());
      }
      const newcomers = order.length;
      for (let i = random(6); i > 0; i--) add();
      expect(frame()).toEqual(order.slice(0, newcomers).map(({ id }) => id));
      const thrown = order.filter(({ throws }, index) => throws && index < newcomers);
      expect(errors().map(String)).toEqual(thrown.map(({ id }) => `Error: from ${id}`));
      order = order.filter((entry) => !thrown.includes(entry));
    }
    expect(strays, "first steps, of which nothing is noted").toEqual([]);
    expect(ids).toBeGreaterThan(500);
  });

  test("those who wait again queue behind those who waited already", () => {
    const { loop, note, frame } = harness();
    const event = new AsyncEvent();
    loop.run(function* () {
      yield* nextFrame();
      note("a");
      yield* nextFrame();
      note("a");
    });
    loop.run(function* () {
      yield* event.wait();
      yield* nextFrame();
      note("b");
    });
    loop.run(function* () {
      yield* nextFrame();
      event.set();
      note("c");
      yield* nextFrame();
      note("c");
    });
    frame();
    expect(frame()).toEqual(["a", "c"]);
    expect(frame()).toEqual(["a", "c", "b"]);
  });
});

describe("each suspension is its own", () => {
  test("a late or second settlement of an older wait never resumes a newer one", () => {
    const { loop, note, frame } = harness();
    const kept: ((value: number) => void)[] = [];
    const wait = () =>
      action<number>((resolve) => {
        kept.push(resolve);
      });
    loop.run(function* () {
      note(yield* wait());
      note(yield* wait());
      note(yield* wait());
    });
    frame();
    kept[0]!(1);
    kept[0]!(2);
    expect(frame()).toEqual([1]);
    kept[0]!(3);
    expect(frame()).toEqual([]);
    kept[1]!(4);
    kept[0]!(5);
    expect(frame()).toEqual([4]);
    kept[0]!(6);
    kept[1]!(7);
    expect(frame()).toEqual([]);
    kept[2]!(8);
    expect(frame()).toEqual([8]);
  });

  test("nor does one that settles in the same frame in which the newer wait begins", () => {
    const { loop, note, frame } = harness();
    const kept: ((value: string) => void)[] = [];
    const wait = () =>
      action<string>((resolve) => {
        kept.push(resolve);
      });
    loop.run(function* () {
      note(yield* wait());
      note(yield* wait());
    });
    loop.run(function* () {
      yield* nextFrame();
      kept[0]!("first");
      yield* nextFrame("render");
      kept[0]!("late");
      yield* nextFrame();
      kept[1]!("second");
    });
    frame();
    expect(frame()).toEqual(["first"]);
    expect(frame()).toEqual(["second"]);
  });
});

describe("turns that begin more than one wait for the phase", () => {
  const several = () => all([nextFrame(), nextFrame(), nextFrame()]);

  test("keep the order, frame after frame", () => {
    const { loop, note, frame } = harness();
    for (const name of ["a", "b", "c", "d", "e"]) {
      loop.run(function* () {
        for (;;) {
          yield* nextFrame();
          note(name);
          if (name === "b" || name === "d") {
            yield* several();
            note(name);
          }
        }
      });
    }
    frame();
    for (let i = 0; i < 20; i++) expect(frame()).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("and a turn later in the same frame may cancel them", () => {
    const { loop, driver, note, frame } = harness();
    const first = loop.run(function* () {
      for (;;) {
        yield* nextFrame();
        note("first");
        yield* several();
        note("first");
      }
    });
    const second = loop.run(function* () {
      for (;;) {
        yield* nextFrame();
        note("second");
        yield* several();
        note("second");
      }
    });
    loop.run(function* () {
      for (let i = 0; i < 3; i++) {
        yield* nextFrame();
        note("third");
      }
      first.cancel();
      for (let i = 0; i < 3; i++) {
        yield* nextFrame();
        note("third");
      }
      second.cancel();
    });
    frame();
    for (let i = 0; i < 3; i++) expect(frame()).toEqual(["first", "second", "third"]);
    for (let i = 0; i < 3; i++) expect(frame()).toEqual(["second", "third"]);
    expect(frame()).toEqual([]);
    expect(driver.frameRequested).toBe(false);
    expect(loop.tasks).toEqual([]);
  });

  test("and once they are cancelled, no frame is asked for", () => {
    const { loop, driver, frame } = harness();
    const task = loop.run(function* () {
      yield* nextFrame();
      yield* several();
    });
    loop.run(function* () {
      yield* nextFrame();
      task.cancel();
    });
    frame();
    frame();
    expect(task.state).toBe("cancelled");
    expect(driver.frameRequested).toBe(false);
  });
});
