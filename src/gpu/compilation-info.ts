import type { Action } from "../core/action.ts";
import { named } from "./constants.ts";
import { lives } from "./device-loss.ts";
import { GpuAction } from "./gpu-action.ts";

/**
 * Waits for what the shader compiler has to say of a module: messages with `lineNum` and `linePos`, both from 1
 * [WebGPU, `GPUShaderModule.getCompilationInfo`].
 *
 * @throws {@link DeviceLostError}.
 *
 * @example
 * ```ts
 * import { getCompilationInfo } from "awaitframe";
 *
 * function* check(module: GPUShaderModule) {
 *   const { messages } = yield* getCompilationInfo(module);
 *   for (const { type, lineNum, linePos, message } of messages) {
 *     console.log(`${type} at ${lineNum}:${linePos}: ${message}`);
 *   }
 * }
 * ```
 */
export function getCompilationInfo(module: GPUShaderModule): Action<GPUCompilationInfo> {
  return new GpuAction({
    name: `getCompilationInfo of ${named("shader module", module)}`,
    device: lives.get(module),
    start: () => module.getCompilationInfo(),
  });
}
