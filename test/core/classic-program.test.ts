import { nextFrame, sleep, type Loop, type Operation } from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness } from "../support/harness.ts";

/** The program that the idea was first shown with. `says` gets each line. */
function start(loop: Loop, says: (line: string) => void): void {
  function* main(): Operation<void> {
    yield* sleep(1000);
    says("main slept");
    yield* sleep(1000);
    says("main slept");
    loop.run(sub("harry", 3));
    loop.run(sub("ron", 4));
    loop.run(fail);
  }
  function* sub(name: string, n: number): Operation<void> {
    for (let i = 0; i < n; i++) {
      yield* sleep(100);
      says(`${name} slept`);
    }
  }
  function* fail(): Operation<void> {
    yield* sleep(2000);
    throw new Error("Meh");
  }
  loop.run(main);
}

const TRACE = [
  "main slept",
  "main slept",
  "harry slept",
  "ron slept",
  "harry slept",
  "ron slept",
  "harry slept",
  "ron slept",
  "ron slept",
  "Error: Meh",
];

/** Timestamps of frames for five seconds, `gap` apart. */
function every(gap: (index: number) => number): number[] {
  const times = [0];
  while (times.at(-1)! < 5000) times.push(times.at(-1)! + gap(times.length));
  return times;
}

const rhythms = [
  ...[10, 24, 30, 60, 144, 240].map((hz) => ({ rhythm: `${hz} fps`, times: every(() => 1000 / hz) })),
  { rhythm: "irregular frames", times: every((index) => 3 + ((index * 7919) % 41)) },
  { rhythm: "frames with gaps of 90 ms", times: every((index) => (index % 9 === 0 ? 90 : 11)) },
];

describe("the classic program", () => {
  test.each(rhythms)("at $rhythm: main, main, harry and ron in turn, ron, and Meh last", ({ times }) => {
    const lines: string[] = [];
    const { loop, frame } = harness({ onError: (error) => lines.push(String(error)) });
    start(loop, (line) => lines.push(line));
    for (const time of times) frame(time);
    expect(lines).toEqual(TRACE);
    expect(loop.tasks).toEqual([]);
  });

  test.each(rhythms)("at $rhythm: each line in the first frame after its time", ({ times }) => {
    const lines: number[] = [];
    const { loop, frame } = harness({ onError: () => lines.push(loop.frame!.time) });
    start(loop, () => lines.push(loop.frame!.time));
    for (const time of times) frame(time);
    const frameFor = (due: number) => times.find((time) => time >= due)!;
    const second = frameFor(2000);
    // What starts is no resume of a sleep: it counts from the frame in which it starts.
    const steps = [100, 100, 200, 200, 300, 300, 400, 2000].map((ms) => frameFor(second + ms));
    expect(lines).toEqual([frameFor(1000), second, ...steps]);
  });

  test("disturbs nothing else: a task beside it sees every frame", () => {
    const { loop, frame } = harness({ onError: () => {} });
    start(loop, () => {});
    let frames = 0;
    loop.run(function* () {
      while (true) {
        yield* nextFrame();
        frames++;
      }
    });
    for (let index = 0; index <= 300; index++) frame((index * 1000) / 60);
    expect(frames).toBe(300);
  });

  test("runs in a hidden page, where only the pump comes", () => {
    const lines: string[] = [];
    const { loop, pump } = harness({ onError: (error) => lines.push(String(error)) });
    start(loop, (line) => lines.push(line));
    for (let time = 0; time <= 5000; time += 50) pump(time);
    expect(lines).toEqual(TRACE);
  });
});
