import { Loop, nextFrame, once, sleep, xrDriver, type XRFrames } from "awaitframe";
import { checkDriver } from "awaitframe/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { never, pending } from "../support/pending.ts";

/** A stand-in for an XR session at 72 Hz; frames are numbered. */
class Headset extends EventTarget implements XRFrames<{ number: number }> {
  visibilityState: "visible" | "hidden" = "visible";
  ended = false;
  listeners = 0;
  readonly callbacks = new Map<number, (time: number, frame: { number: number }) => void>();
  private ids = 0;
  private frames = 0;
  private readonly beat = setInterval(() => this.frame(), 1000 / 72);

  requestAnimationFrame(callback: (time: number, frame: { number: number }) => void): number {
    this.callbacks.set(++this.ids, callback);
    return this.ids;
  }

  cancelAnimationFrame(id: number): void {
    this.callbacks.delete(id);
  }

  override addEventListener(...given: Parameters<EventTarget["addEventListener"]>): void {
    const [, , options] = given;
    const { signal } = typeof options === "object" ? options : {};
    if (signal) {
      this.listeners++;
      signal.addEventListener("abort", () => this.listeners--);
    }
    super.addEventListener(...given);
  }

  updateRenderState(): void {
    if (this.ended) throw new DOMException("XRSession has already ended.", "InvalidStateError");
  }

  frame(): void {
    if (this.ended || this.visibilityState === "hidden") return;
    const due = [...this.callbacks.values()];
    this.callbacks.clear();
    const frame = { number: ++this.frames };
    for (const callback of due) callback(performance.now(), frame);
  }

  show(visibilityState: "visible" | "hidden"): void {
    this.visibilityState = visibilityState;
    this.dispatchEvent(new Event("visibilitychange"));
  }

  end(): void {
    this.ended = true;
    clearInterval(this.beat);
    this.callbacks.clear();
    this.dispatchEvent(new Event("end"));
  }
}

/** A loop in a session, and what its tasks noted. */
function inSession() {
  const headset = new Headset();
  const driver = xrDriver(headset);
  const errors: unknown[] = [];
  const loop = new Loop({ driver, onError: (error) => errors.push(error) });
  return { headset, driver, loop, errors, log: [] as unknown[] };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("xrDriver passes the check", async () => {
  const headsets: Headset[] = [];
  await checkDriver(() => {
    const headset = new Headset();
    headsets.push(headset);
    return xrDriver(headset);
  });
  for (const headset of headsets) headset.end();
  expect(headsets.length).toBeGreaterThan(5);
});

describe("xrDriver", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("runs a frame for each of the session's, with its XRFrame", async () => {
    const { driver, loop, log } = inSession();
    loop.run(function* () {
      for (;;) {
        const { index } = yield* nextFrame();
        log.push(driver.frame.number - index);
      }
    });
    await pass(500);
    expect(log.length).toBeGreaterThan(30);
    expect(new Set(log)).toEqual(new Set([1]));
  });

  test("before the first frame there is no XRFrame", () => {
    expect(() => inSession().driver.frame).toThrow(/nextFrame/);
  });

  test("asks for no frames while every task waits for something else", async () => {
    const { headset, loop, log } = inSession();
    loop.run(function* () {
      yield* sleep(300);
      log.push("slept");
      yield* never();
    });
    await pass(100);
    expect(headset.callbacks.size).toBe(0);
    await pass(300);
    expect(log).toEqual(["slept"]);
    expect(headset.callbacks.size).toBe(0);
  });

  test("while the session is hidden, sleeps and arrivals go on and phases rest, whatever the page says", async () => {
    const { headset, loop, log } = inSession();
    const arrival = pending();
    loop.run(function* () {
      yield* nextFrame();
      log.push("drawn");
      yield* sleep(300);
      log.push("slept");
      yield* arrival.wait;
      log.push("arrived");
      yield* nextFrame();
      log.push("drawn again");
    });
    await pass(100);
    headset.show("hidden");
    await pass(1500);
    expect(log).toEqual(["drawn", "slept"]);
    arrival.resolve();
    await pass(1500);
    expect(log).toEqual(["drawn", "slept", "arrived"]);
    headset.show("visible");
    await pass(100);
    expect(log).toEqual(["drawn", "slept", "arrived", "drawn again"]);
  });

  test("at the session's end, those who wait for it go on once more; then the loop's tasks are cancelled", async () => {
    const { headset, loop, errors, log } = inSession();
    const draw = loop.run(function* draw() {
      try {
        for (;;) yield* nextFrame();
      } finally {
        log.push("cleaned up");
      }
    });
    loop.run(function* () {
      yield* once(headset, "end");
      log.push("told");
      yield* nextFrame();
      log.push("never");
    });
    await pass(100);
    headset.end();
    expect(log).toEqual([]);
    await pass(10);
    expect(log).toEqual(["told", "cleaned up"]);
    expect(draw.state).toBe("cancelled");
    expect(loop.tasks).toEqual([]);
    expect(headset.callbacks.size).toBe(0);
    expect(headset.listeners).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(errors).toEqual([]);
  });

  test("a loop that was stopped before takes no notice of the end", async () => {
    const { headset, loop, errors } = inSession();
    loop.run(nextFrame());
    loop.run(never());
    await pass(100);
    headset.addEventListener("end", () => loop.stop());
    headset.end();
    await pass(100);
    expect(headset.listeners).toBe(0);
    expect(errors).toEqual([]);
  });

  test("a session that is over starts no loop: the error says so, and its tasks are cancelled", async () => {
    const { headset, loop, errors } = inSession();
    headset.end();
    const task = loop.run(nextFrame());
    await pass(100);
    expect(String(errors)).toMatch(/this XR session is over/);
    expect(task.state).toBe("cancelled");
  });

  test("nor does one that was over before it got its driver: it would ignore all requests", async () => {
    const headset = new Headset();
    headset.end();
    const errors: unknown[] = [];
    const loop = new Loop({ driver: xrDriver(headset), onError: (error) => errors.push(error) });
    const task = loop.run(nextFrame());
    await pass(100);
    expect(String(errors)).toMatch(/this XR session is over/);
    expect(task.state).toBe("cancelled");
  });

  test("stop leaves nothing behind, and the loop can start again", async () => {
    const { headset, loop, log } = inSession();
    const draw = function* () {
      for (;;) log.push((yield* nextFrame()).index);
    };
    loop.run(draw);
    await pass(100);
    loop.stop();
    expect(headset.callbacks.size).toBe(0);
    expect(headset.listeners).toBe(0);
    const before = log.length;
    await pass(100);
    expect(log).toHaveLength(before);
    loop.run(draw);
    await pass(100);
    expect(log.length).toBeGreaterThan(before);
  });
});

test("what is no session is refused at the call", () => {
  expect(() => xrDriver(null as never)).toThrow("xrDriver takes an XR session, got null");
});
