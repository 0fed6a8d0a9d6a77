import type { Action } from "../core/action.ts";
import { named } from "./constants.ts";
import { follow } from "./device-loss.ts";
import { GpuAction } from "./gpu-action.ts";

/**
 * Waits for a render pipeline, compiled without holding a frame up [WebGPU, `GPUDevice.createRenderPipelineAsync`].
 *
 * @throws GPUPipelineError, whose `reason` is `validation` or `internal`; error scopes don't see it.
 *   {@link DeviceLostError}.
 *
 * @example
 * ```ts
 * import { createRenderPipelineAsync } from "awaitframe";
 *
 * function* load(device: GPUDevice, module: GPUShaderModule, format: GPUTextureFormat) {
 *   return yield* createRenderPipelineAsync(device, {
 *     layout: "auto",
 *     vertex: { module },
 *     fragment: { module, targets: [{ format }] },
 *   });
 * }
 * ```
 */
export function createRenderPipelineAsync(
  device: GPUDevice,
  descriptor: GPURenderPipelineDescriptor,
): Action<GPURenderPipeline> {
  return new GpuAction({
    name: `createRenderPipelineAsync of ${named("pipeline", descriptor)}`,
    device: follow(device),
    start: () => device.createRenderPipelineAsync(descriptor),
  });
}

/**
 * Waits for a compute pipeline, compiled without holding a frame up [WebGPU, `GPUDevice.createComputePipelineAsync`].
 *
 * @throws GPUPipelineError, whose `reason` is `validation` or `internal`; error scopes don't see it.
 *   {@link DeviceLostError}.
 *
 * @example
 * ```ts
 * import { createComputePipelineAsync } from "awaitframe";
 *
 * function* load(device: GPUDevice, module: GPUShaderModule) {
 *   return yield* createComputePipelineAsync(device, { layout: "auto", compute: { module } });
 * }
 * ```
 */
export function createComputePipelineAsync(
  device: GPUDevice,
  descriptor: GPUComputePipelineDescriptor,
): Action<GPUComputePipeline> {
  return new GpuAction({
    name: `createComputePipelineAsync of ${named("pipeline", descriptor)}`,
    device: follow(device),
    start: () => device.createComputePipelineAsync(descriptor),
  });
}
