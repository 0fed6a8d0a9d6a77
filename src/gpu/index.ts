export { createComputePipelineAsync, createRenderPipelineAsync } from "./pipelines.ts";
export { compileShader, ShaderError } from "./compile-shader.ts";
export { deviceLost, DeviceLostError } from "./device-loss.ts";
export { errorScope } from "./error-scope.ts";
export { getCompilationInfo } from "./compilation-info.ts";
export { mapAsync } from "./map-async.ts";
export { onSubmittedWorkDone } from "./submitted-work.ts";
export { requestAdapter } from "./request-adapter.ts";
export { requestDevice } from "./request-device.ts";
export { readBuffer, readTexture } from "./read-once.ts";
export type { BufferRead, TextureRead } from "./copy-plan.ts";
export type { TexelArray, ViewConstructor } from "./typed-view.ts";
export { CanvasSurface, type CanvasSurfaceOptions, type PointerPosition } from "./canvas-surface.ts";
export {
  ReadbackRing,
  type LatestReadback,
  type ReadbackPolicy,
  type ReadbackRingOptions,
  type TicketOf,
} from "./readback-ring.ts";
export type { ReadbackTicket } from "./readback-ticket.ts";
export { framesInFlight } from "./frames-in-flight.ts";
export { GpuTimer } from "./gpu-timer.ts";
export { nudge } from "./nudge.ts";
export { withDevice, type WithDeviceOptions } from "./with-device.ts";
export { WriteRing, type WriteRingOptions } from "./write-ring.ts";
