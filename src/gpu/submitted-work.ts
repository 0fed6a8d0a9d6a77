import type { Action } from "../core/action.ts";
import { expected, named } from "./constants.ts";
import { lives } from "./device-loss.ts";
import { GpuAction } from "./gpu-action.ts";

/**
 * Waits until the GPU has done all that was submitted to the queue so far [WebGPU, `GPUQueue.onSubmittedWorkDone`].
 * Before a `mapAsync` it is of no use: that waits by itself.
 *
 * @throws TypeError at the call if it is no queue; {@link DeviceLostError}, where WebGPU itself would report success.
 *
 * @example
 * ```ts
 * import { onSubmittedWorkDone } from "awaitframe";
 *
 * function* finish(device: GPUDevice, commands: GPUCommandBuffer) {
 *   device.queue.submit([commands]);
 *   yield* onSubmittedWorkDone(device.queue);
 * }
 * ```
 */
export function onSubmittedWorkDone(queue: GPUQueue): Action<undefined> {
  expected("GPUQueue", queue, "onSubmittedWorkDone");
  return new GpuAction({
    name: `onSubmittedWorkDone of ${named("queue", queue)}`,
    device: lives.get(queue),
    start: () => queue.onSubmittedWorkDone(),
  });
}
