import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { macrotask } from "./harness.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes on the heap, without garbage. */
export async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    // What a WeakRef has shown lives to the end of its macrotask.
    await macrotask();
    collect();
  }
  return process.memoryUsage().heapUsed;
}

/** How much the heap has grown, in bytes, from the first of the rounds to the last one. */
export async function growth(rounds: number, round: () => void | Promise<void>): Promise<number> {
  // What is made once, and what the compiler makes, belongs to the first two.
  await round();
  await round();
  const before = await heap();
  for (let i = 0; i < rounds; i++) await round();
  return (await heap()) - before;
}
