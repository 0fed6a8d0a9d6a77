import type { Action } from "../core/action.ts";
import { checkedCalls } from "./checked-calls.ts";
import { COPY_DST, MAP_READ, named, READ } from "./constants.ts";
import {
  checkStaging,
  extract,
  planBuffer,
  planTexture,
  type BufferRead,
  type CopyPlan,
  type TextureRead,
} from "./copy-plan.ts";
import { follow } from "./device-loss.ts";
import { GpuAction } from "./gpu-action.ts";
import type { TexelArray } from "./typed-view.ts";

/**
 * Reads a part of a buffer back, once. The copy is encoded and submitted at the call, so it sees the buffer as it is
 * then; the result, a typed array of the caller's own, comes with `yield*`, a frame or more later. Offset and size are
 * in bytes and need no alignment. To read every frame, use a {@link ReadbackRing}: this makes a staging buffer.
 *
 * @param buffer - Created with `GPUBufferUsage.COPY_SRC`; its size should be a multiple of 4.
 * @throws TypeError or RangeError at the call for a request that can't be met; at the `yield*` {@link DeviceLostError},
 *   or an Error with the message of the device, say for a buffer that was destroyed, or out of memory.
 *
 * @example
 * ```ts
 * import { readBuffer } from "awaitframe";
 *
 * function* particleCount(device: GPUDevice, counters: GPUBuffer) {
 *   const [alive] = yield* readBuffer(device, counters, { size: 4, as: Uint32Array });
 *   return alive;
 * }
 * ```
 */
export function readBuffer(
  device: GPUDevice,
  buffer: GPUBuffer,
  options?: BufferRead<never>,
): Action<Uint8Array<ArrayBuffer>>;
export function readBuffer<V extends ArrayBufferView>(
  device: GPUDevice,
  buffer: GPUBuffer,
  options: BufferRead<V>,
): Action<V>;
export function readBuffer(
  device: GPUDevice,
  buffer: GPUBuffer,
  options?: BufferRead,
): Action<ArrayBufferView> {
  return readOnce(device, planBuffer(buffer, options), `readBuffer of ${named("buffer", buffer)}`);
}

/**
 * Reads a part of a texture back, once. The copy is encoded and submitted at the call, so it sees the texture as it is
 * then; the result comes with `yield*`, a frame or more later: rows without padding, row after row, image after image,
 * in the typed array that fits the format (`r32uint`: `Uint32Array`, `rgba8unorm`: `Uint8Array`, 16-bit float:
 * `Float16Array`, or `Uint16Array` where there is none; compressed: blocks as `Uint8Array`). Every format that can be
 * copied, any mip level, layers and slices; of depth and stencil one aspect, of `rgba8` and `bgra8` either order.
 *
 * @param texture - Created with `GPUTextureUsage.COPY_SRC`, not multisampled.
 * @throws TypeError or RangeError at the call for a request that can't be met; at the `yield*` {@link DeviceLostError},
 *   or an Error with the message of the device, say for a canvas texture that has expired, or out of memory.
 *
 * @example
 * ```ts
 * import { readTexture } from "awaitframe";
 *
 * function* pick(device: GPUDevice, ids: GPUTexture, x: number, y: number) {
 *   const [id] = yield* readTexture(device, ids, { origin: [x, y], size: [1, 1] });
 *   return id;
 * }
 * ```
 */
export function readTexture(
  device: GPUDevice,
  texture: GPUTexture,
  options?: TextureRead<never>,
): Action<TexelArray>;
export function readTexture<V extends ArrayBufferView>(
  device: GPUDevice,
  texture: GPUTexture,
  options: TextureRead<V>,
): Action<V>;
export function readTexture(
  device: GPUDevice,
  texture: GPUTexture,
  options?: TextureRead,
): Action<ArrayBufferView> {
  return readOnce(device, planTexture(texture, options), `readTexture of ${named("texture", texture)}`);
}

function readOnce(device: GPUDevice, plan: CopyPlan, name: string): Action<ArrayBufferView> {
  const life = follow(device);
  // Of a lost device nothing is asked: Firefox would report an error for each buffer that it can't make.
  if (life.error) return new GpuAction({ name, device: life, start: () => Promise.reject(life.error) });
  checkStaging(device, plan.bytes);
  const [{ staging, mapped }, checked] = checkedCalls(device, () => begin(device, plan, name));
  const result = take(staging, plan, mapped, checked);
  result.catch(() => {});
  return new GpuAction({ name, device: life, start: () => result, cancel: () => staging.destroy() });
}

function begin(device: GPUDevice, plan: CopyPlan, label: string) {
  const staging = device.createBuffer({ label, size: plan.bytes, usage: MAP_READ | COPY_DST });
  try {
    const encoder = device.createCommandEncoder({ label });
    plan.encode(encoder, staging);
    device.queue.submit([encoder.finish()]);
    const mapped = staging.mapAsync(READ, 0, plan.bytes);
    // A copy that was not valid is told of by its validation.
    mapped.catch(() => {});
    return { staging, mapped };
  } catch (error) {
    staging.destroy();
    throw error;
  }
}

async function take(
  staging: GPUBuffer,
  plan: CopyPlan,
  mapped: Promise<undefined>,
  checked: Promise<Error | null>,
): Promise<ArrayBufferView> {
  try {
    const error = await checked;
    if (error) throw error;
    await mapped;
    return extract(plan, staging.getMappedRange(0, plan.bytes));
  } finally {
    staging.destroy();
  }
}
