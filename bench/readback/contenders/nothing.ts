import { animate, type Contender } from "../run.ts";
import { source } from "./device.ts";

/** Frames with the GPU's work alone: what they cost is what a frame costs. */
export async function nothing(bytes: number): Promise<Contender> {
  const { workload } = await source(bytes);
  return {
    workload,
    run: (run) =>
      animate((timestamp) => {
        if (!run.begin(timestamp)) return false;
        workload.submit(run.frame);
        return true;
      }),
  };
}
