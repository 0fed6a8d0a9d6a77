import type { Contender } from "../run.ts";
import { source } from "./device.ts";

/** A frame that waits for its own readback before it asks for the next one. */
export async function waitInside(bytes: number): Promise<Contender> {
  const { device, buffer, workload } = await source(bytes);
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const staging = device.createBuffer({ size: bytes, usage });
  const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));

  return {
    workload,
    async run(run) {
      while (run.begin(await nextFrame())) {
        const encoder = device.createCommandEncoder();
        workload.encode(encoder, run.frame);
        encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
        device.queue.submit([encoder.finish()]);
        const done = run.ask();
        await staging.mapAsync(GPUMapMode.READ);
        done(new Uint32Array(staging.getMappedRange()));
        staging.unmap();
      }
    },
  };
}
