import { animate, SLOTS, type Contender } from "../run.ts";
import { source } from "./device.ts";

/** What a master writes: a few staging buffers that are used in turn, promises and flags. */
export async function byHand(bytes: number): Promise<Contender> {
  const { device, buffer, workload } = await source(bytes);
  const slots = Array.from({ length: SLOTS }, () => ({
    staging: device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST }),
    busy: false,
  }));
  type Slot = (typeof slots)[number];

  async function map(slot: Slot, done: (words: Uint32Array) => void) {
    const { staging } = slot;
    await staging.mapAsync(GPUMapMode.READ);
    done(new Uint32Array(staging.getMappedRange()));
    staging.unmap();
    slot.busy = false;
  }

  return {
    workload,
    async run(run) {
      await animate((timestamp) => {
        if (!run.begin(timestamp)) return false;
        while (run.wants(slots.filter(({ busy }) => busy).length)) {
          const slot = slots.find(({ busy }) => !busy);
          const encoder = device.createCommandEncoder();
          workload.encode(encoder, run.frame);
          if (slot) encoder.copyBufferToBuffer(buffer, 0, slot.staging, 0, bytes);
          device.queue.submit([encoder.finish()]);
          if (slot) {
            slot.busy = true;
            void map(slot, run.ask());
          }
        }
        return true;
      });
      await run.idle();
    },
  };
}
