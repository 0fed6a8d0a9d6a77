/** A second opinion, for tests and for running without a display: the same statistics, made on the CPU. */

import { nextFrame, readBuffer } from "awaitframe";
import { report } from "../common/report.ts";
import { drawn, loop, school, state } from "./main.ts";

export interface Statistics {
  speed: number;
  order: number;
  middle: number[];
  flocks: number;
  largest: number;
}

export interface BoidsCheck {
  state: typeof state;
  school: typeof school;
  /** The statistics of one frame's fish as the demo got them, and as they should be. */
  compare(): Promise<{ statistics: Statistics; expected: Statistics; count: number }>;
  /** How far the pointer is from the nearest twentieth of the fish, at most. */
  nearest(): Promise<number>;
}

declare global {
  // A global can be declared with `var` alone.
  var boidsCheck: BoidsCheck | undefined;
}

const check: BoidsCheck = {
  state,
  school,

  async nearest() {
    const { device, fish, pointer } = drawn!;
    const data = await loop.run(readBuffer(device, fish, { size: 32 * state.count, as: Float32Array }));
    const far = Array.from({ length: state.count }, (_, i) =>
      Math.hypot(...[...pointer].map((value, axis) => value - data[8 * i + axis]!)),
    ).toSorted((a, b) => a - b);
    return far[Math.floor(far.length / 20)]!;
  },

  compare: () =>
    loop.run(function* compare() {
      while (true) {
        const { index } = yield* nextFrame("after");
        const { count } = state;
        const { device, fish } = drawn!;
        const data = yield* readBuffer(device, fish, { size: 32 * count, as: Float32Array });
        while (school.frame < index) yield* nextFrame("after");
        // A frame whose statistics were replaced by the next one's is not compared.
        if (school.frame !== index) continue;
        const { speed, order, middle, flocks, largest } = school;
        const statistics = { speed, order, middle: [...middle], flocks, largest };
        return { statistics, expected: measure(data), count };
      }
    }),
};
globalThis.boidsCheck = check;

report.drive(async () => {
  const { statistics, expected } = await check.compare();
  if (statistics.flocks !== expected.flocks || Math.abs(statistics.order - expected.order) > 0.001) {
    throw new Error(`The GPU found ${JSON.stringify(statistics)}, the CPU ${JSON.stringify(expected)}.`);
  }
});

/** Each fish has eight numbers: where it is, its beat, its velocity, and one of its own. */
function measure(data: Float32Array): Statistics {
  const count = data.length / 8;
  const heading = [0, 0, 0];
  const middle = [0, 0, 0];
  let speeds = 0;
  const held = new Map<number, number>();
  for (let i = 0; i < data.length; i += 8) {
    const [at, velocity] = [data.subarray(i, i + 3), data.subarray(i + 4, i + 7)];
    const speed = Math.hypot(...velocity);
    speeds += speed;
    for (let axis = 0; axis < 3; axis++) {
      heading[axis]! += velocity[axis]! / speed / count;
      middle[axis]! += at[axis]! / count;
    }
    const [x, y, z] = [...at].map((value, axis) => cellOf(value, grid[axis]!));
    const cell = numberOf(x!, y!, z!);
    held.set(cell, (held.get(cell) ?? 0) + 1);
  }
  const sizes = flocks(held);
  return {
    speed: speeds / count,
    order: Math.hypot(...heading),
    middle,
    flocks: sizes.filter((size) => size >= 20).length,
    largest: Math.max(...sizes),
  };
}

const grid = [48, 24, 48];

function cellOf(value: number, most: number): number {
  return Math.min(Math.max(Math.floor(value / 2) + most / 2, 0), most - 1);
}

function numberOf(x: number, y: number, z: number): number {
  return (z * grid[1]! + y) * grid[0]! + x;
}

/** How many fish there are in each group of cells that touch: found by flooding one after the other. */
function flocks(held: Map<number, number>): number[] {
  const sizes: number[] = [];
  const left = new Set(held.keys());
  const near = [-1, 0, 1];
  for (const start of left) {
    left.delete(start);
    let size = 0;
    const open = [start];
    for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
      size += held.get(cell)!;
      const [x, y, z] = [cell % 48, Math.floor(cell / 48) % 24, Math.floor(cell / (48 * 24))];
      for (const dz of near) {
        for (const dy of near) {
          for (const dx of near) {
            const beside = [x + dx, y + dy, z + dz] as const;
            const other = numberOf(...beside);
            if (beside.some((value, axis) => value < 0 || value >= grid[axis]!) || !left.delete(other))
              continue;
            open.push(other);
          }
        }
      }
    }
    sizes.push(size);
  }
  return sizes;
}
