import { type Loop, nextFrame, once, onSubmittedWorkDone, until, type Operation } from "awaitframe";
import {
  completions,
  recordCompletions,
  replayCompletions,
  testLoop,
  type Interposer,
  type RecordedCompletion,
} from "awaitframe/testing";
import { expect, test } from "vitest";
import { fakeDevice } from "./fake-device.ts";

/** A page with readbacks, loading and a pointer; returns what it sees. */
function page(loop: Loop, interposer: Interposer, pointer: EventTarget): string[] {
  const seen: string[] = [];
  const device = interposer.watch(fakeDevice());
  function* load(name: string): Operation<void> {
    for (let i = 0; i < 3; i++) seen.push(yield* until(interposer.wrap(Promise.resolve(name + i), name)));
  }
  loop.run(function* app() {
    for (let i = 0; i < 6; i++) {
      seen.push(`frame ${(yield* nextFrame()).index}`);
      yield* onSubmittedWorkDone(device.queue);
      seen.push("done");
      if (i === 2) seen.push((yield* once(pointer, "down")).type);
    }
  });
  loop.run(load("a"));
  loop.run(load("b"));
  return seen;
}

/** The page as a user sees it: its GPU answers in some order, and a pointer goes down at some time. */
async function live(seed: number): Promise<{ seen: string[]; log: RecordedCompletion[] }> {
  const gpu = completions({ seed });
  const { loop, runUntilIdle } = testLoop({ completions: gpu });
  const recorder = recordCompletions(loop);
  const pointer = new EventTarget();
  pointer.addEventListener("down", () => recorder.note("down"));
  // The recorder sees what the GPU lets through.
  const wrap = recorder.wrap.bind(recorder);
  recorder.wrap = (promise, label) => wrap(gpu.wrap(promise, label), label);
  const seen = page(loop, recorder, pointer);
  await runUntilIdle();
  pointer.dispatchEvent(new Event("down"));
  await runUntilIdle();
  return { seen, log: JSON.parse(JSON.stringify(recorder.log)) as RecordedCompletion[] };
}

async function replayed(log: RecordedCompletion[]): Promise<{ seen: string[]; left: number }> {
  const replay = replayCompletions(log);
  const { loop, runUntilIdle } = testLoop({ completions: replay });
  const pointer = new EventTarget();
  replay.on("down", () => void pointer.dispatchEvent(new Event("down")));
  const seen = page(loop, replay, pointer);
  await runUntilIdle();
  return { seen, left: replay.left.length };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])("a test sees what the page saw (%s)", async (seed) => {
  const { seen, log } = await live(seed);
  expect(seen).toHaveLength(6 + 6 + 6 + 1);
  expect(await replayed(log)).toEqual({ seen, left: 0 });
});

test("the log is plain data: what arrived, and before which frame", async () => {
  const { loop, advanceFrames } = testLoop();
  const recorder = recordCompletions(loop);
  recorder.note("start");
  await advanceFrames(3);
  await recorder.wrap(Promise.resolve(), "one");
  await expect(recorder.wrap(Promise.reject(new Error("no")), "one")).rejects.toThrow("no");
  expect(JSON.parse(JSON.stringify(recorder.log))).toEqual([
    { label: "start", frame: 0, note: true },
    { label: "one", frame: 3 },
    { label: "one 2", frame: 3 },
  ]);
});

test("what is asked for later than in the recording keeps its order", async () => {
  const log = ["b", "a"].map((label) => ({ label, frame: 0 }));
  const replay = replayCompletions(log);
  const { loop, advanceFrames } = testLoop({ completions: replay });
  const order: string[] = [];
  for (const [label, frames] of Object.entries({ a: 0, b: 5 })) {
    loop.run(function* () {
      for (let i = 0; i < frames; i++) yield* nextFrame();
      yield* until(replay.wrap(Promise.resolve(), label));
      order.push(label);
    });
  }
  await advanceFrames(5);
  expect(order).toEqual([]);
  await advanceFrames(5);
  expect(order).toEqual(["b", "a"]);
});

test("what the recording does not know waits for its end, then passes", async () => {
  const replay = replayCompletions([{ label: "known", frame: 4 }]);
  const { loop, advanceFrames } = testLoop({ completions: replay });
  const order: string[] = [];
  for (const label of ["unknown", "known"]) {
    loop.run(function* () {
      yield* until(replay.wrap(Promise.resolve(), label));
      order.push(label);
    });
  }
  loop.run(function* () {
    for (;;) yield* nextFrame();
  });
  await advanceFrames(4);
  expect([order, replay.left]).toEqual([[], [{ label: "known", frame: 4 }]]);
  await advanceFrames();
  expect([order, replay.left]).toEqual([["known", "unknown"], []]);
});
