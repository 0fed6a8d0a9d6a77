import { Buffer, log, luma } from "@luma.gl/core";
import { webgpuAdapter } from "@luma.gl/webgpu";
import type { Contender } from "../run.ts";
import { library } from "./library.ts";

let device: Promise<{ handle: GPUDevice; createBuffer(props: object): LumaBuffer }> | undefined;

interface LumaBuffer {
  handle: GPUBuffer;
  readAsync(): Promise<Uint8Array<ArrayBuffer>>;
}

/** `Buffer.readAsync`. It copies after a wait of its own: what it gives may be of a later frame. */
export async function lumaGl(bytes: number): Promise<Contender> {
  log.enable(false);
  const { handle, createBuffer } = await (device ??= luma.createDevice({
    type: "webgpu",
    adapters: [webgpuAdapter],
  }));
  const buffer = createBuffer.call(await device, {
    byteLength: bytes,
    usage: Buffer.STORAGE | Buffer.COPY_SRC | Buffer.COPY_DST,
  });
  return library({
    device: handle,
    buffer: buffer.handle,
    read: async (use) => use(new Uint32Array((await buffer.readAsync()).buffer)),
  });
}
