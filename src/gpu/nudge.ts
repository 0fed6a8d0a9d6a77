import type { Operation } from "../core/operation.ts";
import { deviceLost, follow, type DeviceLife } from "./device-loss.ts";

/** The first nudge comes so long after a wait has begun, in ms; each next one after twice the time, up to the last. */
const FIRST = 2;
const LAST = 32;

/**
 * Makes an engine that looks for finished work only now and then (Firefox: every 100 ms) look more often, by empty
 * submits, while somebody waits for the GPU. An engine that answers at once is left alone: the first nudge comes after
 * 2 ms. A page that submits in every frame hardly needs it. Spawn it; it lasts until it is cancelled, or the device lost.
 *
 * @example
 * ```ts
 * import { nudge, readBuffer, spawn } from "awaitframe";
 *
 * function* compute(device: GPUDevice, results: GPUBuffer) {
 *   yield* spawn(nudge(device));
 *   return yield* readBuffer(device, results, { as: Float32Array });
 * }
 * ```
 */
export function nudge(device: GPUDevice): Operation<void> {
  // Followed from the call on: what the device makes before the first step of a spawned task counts too.
  return nudging(device, follow(device));
}

function* nudging(device: GPUDevice, life: DeviceLife): Operation<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let delay = FIRST;
  const again = () => {
    timer = undefined;
    if (life.error || !life.pending.find((wait) => !wait.idle)) return;
    device.queue.submit([]);
    delay = Math.min(delay * 2, LAST);
    timer = setTimeout(again, delay);
  };
  const begin = () => {
    if (timer !== undefined && delay === FIRST) return;
    clearTimeout(timer);
    delay = FIRST;
    timer = setTimeout(again, delay);
  };
  life.listeners.push(begin);
  begin();
  try {
    yield* deviceLost(device);
  } finally {
    clearTimeout(timer);
    life.listeners.remove(begin);
  }
}
