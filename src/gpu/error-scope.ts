import type { Action } from "../core/action.ts";
import { wrong } from "../core/check.ts";
import { follow } from "./device-loss.ts";
import { GpuAction } from "./gpu-action.ts";
import { refuseWaiting } from "./refuse-waiting.ts";

/**
 * Runs `body` inside an error scope, and waits for the error that it caused, or null [WebGPU, `pushErrorScope` and
 * `popErrorScope`]. The scope is closed before anything else runs: a device has one stack of scopes for all, and two
 * coroutines that hold one across a wait get each other's errors. So the body can't wait.
 *
 * @param filter - Which errors it sees: `validation`, `out-of-memory` or `internal`.
 * @param body - Synchronous calls on the device. What it throws, the coroutine throws.
 * @throws TypeError if the body is no function; at the `yield*`, if it is a generator or an async function, or returns a promise; {@link DeviceLostError}.
 *
 * @example
 * ```ts
 * import { errorScope } from "awaitframe";
 *
 * function* allocate(device: GPUDevice, size: number) {
 *   let buffer: GPUBuffer | undefined;
 *   const error = yield* errorScope(device, "out-of-memory", () => {
 *     buffer = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE });
 *   });
 *   return error ? undefined : buffer;
 * }
 * ```
 */
export function errorScope(
  device: GPUDevice,
  filter: GPUErrorFilter,
  body: () => void,
): Action<GPUError | null> {
  if (typeof body !== "function") throw wrong("the body of errorScope is a function", body);
  return new GpuAction({
    name: `errorScope (${filter})`,
    device: follow(device),
    start: () => {
      refuseWaiting("the body of errorScope", body);
      device.pushErrorScope(filter);
      let result: Promise<GPUError | null> | undefined;
      try {
        refuseWaiting("the body of errorScope", body());
      } finally {
        result = device.popErrorScope();
        // Heard by nobody if the body threw.
        result.catch(() => {});
      }
      return result;
    },
  });
}
