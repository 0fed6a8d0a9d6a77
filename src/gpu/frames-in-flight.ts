import type { Operation } from "../core/operation.ts";
import { expected, named } from "./constants.ts";
import { lives } from "./device-loss.ts";
import { GpuAction } from "./gpu-action.ts";

/** For each queue, the calls whose work is not done, oldest first: they are done in this order. */
const pending = new WeakMap<GPUQueue, Promise<unknown>[]>();

/**
 * Waits until of what was submitted before the last calls of this function, one in each frame, the work of fewer than
 * `n` calls is pending. So frames don't queue up when the GPU is slower than the display, and input is not answered
 * late. With 1 the GPU stands still while a frame is made; 2 keeps both busy.
 *
 * @throws TypeError if it is no queue; RangeError if n is less than 1; {@link DeviceLostError}.
 *
 * @example
 * ```ts
 * import { framesInFlight, nextFrame } from "awaitframe";
 *
 * function* render(device: GPUDevice, draw: () => GPUCommandBuffer) {
 *   for (;;) {
 *     yield* framesInFlight(device.queue, 2);
 *     yield* nextFrame("render");
 *     device.queue.submit([draw()]);
 *   }
 * }
 * ```
 */
export function* framesInFlight(queue: GPUQueue, n: number): Operation<void> {
  expected("GPUQueue", queue, "onSubmittedWorkDone");
  if (!(n >= 1)) throw new RangeError(`framesInFlight waits for fewer than ${n}: n must be 1 or more`);
  const device = lives.get(queue);
  if (device?.error) throw device.error;
  const marks = pending.get(queue) ?? [];
  pending.set(queue, marks);
  const mark = queue.onSubmittedWorkDone();
  marks.push(mark);
  const done = () => void marks.shift();
  mark.then(done, done);
  const last = marks[marks.length - Math.floor(n)];
  if (!last) return;
  yield* new GpuAction({
    name: `framesInFlight of ${named("queue", queue)}`,
    device,
    start: () => last,
  });
}
