import {
  action,
  all,
  AsyncEvent,
  Channel,
  closed,
  nextFrame,
  on,
  race,
  sleep,
  spawn,
  timeout,
  TimeoutError,
  type Loop,
  type Operation,
  type Phase,
} from "awaitframe";
import { testLoop } from "awaitframe/testing";
import { describe, expect, test } from "vitest";
import { CountedTarget } from "../support/counted-target.ts";
import { heap } from "../support/garbage.ts";

/** What the heap may grow by, in bytes: what the compiler makes. An object that stays in each frame would be more. */
const NOISE = 700_000;

/** Errors are rare here, as they are in a page: taking their stacks would be most of the work. */
const FRAMES_PER_ERROR = 50;

/** A page with a bit of everything, and what it has counted. */
class Page {
  readonly target = new CountedTarget();
  readonly counts = {
    update: 0,
    render: 0,
    after: 0,
    seconds: 0,
    quarters: 0,
    received: 0,
    moves: 0,
    completions: 0,
    timeouts: 0,
    failures: 0,
    cleanups: 0,
    losers: 0,
  };
  private readonly jobs = new Channel<number>(4);
  private readonly beat = new AsyncEvent();
  private complete: (value: number) => void = () => {};

  start(loop: Loop): void {
    for (const phase of ["update", "render", "after"] as const) loop.run(this.spin(phase));
    loop.run(this.every(1000, "seconds"));
    loop.run(this.every(250, "quarters"));
    loop.run(this.produce());
    for (let i = 0; i < 3; i++) loop.run(this.consume());
    loop.run(this.follow());
    loop.run(this.read());
    loop.run(this.supervise());
    loop.run(this.compete());
  }

  /** What comes from outside before a frame. */
  happen(): void {
    this.target.dispatchEvent(new Event("move"));
    this.complete(1);
  }

  private *spin(phase: Phase): Operation<void> {
    for (let last = (yield* nextFrame(phase)).index; ; last++) {
      const { index } = yield* nextFrame(phase);
      if (index !== last + 1) throw new Error(`${phase} went from frame ${last} to ${index}`);
      this.counts[phase]++;
    }
  }

  private *every(ms: number, count: "seconds" | "quarters"): Operation<void> {
    for (;;) {
      yield* sleep(ms);
      this.counts[count]++;
    }
  }

  private *produce(): Operation<void> {
    for (let job = 0; ; job++) {
      yield* nextFrame();
      yield* all([this.jobs.send(job), this.jobs.send(-job)]);
      this.beat.set();
      this.beat.clear();
    }
  }

  private *consume(): Operation<void> {
    while ((yield* this.jobs.receive()) !== closed) this.counts.received++;
  }

  /** Two listeners: one for good, and one that opens and closes each frame. */
  private *follow(): Operation<void> {
    const moves = yield* on(this.target, "move", { overflow: "error" });
    for (;;) {
      yield* moves.next();
      this.counts.moves++;
      const brief = yield* on(this.target, "move");
      brief.close();
    }
  }

  private *read(): Operation<void> {
    for (;;) {
      this.counts.completions += yield* action<number>((resolve) => {
        this.complete = resolve;
        return () => this.counts.cleanups++;
      });
    }
  }

  /** Children that fail, that are cancelled, and that end. */
  private *supervise(): Operation<void> {
    const { counts } = this;
    function* fail(): Operation<void> {
      yield* nextFrame();
      throw new Error("as it should");
    }
    function* hang(): Operation<void> {
      try {
        yield* sleep(Number.POSITIVE_INFINITY);
      } finally {
        counts.cleanups++;
      }
    }
    for (;;) {
      for (let i = 0; i < FRAMES_PER_ERROR; i++) {
        const hanging = yield* spawn(hang);
        yield* yield* spawn(nextFrame());
        hanging.cancel();
      }
      try {
        yield* spawn(fail);
        yield* sleep(Number.POSITIVE_INFINITY);
      } catch {
        counts.failures++;
      }
    }
  }

  /** Waits that lose. */
  private *compete(): Operation<void> {
    for (;;) {
      for (let i = 0; i < FRAMES_PER_ERROR; i++)
        yield* race([this.beat.wait(), sleep(3_600_000), this.lose()]);
      try {
        yield* timeout(0, this.jobs.receive());
        this.counts.received++;
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        this.counts.timeouts++;
      }
    }
  }

  private *lose(): Operation<void> {
    try {
      yield* sleep(Number.POSITIVE_INFINITY);
    } finally {
      this.counts.losers++;
    }
  }
}

describe.each([
  { what: "ten minutes at 60 frames a second", fps: 60, seconds: 600 },
  { what: "a day at one frame a second", fps: 1, seconds: 24 * 3600 },
])("$what", { timeout: 120_000 }, ({ fps, seconds }) => {
  test("the clock is exact, nothing is lost, and the heap is bounded", async () => {
    const { loop, errors, now, tick } = testLoop({ fps });
    const page = new Page();
    const { counts } = page;
    page.start(loop);
    const frame = () => {
      page.happen();
      tick();
    };
    // What is made once, and what the compiler makes, belongs to the first frames.
    const warmUp = 3000;
    for (let i = 0; i < warmUp; i++) frame();
    const before = await heap();
    const first = { ...counts, time: loop.frame!.time };
    const frames = fps * seconds;
    for (let i = 0; i < frames; i++) frame();

    expect(loop.frame!.time - first.time).toBe(seconds * 1000);
    expect(now()).toBeCloseTo(((warmUp + frames) * 1000) / fps, 5);
    const since = (name: keyof typeof counts) => counts[name] - first[name];
    expect({
      update: since("update"),
      render: since("render"),
      after: since("after"),
      seconds: since("seconds"),
      received: since("received"),
      moves: since("moves"),
      completions: since("completions"),
    }).toEqual({
      update: frames,
      render: frames,
      after: frames,
      seconds,
      received: 2 * frames,
      moves: frames,
      completions: frames,
    });
    // More often than there are frames, a sleep cannot end.
    expect(since("quarters")).toBe(Math.min(4 * seconds, frames));
    for (const name of ["cleanups", "losers"] as const) expect(since(name), name).toBeGreaterThan(frames / 4);
    for (const name of ["failures", "timeouts"] as const)
      expect(since(name), name).toBeGreaterThan(frames / FRAMES_PER_ERROR / 4);
    expect(errors).toEqual([]);
    expect((await heap()) - before).toBeLessThan(NOISE);

    loop.stop();
    expect(page.target.listeners).toBe(0);
    expect(loop.tasks).toEqual([]);
  });
});
