import { all, nextFrame, sleep, spawn, until, type Operation } from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness } from "../support/harness.ts";

/**
 * What `yield*` does in JavaScriptCore: it makes a result of its own of the value of each one that it gets, instead of
 * handing on the very object. The real engine is tested too, but not wherever the tests run.
 */
function* copying<T>(operation: Operation<T>): Generator<never, T, unknown> {
  const iterator = operation[Symbol.iterator]() as unknown as Generator<never, T, unknown>;
  let result = iterator.next();
  while (result.done !== true) {
    const value = result.value;
    let sent: unknown;
    try {
      sent = yield value;
    } catch (error) {
      result = iterator.throw(error);
      continue;
    }
    result = iterator.next(sent);
  }
  return result.value;
}

describe("where yield* copies the results of an action", () => {
  test("waits give what they give elsewhere, frame by frame", () => {
    const { loop, note, frame } = harness();
    loop.run(function* () {
      note((yield* copying(nextFrame())).index);
      note(yield* copying(sleep(0)));
      const [rendered] = yield* copying(all([nextFrame("render"), sleep(0)]));
      note(rendered.index);
      const task = yield* copying(
        spawn(function* () {
          return "child";
        }),
      );
      note(yield* copying(task));
    });
    expect(frame()).toEqual([]);
    expect(frame()).toEqual([1]);
    expect(frame()).toEqual([undefined]);
    expect(frame()).toEqual([2, "child"]);
  });

  test("errors are thrown at the yield*", async () => {
    const { loop, note, frame } = harness();
    const fault = new Error("fault");
    loop.run(function* () {
      try {
        yield* copying(until(Promise.reject(fault)));
      } catch (error) {
        note(error);
      }
    });
    frame();
    await Promise.resolve();
    expect(frame()).toEqual([fault]);
  });

  test("a bare yield is told apart, also right after a wait", () => {
    const { loop, frames, errors } = harness();
    loop.run(function* () {
      yield* copying(nextFrame());
      yield 7 as never;
    });
    frames(2);
    expect(errors()).toMatchObject([new TypeError('write yield*, not yield: task "task 1" yielded 7')]);
  });
});
