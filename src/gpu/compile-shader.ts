import type { Operation } from "../core/operation.ts";
import { getCompilationInfo } from "./compilation-info.ts";
import { named } from "./constants.ts";
import { errorScope } from "./error-scope.ts";

/** What {@link compileShader} throws: its message gives each mistake with its line and column, and shows the line. */
export class ShaderError extends Error {
  override name = "ShaderError";

  /** What the compiler said, warnings too. */
  readonly messages: readonly GPUCompilationMessage[];

  constructor(message: string, messages: readonly GPUCompilationMessage[]) {
    super(message);
    this.messages = messages;
  }
}

/**
 * Makes a shader module, and waits until its compiler has said that it is in order [WebGPU,
 * `GPUDevice.createShaderModule` and `GPUShaderModule.getCompilationInfo`]. A mistake becomes an error here, with its
 * place, instead of a console message now and pipelines that don't work later.
 *
 * @throws {@link ShaderError} if the code doesn't compile; {@link DeviceLostError}.
 *
 * @example
 * ```ts
 * import { compileShader, createRenderPipelineAsync } from "awaitframe";
 *
 * function* load(device: GPUDevice, code: string, format: GPUTextureFormat) {
 *   const module = yield* compileShader(device, { label: "scene", code });
 *   const targets = [{ format }];
 *   return yield* createRenderPipelineAsync(device, {
 *     layout: "auto",
 *     vertex: { module },
 *     fragment: { module, targets },
 *   });
 * }
 * ```
 */
export function* compileShader(
  device: GPUDevice,
  descriptor: GPUShaderModuleDescriptor,
): Operation<GPUShaderModule> {
  let module: GPUShaderModule | undefined;
  const error = yield* errorScope(device, "validation", () => {
    module = device.createShaderModule(descriptor);
  });
  if (!error) return module!;
  const { messages } = yield* getCompilationInfo(module!);
  const mistakes = messages.filter(({ type }) => type === "error");
  const lines = descriptor.code.split("\n");
  const said = mistakes.map(({ lineNum, linePos, message }) => {
    const place = `${lineNum}:${linePos}: ${message.trim()}`;
    const line = lines[lineNum - 1];
    // Firefox shows the line itself; a mistake without a place has line 0.
    if (line === undefined || message.includes("\n")) return place;
    return `${place}\n${line}\n${line.slice(0, linePos - 1).replaceAll(/\S/g, " ")}^`;
  });
  const what = named("shader module", descriptor);
  throw new ShaderError(`${what} doesn't compile:\n${said.join("\n") || error.message}`, messages);
}
