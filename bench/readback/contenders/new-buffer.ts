import { animate, type Contender } from "../run.ts";
import { source } from "./device.ts";

/** What people write: a function that makes a staging buffer, and gives a copy. */
export async function newBuffer(bytes: number): Promise<Contender> {
  const { device, buffer, workload } = await source(bytes);
  let inFlight = 0;

  async function read(done: (words: Uint32Array) => void) {
    inFlight++;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = device.createBuffer({ size: bytes, usage });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const words = new Uint32Array(staging.getMappedRange().slice(0));
    staging.destroy();
    inFlight--;
    done(words);
  }

  return {
    workload,
    async run(run) {
      await animate((timestamp) => {
        if (!run.begin(timestamp)) return false;
        while (run.wants(inFlight)) {
          workload.submit(run.frame);
          void read(run.ask());
        }
        return true;
      });
      await run.idle();
    },
  };
}
