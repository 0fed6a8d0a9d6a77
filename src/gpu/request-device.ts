import type { Action } from "../core/action.ts";
import { expected } from "./constants.ts";
import { follow } from "./device-loss.ts";
import { GpuAction } from "./gpu-action.ts";

/**
 * Waits for a device [WebGPU, `GPUAdapter.requestDevice`]. From then on its loss fails every wait for it, also for
 * what its `createBuffer` and `createShaderModule` have made. A wait that is cancelled destroys a device that still
 * comes.
 *
 * @throws TypeError at the call if it is no adapter; at the `yield*`, TypeError for a feature, OperationError for a limit that the adapter lacks, or if the adapter was used
 *   already; {@link DeviceLostError} if the adapter is stale: ask for a new one.
 *
 * @example
 * ```ts
 * import { requestAdapter, requestDevice } from "awaitframe";
 *
 * function* start() {
 *   const adapter = yield* requestAdapter();
 *   const timed = adapter.features.has("timestamp-query");
 *   return yield* requestDevice(adapter, { requiredFeatures: timed ? ["timestamp-query"] : [] });
 * }
 * ```
 */
export function requestDevice(adapter: GPUAdapter, descriptor?: GPUDeviceDescriptor): Action<GPUDevice> {
  expected("GPUAdapter", adapter, "requestDevice");
  let device: GPUDevice | undefined;
  let wanted = true;
  return new GpuAction({
    name: "requestDevice",
    start: async () => {
      device = await adapter.requestDevice(descriptor);
      const life = follow(device);
      if (!wanted) device.destroy();
      // A stale adapter gives a device that is lost already: its `lost` has settled, and tells so in a microtask.
      await null;
      if (life.error) throw life.error;
      return device;
    },
    cancel: () => {
      wanted = false;
      device?.destroy();
    },
  });
}
