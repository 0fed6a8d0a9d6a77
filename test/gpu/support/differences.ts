import { expect } from "vitest";
import { engine, type Engine } from "./engine.ts";

/**
 * What engines do differently, in the words of docs/engines.md, which has a row for each of these. Where " or " stands
 * between words, the engine does the one or the other.
 */
export const differences = {
  "a second device of one adapter": {
    chromium: "OperationError",
    firefox: "a device",
    dawn: "OperationError",
  },
  "`mapAsync` after the loss of the device": {
    chromium: "AbortError",
    firefox: "OperationError",
    dawn: "AbortError",
  },
  "use of a buffer that a lost device made": {
    chromium: "no error",
    firefox: "uncaptured error",
    dawn: "no error",
  },
  "`mapAsync` while it is pending": {
    chromium: "rejected",
    firefox: "rejected, uncaptured error",
    dawn: "rejected",
  },
  "`onSubmittedWorkDone` d, two `mapAsync` m, d again": {
    chromium: "d m m d or m d m d or m m d d",
    firefox: "m m d d",
    dawn: "d m m d or m d m d or m m d d",
  },
  "an idle queue tells of completions": {
    chromium: "at once",
    firefox: "every 100 ms",
    dawn: "at once",
  },
  "transfer of mapped memory": {
    chromium: "TypeError",
    firefox: "DataCloneError",
    dawn: "transferred",
  },
  "the option `signal` of a device's `addEventListener`": {
    chromium: "removes the listener",
    firefox: "removes the listener",
    dawn: "ignored",
  },
  "the same uncaptured error three times": {
    chromium: "three events",
    firefox: "one event",
    dawn: "three events",
  },
  "an uncaptured error, and the queue not used": {
    chromium: "no event",
    firefox: "an event",
    dawn: "an event",
  },
  "where frames come from": {
    chromium: "requestAnimationFrame",
    firefox: "requestAnimationFrame",
    dawn: "timers",
  },
  "the canvas texture after a plain `await`": {
    chromium: "destroyed",
    firefox: "usable",
  },
  "the canvas texture of the next frame": {
    chromium: "another",
    firefox: "the same",
  },
  "a canvas of the format `rgba16float`": {
    chromium: "configured",
    firefox: "TypeError",
  },
  "`getConfiguration()` leaves out": {
    chromium: "nothing",
    firefox: "colorSpace, toneMapping",
  },
} satisfies Record<string, Partial<Record<Engine, string>>>;

/** Expects of the engine that runs what the table says of it. */
export function expectDifference(what: keyof typeof differences, observed: string): void {
  const words: Partial<Record<Engine, string>> = differences[what];
  expect(words[engine]?.split(" or ") ?? [], `${what}, in ${engine}`).toContain(observed);
}
