import { nextFrame, sleep, spawn, type Operation } from "awaitframe";
import { hot, type HotContext } from "awaitframe/hot";
import { testLoop } from "awaitframe/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";

/** A module as a dev server runs it: again and again, with what it kept. */
function module() {
  const invalidate = vi.fn<() => void>();
  const context: HotContext = { data: {}, invalidate };
  return { invalidate, edit: () => hot(context) };
}

const log: string[] = [];
const complaints = vi.spyOn(console, "error").mockImplementation(() => {});

beforeEach(() => {
  log.length = 0;
  complaints.mockClear();
});

/** A body that says what it does, under one name for all versions. */
const version = (name: string) =>
  function* scene(who: string): Operation<void> {
    try {
      yield* spawn(child);
      for (let step = 0; ; step++) {
        log.push(`${name} of ${who}: ${step}`);
        yield* nextFrame();
      }
    } finally {
      log.push(`${name} ends`);
    }
    function* child() {
      try {
        yield* sleep(Infinity);
      } finally {
        log.push(`child of ${name} ends`);
      }
    }
  };

const failing = (error: unknown) =>
  function* scene(_who: string): Operation<void> {
    yield* nextFrame();
    throw error;
  };

describe("in production", () => {
  test("what is kept is made, and a body is itself", async () => {
    const { keep, swap } = hot(undefined);
    const body = version("one");
    expect(swap(body)).toBe(body);
    expect(keep("state", () => 1) + keep("state", () => 2)).toBe(3);
  });
});

describe("a value that is kept", () => {
  test("is the same after an edit, under its name", async () => {
    const { edit } = module();
    const first = edit();
    const state = first.keep("state", () => ({ angle: 0 }));
    const other = first.keep("other", () => undefined);
    const second = edit();
    expect(second.keep("state", () => ({ angle: 1 }))).toBe(state);
    expect(second.keep<unknown>("other", () => 5)).toBe(other);
  });

  test("belongs to its module", async () => {
    module()
      .edit()
      .keep("state", () => 1);
    expect(
      module()
        .edit()
        .keep("state", () => 2),
    ).toBe(2);
  });
});

describe("a body that is swapped", () => {
  test("is cancelled with its children and cleanups, and the new one begins with the same arguments", async () => {
    const { edit } = module();
    const { loop, ...time } = testLoop();
    const scene = edit().swap(version("one"));
    loop.run(() => scene("us"));
    await time.advanceFrames(2);
    edit().swap(version("two"));
    await time.advanceFrames(2);
    expect(log).toEqual([
      "one of us: 0",
      "one of us: 1",
      "child of one ends",
      "one ends",
      "two of us: 0",
      "two of us: 1",
    ]);
    loop.stop();
  });

  test("goes on in the same frame in which the old one ended", async () => {
    const { edit } = module();
    const { loop, ...time } = testLoop();
    const scene = edit().swap(version("one"));
    loop.run(() => scene("us"));
    await time.advanceFrames(1);
    edit().swap(version("two"));
    log.length = 0;
    await time.advanceFrames(1);
    expect(log.filter((line) => line.includes(": "))).toEqual(["two of us: 0"]);
    expect(complaints).not.toHaveBeenCalled();
    loop.stop();
  });

  test("is the newest one when it is started later, and gives its result", async () => {
    const { edit } = module();
    const { loop, ...time } = testLoop();
    const scene = edit().swap(function* scene(a: number) {
      return a;
    });
    edit().swap(function* scene(a: number) {
      return a * 2;
    });
    const task = loop.run(() => scene(4));
    await time.advanceFrames(1);
    expect(await task).toBe(8);
  });

  test("runs wherever it was started, each with its arguments", async () => {
    const { edit } = module();
    const { loop, ...time } = testLoop();
    const scene = edit().swap(version("one"));
    loop.run(() => scene("a"));
    loop.run(() => scene("b"));
    await time.advanceFrames(1);
    log.length = 0;
    edit().swap(version("two"));
    await time.advanceFrames(1);
    expect(log).toContain("two of a: 0");
    expect(log).toContain("two of b: 0");
    loop.stop();
  });

  test("ends with its task, and an edit after that starts nothing", async () => {
    const { edit } = module();
    const { loop, ...time } = testLoop();
    const scene = edit().swap(version("one"));
    const task = loop.run(() => scene("us"));
    await time.advanceFrames(1);
    task.cancel();
    expect(log.at(-1)).toMatch(/ends/);
    log.length = 0;
    edit().swap(version("two"));
    await time.advanceFrames(2);
    expect(log).toEqual([]);
    expect(loop.tasks).toEqual([]);
  });

  test("without a name it is refused", async () => {
    const { swap } = module().edit();
    expect(() => swap((() => function* () {})())).toThrow(/named function/);
  });
});

describe("a new version that fails", () => {
  test("is told, and the one before it goes on until the next edit", async () => {
    const { edit, invalidate } = module();
    const { loop, ...time } = testLoop();
    const scene = edit().swap(version("one"));
    loop.run(() => scene("us"));
    await time.advanceFrames(1);
    const error = new Error("Meh");
    edit().swap(failing(error));
    await time.advanceFrames(3);
    expect(complaints.mock.calls).toEqual([[error]]);
    expect(log.at(-1)).toMatch(/^one of us: \d/);
    edit().swap(version("three"));
    await time.advanceFrames(2);
    expect(log.at(-1)).toMatch(/^three of us: \d/);
    expect(invalidate).not.toHaveBeenCalled();
    loop.stop();
  });

  test("with nothing before it, it fails as without hot reload, and the next edit reloads the page", async () => {
    const { edit, invalidate } = module();
    const { loop, ...time } = testLoop({ onError: () => {} });
    const scene = edit().swap(failing(new Error("Meh")));
    const task = loop.run(() => scene("us"));
    const ended = task.then(
      () => "done",
      (error: unknown) => (error as Error).message,
    );
    await time.advanceFrames(3);
    expect(await ended).toBe("Meh");
    expect(invalidate).not.toHaveBeenCalled();
    edit().swap(version("two"));
    expect(invalidate).toHaveBeenCalledOnce();
  });

  test("fails for good when the one before it fails as well", async () => {
    const { edit } = module();
    const { loop, ...time } = testLoop({ onError: () => {} });
    let broken = false;
    const scene = edit().swap(function* scene(_who: string): Operation<void> {
      for (;;) {
        yield* nextFrame();
        if (broken) throw new Error("first");
      }
    });
    const task = loop.run(() => scene("us"));
    const ended = task.then(
      () => "done",
      (error: unknown) => (error as Error).message,
    );
    await time.advanceFrames(2);
    broken = true;
    edit().swap(failing(new Error("second")));
    await time.advanceFrames(6);
    expect(await ended).toBe("first");
  });
});
