import type { Action } from "../core/action.ts";
import { MAP_READ, MAP_WRITE, named, READ, WRITE } from "./constants.ts";
import { lifeOf } from "./device-loss.ts";
import { GpuAction } from "./gpu-action.ts";

/**
 * Waits until a buffer is mapped [WebGPU, `GPUBuffer.mapAsync`]; it waits for all submitted work on the buffer, so
 * submit first, and wait for nothing else. Cancelling unmaps: the buffer is usable at once. Take the memory with
 * `getMappedRange(offset, size)`, both given, and `unmap()` before the buffer is used in a submit again.
 *
 * @param mode - `GPUMapMode.READ` or `GPUMapMode.WRITE`.
 * @param offset - In bytes, a multiple of 8.
 * @param size - In bytes, a multiple of 4. Default: the rest of the buffer.
 * @throws OperationError at the `yield*` if the buffer is mapped or being mapped, or for a mode, offset or size that
 *   doesn't fit; AbortError if somebody else unmaps or destroys the buffer; {@link DeviceLostError}.
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
  size: GPUSize64 = Math.max(0, buffer.size - offset),
): Action<undefined> {
  const name = `mapAsync of ${named("buffer", buffer)}`;
  return new GpuAction({
    name,
    device: lifeOf(buffer),
    start: () => {
      const problem = whyNot(buffer, mode, offset, size);
      // Said before the browser can: it would report a validation error of the device as well.
      if (problem) throw new DOMException(`${name}: ${problem}`, "OperationError");
      return buffer.mapAsync(mode, offset, size);
    },
    cancel: () => buffer.unmap(),
  });
}

function whyNot(buffer: GPUBuffer, mode: number, offset: number, size: number): string | undefined {
  const { mapState, usage } = buffer;
  if (mapState === "pending") return "it is being mapped already: wait for that, or unmap() it";
  if (mapState === "mapped") return "it is mapped already: unmap() it first";
  if (mode !== READ && mode !== WRITE) return `mode ${mode} is neither GPUMapMode.READ nor WRITE`;
  const [flag, flagName] = mode === READ ? [MAP_READ, "MAP_READ"] : [MAP_WRITE, "MAP_WRITE"];
  if (!(usage & flag)) return `it was created without GPUBufferUsage.${flagName}`;
  if (offset % 8) return `offset ${offset} is no multiple of 8`;
  if (size % 4) return `size ${size} is no multiple of 4`;
  if (offset < 0 || size < 0 || offset + size > buffer.size) {
    return `${size} bytes from ${offset} are not inside its ${buffer.size} bytes`;
  }
  return undefined;
}
