import { ReadbackBuffer, StorageBufferAttribute, WebGPURenderer } from "three/webgpu";
import { SLOTS, type Contender } from "../run.ts";
import { sharedDevice } from "./device.ts";
import { library } from "./library.ts";

/** What of three.js' backend its types don't tell. */
interface Backend {
  device: GPUDevice;
  createStorageAttribute(attribute: StorageBufferAttribute): void;
  get(attribute: StorageBufferAttribute): { buffer: GPUBuffer };
}

let renderer: Promise<InstanceType<typeof WebGPURenderer>> | undefined;

async function start() {
  const renderer = new WebGPURenderer({ device: await sharedDevice() });
  await renderer.init();
  return renderer;
}

async function attributeOf(bytes: number) {
  const three = await (renderer ??= start());
  const attribute = new StorageBufferAttribute(new Uint32Array(bytes / 4), 1);
  const backend = three.backend as unknown as Backend;
  backend.createStorageAttribute(attribute);
  const { buffer } = backend.get(attribute);
  return { three, attribute, device: backend.device, buffer };
}

/** `getArrayBufferAsync` with nothing but the attribute. */
export async function three(bytes: number): Promise<Contender> {
  const { three, attribute, device, buffer } = await attributeOf(bytes);
  return library({
    device,
    buffer,
    read: async (use) => use(new Uint32Array(await three.getArrayBufferAsync(attribute))),
  });
}

/** `getArrayBufferAsync` with as many `ReadbackBuffer` as a ring has slots. */
export async function threeReadbackBuffer(bytes: number): Promise<Contender> {
  const { three, attribute, device, buffer } = await attributeOf(bytes);
  const free = Array.from({ length: SLOTS }, () => new ReadbackBuffer(bytes));
  return library({
    device,
    buffer,
    ready: () => free.length > 0,
    async read(use) {
      const target = free.pop()!;
      await three.getArrayBufferAsync(attribute, target);
      use(new Uint32Array(target.buffer!));
      target.release();
      free.push(target);
    },
  });
}
