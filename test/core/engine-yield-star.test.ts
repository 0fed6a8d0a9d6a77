import {
  all,
  allSettled,
  any,
  breathe,
  nextFrame,
  race,
  sleep,
  spawn,
  timeout,
  until,
  type Operation,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness } from "../support/harness.ts";
import { never } from "../support/pending.ts";

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

test.each<{ name: string; operation: () => Operation<unknown> }>([
  { name: "sleep(5)", operation: () => sleep(5) },
  { name: 'nextFrame("render")', operation: () => nextFrame("render") },
  { name: "never", operation: () => never() },
  { name: "spawn", operation: () => spawn(never()) },
  { name: "breathe", operation: () => breathe() },
  { name: "until", operation: () => until(Promise.resolve()) },
  { name: "timeout", operation: () => timeout(5, never()) },
  { name: "all", operation: () => all([]) },
  { name: "allSettled", operation: () => allSettled([]) },
  { name: "race", operation: () => race([never()]) },
  { name: "any", operation: () => any([never()]) },
])("what was iterated by hand, the error names: $name", ({ name, operation }) => {
  expect(() => [...(operation() as Iterable<unknown>)]).toThrow(
    new TypeError(`${name} was iterated by hand: wait for it with yield*, in a coroutine`),
  );
});
