// The page that is measured. What is measured in it, and in which order, main.mjs decides.

import { awaitframe } from "./contenders/awaitframe.ts";
import { babylon } from "./contenders/babylon.ts";
import { byHand } from "./contenders/by-hand.ts";
import { lumaGl } from "./contenders/luma.ts";
import { newBuffer } from "./contenders/new-buffer.ts";
import { nothing } from "./contenders/nothing.ts";
import { three, threeReadbackBuffer } from "./contenders/three.ts";
import { typeGpu } from "./contenders/typegpu.ts";
import { waitInside } from "./contenders/wait-inside.ts";
import { observe, Run, useFrames, type Contender, type Make, type Measured, type RunOptions } from "./run.ts";

const contenders = {
  "no readback": nothing,
  "awaitframe, borrow": awaitframe("borrow"),
  "awaitframe, nudged": awaitframe("borrow", true),
  "awaitframe, read": awaitframe("read"),
  "ring by hand": byHand,
  "new buffer": newBuffer,
  "wait in the frame": waitInside,
  "three.js": three,
  "three.js, ReadbackBuffer": threeReadbackBuffer,
  "Babylon.js": babylon,
  "luma.gl": lumaGl,
  TypeGPU: typeGpu,
} satisfies Record<string, Make>;

export type Name = keyof typeof contenders;

export interface Page {
  names: Name[];
  /** The adapter, in its own words. */
  gpu(): Promise<string>;
  /** Makes one of them, and collects what others have left. */
  prepare(name: Name, bytes: number): Promise<void>;
  /** Runs one of them once, and gives what was seen. */
  run(name: Name, bytes: number, options: RunOptions): Promise<Measured>;
  /** How many rounds of the GPU's loop take so many ms. */
  spinsFor(ms: number): Promise<number>;
}

declare global {
  var readback: Page | undefined;
}

observe();

const made = new Map<string, Promise<Contender>>();
let frame = 0;

function contender(name: Name, bytes: number): Promise<Contender> {
  const key = `${name} ${bytes}`;
  const making = made.get(key) ?? contenders[name](bytes);
  made.set(key, making);
  return making;
}

async function prepare(name: Name, bytes: number): Promise<void> {
  await contender(name, bytes);
  // There if the browser was told to.
  globalThis.gc?.();
}

async function run(name: Name, bytes: number, options: RunOptions): Promise<Measured> {
  const one = await contender(name, bytes);
  one.workload.spins = options.spins;
  useFrames(options.frameSource);
  const run = new Run(frame, options);
  await one.run(run);
  frame = run.frame;
  return run.measured;
}

async function gpu(): Promise<string> {
  const { vendor, architecture, device, description } = (await navigator.gpu.requestAdapter())!.info;
  return [vendor, architecture, device, description].filter(Boolean).join(" ");
}

async function spinsFor(ms: number): Promise<number> {
  const options = {
    frames: 10,
    warmUp: 3,
    longest: 5000,
    readbacks: "each frame",
    frameSource: "display",
  } as const;
  let spins = 1000;
  // One at a time: then the latency is the time that the GPU takes, and a little more.
  for (let i = 0; i < 12; i++) {
    const { latencies } = await run("wait in the frame", 1 << 14, { ...options, spins });
    const time = latencies.toSorted((a, b) => a - b)[latencies.length >> 1] ?? 0;
    if (time > ms * 0.8 && time < ms * 1.2) break;
    spins = Math.round(spins * Math.min(8, Math.max(0.2, ms / time)));
  }
  return spins;
}

globalThis.readback = { names: Object.keys(contenders) as Name[], gpu, prepare, run, spinsFor };
