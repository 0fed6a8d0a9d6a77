import type { Action } from "../core/action.ts";
import { expected, named } from "./constants.ts";
import { lives } from "./device-loss.ts";
import { GpuAction } from "./gpu-action.ts";

/**
 * Waits for what the shader compiler has to say of a module: messages with `lineNum` and `linePos`, both from 1
 * [WebGPU, `GPUShaderModule.getCompilationInfo`].
 *
 * @throws TypeError at the call if it is no shader module; {@link DeviceLostError} if its device
 *   is known, as for {@link mapAsync}.
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
  expected("GPUShaderModule", module, "getCompilationInfo");
  return new GpuAction({
    name: `getCompilationInfo of ${named("shader module", module)}`,
    device: lives.get(module),
    start: () => {
      const info = infos.get(module) ?? module.getCompilationInfo();
      infos.set(module, info);
      return info;
    },
  });
}

/** It never changes; and asked again, Chromium answers only when the queue is used next. */
const infos = new WeakMap<GPUShaderModule, Promise<GPUCompilationInfo>>();
