import type { Action } from "../core/action.ts";
import { GpuAction } from "./gpu-action.ts";

/**
 * Waits for an adapter [WebGPU, `GPU.requestAdapter`]. Unlike there, having none is an error that says what to do.
 *
 * @throws Error where there is no WebGPU, or no adapter that fits the options.
 *
 * @example
 * ```ts
 * import { requestAdapter, requestDevice } from "awaitframe";
 *
 * function* start() {
 *   const adapter = yield* requestAdapter({ powerPreference: "high-performance" });
 *   return yield* requestDevice(adapter);
 * }
 * ```
 */
export function requestAdapter(options?: GPURequestAdapterOptions): Action<GPUAdapter> {
  return new GpuAction({ name: "requestAdapter", start: () => findAdapter(options) });
}

async function findAdapter(options?: GPURequestAdapterOptions): Promise<GPUAdapter> {
  const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (!gpu) {
    throw new Error(
      globalThis.isSecureContext === false
        ? "no WebGPU here: the page must come from https or localhost"
        : "no WebGPU here: navigator.gpu is missing. Use a browser that has it and see that it is not disabled " +
            "(in Node: the package webgpu)",
    );
  }
  const adapter = await gpu.requestAdapter(options);
  if (!adapter) {
    throw new Error(
      `no GPU adapter${options ? ` for ${JSON.stringify(options)}` : ""}: update the graphics driver, enable ` +
        "hardware acceleration, or ask for less",
    );
  }
  return adapter;
}
