import { StorageBuffer } from "@babylonjs/core/Buffers/storageBuffer.js";
import { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
import type { Contender } from "../run.ts";
import { library } from "./library.ts";

let engine: Promise<InstanceType<typeof WebGPUEngine>> | undefined;

async function start() {
  const engine = new WebGPUEngine(document.createElement("canvas"));
  await engine.initAsync();
  return engine;
}

/** `StorageBuffer.read`, in a frame of the engine. */
export async function babylon(bytes: number): Promise<Contender> {
  const babylon = await (engine ??= start());
  const storage = new StorageBuffer(babylon, bytes);
  return library({
    // Not public, but it has no other.
    // oxlint-disable-next-line no-underscore-dangle
    device: babylon._device,
    buffer: storage.getBuffer().underlyingResource,
    beginFrame: () => babylon.beginFrame(),
    endFrame: () => babylon.endFrame(),
    read: async (use) => use(new Uint32Array((await storage.read()).buffer)),
  });
}
