/** For tests: what the animals do, and whether both ways do the same. */

import { animals, asCoroutines, byHand, costs, createAnimals, type Animal, type Herd } from "./main.ts";

export interface StampedeCheck {
  costs: typeof costs;
  running(): number;
  /** The greatest difference between the two ways in where a small herd is, after so many frames of 16 ms. */
  difference(frames: number): number;
  /** How far that herd has run in all. */
  distance(frames: number): number;
  /** How many of it run before an alarm, and in the frame after it. */
  wokenByAlarm(way: "coroutines" | "hand"): [before: number, after: number];
}

declare global {
  // A global can be declared with `var` alone.
  var stampedeCheck: StampedeCheck | undefined;
}

const count = 200;

globalThis.stampedeCheck = {
  costs,
  running: () => animals.filter(({ part }) => part < 1).length,

  difference(frames) {
    const [a, b] = [after(frames, asCoroutines), after(frames, byHand)];
    return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  },

  distance(frames) {
    const start = after(0, asCoroutines);
    return after(frames, asCoroutines).reduce((sum, value, i) => sum + Math.abs(value - start[i]!), 0);
  },

  wokenByAlarm(way) {
    const animals = createAnimals(count);
    const running = (): number => animals.filter(({ part }) => part < 1).length;
    const herd = way === "hand" ? byHand(animals) : asCoroutines(animals);
    herd.step({ timestamp: 1000, delta: 0 });
    const before = running();
    herd.alarm();
    herd.step({ timestamp: 1016, delta: 16 });
    const after = running();
    herd.end();
    return [before, after];
  },
};

/** Where a herd is after so many frames; a third of the way through, it is alarmed. */
function after(frames: number, way: (animals: Animal[]) => Herd): number[] {
  const animals = createAnimals(count);
  const herd = way(animals);
  for (let i = 0; i < frames; i++) {
    if (i === Math.floor(frames / 3)) herd.alarm();
    herd.step({ timestamp: 1000 + 16 * i, delta: i === 0 ? 0 : 16 });
  }
  herd.end();
  return [...new Float32Array(animals[0]!.place.buffer as ArrayBuffer)];
}
