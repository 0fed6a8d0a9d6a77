import { Workload } from "../workload.ts";

let shared: Promise<GPUDevice> | undefined;

/** The device of all that don't bring their own. */
export function sharedDevice(): Promise<GPUDevice> {
  return (shared ??= makeDevice());
}

async function makeDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("this benchmark needs a WebGPU adapter");
  return adapter.requestDevice();
}

/** A buffer on that device, and the GPU's work that writes it. */
export async function source(
  bytes: number,
): Promise<{ device: GPUDevice; buffer: GPUBuffer; workload: Workload }> {
  const device = await sharedDevice();
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
  const buffer = device.createBuffer({ label: "source", size: bytes, usage });
  return { device, buffer, workload: new Workload(device, buffer) };
}
