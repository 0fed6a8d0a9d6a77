import type { Action } from "../core/action.ts";
import { expected, named, READ, WRITE } from "./constants.ts";
import { lives } from "./device-loss.ts";
import { GpuAction, type GpuWait } from "./gpu-action.ts";

/**
 * Waits until a buffer is mapped [WebGPU, `GPUBuffer.mapAsync`]; it waits for all submitted work on the buffer, so
 * submit first, and wait for nothing else. Cancelling unmaps: the buffer is usable at once. Take the memory with
 * `getMappedRange(offset, size)`, both given, and `unmap()` before the buffer is used in a submit again.
 *
 * @param mode - `GPUMapMode.READ` or `GPUMapMode.WRITE`.
 * @param offset - In bytes, a multiple of 8.
 * @param size - In bytes, a multiple of 4. Default: the rest of the buffer.
 * @throws TypeError at the call if it is no buffer; OperationError at the `yield*` if the buffer is mapped or being mapped, or for a mode, offset or size that
 *   doesn't fit; AbortError if somebody else unmaps or destroys the buffer; {@link DeviceLostError}
 *   if its device is known: it came by {@link requestDevice}, or was passed to any call before it made the buffer.
 *
 * @example
 * ```ts
 * import { mapAsync } from "awaitframe";
 *
 * function* read(staging: GPUBuffer) {
 *   yield* mapAsync(staging, GPUMapMode.READ);
 *   const copy = staging.getMappedRange(0, staging.size).slice();
 *   staging.unmap();
 *   return copy;
 * }
 * ```
 */
export function mapAsync(
  buffer: GPUBuffer,
  mode: GPUMapModeFlags,
  offset: GPUSize64 = 0,
  size: GPUSize64 = buffer?.size - offset,
): Action<undefined> {
  expected("GPUBuffer", buffer, "mapAsync");
  const name = `mapAsync of ${named("buffer", buffer)}`;
  const wait: GpuWait<undefined> = {
    name,
    device: lives.get(buffer),
    start: () => {
      const problem = whyNot(buffer, mode, offset, size);
      // Said before the browser can: it would report a validation error of the device as well.
      if (problem) throw new DOMException(`${name}: ${problem}`, "OperationError");
      owners.set(buffer, wait);
      return buffer.mapAsync(mode, offset, size);
    },
    // Somebody else may have unmapped it, and mapped it again.
    cancel: () => owners.get(buffer) === wait && buffer.unmap(),
  };
  return new GpuAction(wait);
}

/** Whose the map of a buffer is: that of the wait that asked for it last. */
const owners = new WeakMap<GPUBuffer, GpuWait<undefined>>();

function whyNot(
  { mapState, usage, size: end }: GPUBuffer,
  mode: number,
  offset: number,
  size: number,
): string | null {
  if (mapState !== "unmapped") return `it is ${mapState} already: unmap() it first`;
  // Of each kind, usage and mode are the same number.
  if ((mode !== READ && mode !== WRITE) || !(usage & mode)) return `its usage doesn't allow mode ${mode}`;
  return offset % 8 || size % 4 || offset < 0 || size < 0 || offset + size > end
    ? `offset ${offset} and size ${size} must be multiples of 8 and 4, inside its ${end} bytes`
    : null;
}
