import { test as base } from "vitest";
import { Loop, manualDriver, type Runnable } from "awaitframe";

/** What a GPU test may use. */
export interface GpuFixture {
  /** A device of the test's own. An error that it reports to nobody fails the test. */
  device: GPUDevice;
  /** Errors that the device reported to nobody: a test that expects some takes them out. */
  uncaptured: string[];
  /** Frames as they come in this place. An error that no task takes fails the test. */
  loop: Loop;
  /** Runs a coroutine as a root task, and gives its result. */
  run: <T>(runnable: Runnable<T>) => Promise<T>;
  /** A loop whose frames the test runs itself, at once: nothing of the GPU arrives within such a frame. */
  frames: { readonly loop: Loop; tick(): void };
}

/** A device of its own, without the kit. */
export async function plainDevice(descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("these tests need a WebGPU adapter");
  return adapter.requestDevice(descriptor);
}

export const test = base.extend<GpuFixture>({
  // oxlint-disable-next-line no-empty-pattern -- Vitest reads a fixture's needs from the pattern
  uncaptured: async ({}, use) => {
    const messages: string[] = [];
    await use(messages);
    if (messages.length > 0) throw new Error(`the device reported: ${messages.join("; ")}`);
  },
  device: async ({ uncaptured }, use) => {
    const device = await plainDevice();
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      uncaptured.push(event.error.message);
    });
    await use(device);
    // What is still on its way is reported first.
    await device.queue.onSubmittedWorkDone().catch(() => "the GPU process has ended");
    device.destroy();
  },
  // oxlint-disable-next-line no-empty-pattern -- as above
  loop: async ({}, use) => {
    const errors: unknown[] = [];
    const loop = new Loop({ onError: (error) => errors.push(error) });
    await use(loop);
    loop.stop();
    if (errors.length > 0) throw errors[0];
  },
  run: async ({ loop }, use) => {
    await use((runnable) => loop.run(runnable).then());
  },
  // oxlint-disable-next-line no-empty-pattern -- as above
  frames: async ({}, use) => {
    const errors: unknown[] = [];
    const driver = manualDriver();
    const loop = new Loop({ driver, onError: (error) => errors.push(error) });
    let time = 0;
    await use({ loop, tick: () => driver.tick((time += 16)) });
    loop.stop();
    if (errors.length > 0) throw errors[0];
  },
});

/** A buffer with contents. */
export function bufferOf(device: GPUDevice, data: ArrayBufferView<ArrayBuffer>, usage: number): GPUBuffer {
  const size = Math.ceil(data.byteLength / 4) * 4;
  const buffer = device.createBuffer({ size, usage, mappedAtCreation: true });
  new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  buffer.unmap();
  return buffer;
}

/** The bytes 0, 1, 2, ... */
export function counting(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => index);
}

/** Lets the browser go on: what it has queued comes first. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
