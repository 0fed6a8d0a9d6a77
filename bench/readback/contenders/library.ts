import { animate, type Contender } from "../run.ts";
import { Workload } from "../workload.ts";

/** What a library offers: its own buffer, and a function that reads it. */
export interface LibraryBuffer {
  device: GPUDevice;
  /** The library's buffer itself. */
  buffer: GPUBuffer;
  /** Called in the frame, after the GPU's work has been submitted; ends when it has lent the words to `use`. */
  read(use: (words: ArrayLike<number>) => void): Promise<void>;
  /** Called around each frame, where the library wants it. */
  beginFrame?(): void;
  endFrame?(): void;
  /** Whether `read` can be called now. Default: always. */
  ready?(): boolean;
}

/** A contender that reads by means of a library. */
export function library({
  device,
  buffer,
  read,
  beginFrame,
  endFrame,
  ready = () => true,
}: LibraryBuffer): Contender {
  const workload = new Workload(device, buffer);
  let inFlight = 0;
  const readOne = async (use: (words: ArrayLike<number>) => void) => {
    inFlight++;
    await read(use);
    inFlight--;
  };
  return {
    workload,
    async run(run) {
      await animate((timestamp) => {
        if (!run.begin(timestamp)) return false;
        while (run.wants(inFlight)) {
          beginFrame?.();
          workload.submit(run.frame);
          if (ready()) void readOne(run.ask());
          endFrame?.();
        }
        return true;
      });
      await run.idle();
    },
  };
}
