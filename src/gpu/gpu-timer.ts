import type { Operation } from "../core/operation.ts";
import { ReadbackRing } from "./readback-ring.ts";
import type { ReadbackTicket } from "./readback-ticket.ts";

const QUERY_RESOLVE = 0x200;
const COPY_SRC = 4;

/** A query set holds 4096 queries, and a pass has two. */
const MOST = 2048;

/**
 * How long passes take on the GPU: timestamps at their begin and end, read some frames later without a stall. Where the
 * device lacks the feature `timestamp-query`, everything still works and there are no times: ask for it with
 * `requiredFeatures`. Browsers may round the times, to 0.1 ms by default.
 *
 * @example
 * ```ts
 * import { GpuTimer, nextFrame, spawn } from "awaitframe";
 *
 * function* render(device: GPUDevice, target: () => GPURenderPassColorAttachment) {
 *   const timer = new GpuTimer(device);
 *   for (;;) {
 *     yield* nextFrame("render");
 *     const encoder = device.createCommandEncoder();
 *     const pass = encoder.beginRenderPass({ colorAttachments: [target()], ...timer.pass("main") });
 *     pass.end();
 *     timer.resolve(encoder);
 *     device.queue.submit([encoder.finish()]);
 *     yield* spawn(timer.read());
 *     console.log(timer.times.get("main"));
 *   }
 * }
 * ```
 */
export class GpuTimer {
  readonly device: GPUDevice;
  /** Whether the device can measure. */
  readonly supported: boolean;
  /** The newest times, by the name of the pass, in ms; of passes of the same name the sum. */
  times: ReadonlyMap<string, number> = new Map();

  readonly #passes: number;
  readonly #ring: ReadbackRing<"drop">;
  #queries: GPUQuerySet | null = null;
  #resolved: GPUBuffer | null = null;
  #names: string[] = [];
  #unread: { ticket: ReadbackTicket<BigUint64Array>; names: string[] } | null = null;

  /**
   * @param options - `passes`: how many a frame may have, 32 by default.
   * @throws RangeError if that is no whole number from 1 to 2048.
   */
  constructor(device: GPUDevice, options: { passes?: number | undefined } = {}) {
    this.device = device;
    const { passes = 32 } = options;
    if (!(Number.isInteger(passes) && passes > 0 && passes <= MOST))
      throw new RangeError(`passes is a number from 1 to ${MOST}, got ${String(passes)}`);
    this.#passes = passes;
    this.supported = device.features.has("timestamp-query");
    this.#ring = new ReadbackRing(device, { policy: "drop" });
    if (!this.supported) return;
    const count = this.#passes * 2;
    this.#queries = device.createQuerySet({ type: "timestamp", count });
    this.#resolved = device.createBuffer({ size: count * 8, usage: QUERY_RESOLVE | COPY_SRC });
  }

  /**
   * What to add to the descriptor of a render or compute pass that is to be measured: `...timer.pass("shadows")`.
   *
   * @throws RangeError if the frame has more passes than was asked for, or `resolve` was forgotten.
   */
  pass(name: string): { timestampWrites?: GPURenderPassTimestampWrites & GPUComputePassTimestampWrites } {
    if (!this.#queries) return {};
    if (this.#names.length === this.#passes) {
      throw new RangeError(
        `more than ${this.#passes} passes in a frame: set passes, and call resolve() in each frame`,
      );
    }
    const index = this.#names.push(name) * 2 - 2;
    return {
      timestampWrites: {
        querySet: this.#queries,
        beginningOfPassWriteIndex: index,
        endOfPassWriteIndex: index + 1,
      },
    };
  }

  /** Encodes the end of the frame's measuring: once, after its passes, before `encoder.finish()`. */
  resolve(encoder: GPUCommandEncoder): void {
    const names = this.#names;
    if (!this.#queries || !this.#resolved || names.length === 0) return;
    this.#names = [];
    encoder.resolveQuerySet(this.#queries, 0, names.length * 2, this.#resolved, 0);
    // Nobody has read the last one.
    this.#unread?.ticket.cancel();
    const size = names.length * 16;
    const ticket = this.#ring.copyBuffer(encoder, this.#resolved, { size, as: BigUint64Array });
    this.#unread = ticket && { ticket, names };
  }

  /**
   * Waits for the times of the last `resolve`, and gives them; `times` has them from then on. Without the feature, and
   * for a frame that was left out since others are still on their way, it gives the newest there are, at once.
   *
   * @throws As reading a ticket: the encoder must have been submitted.
   */
  *read(): Operation<ReadonlyMap<string, number>> {
    const unread = this.#unread;
    this.#unread = null;
    if (!unread) return this.times;
    this.times = yield* unread.ticket.borrow((stamps) => {
      const times = new Map<string, number>();
      unread.names.forEach((name, index) => {
        const nanoseconds = Number(stamps[index * 2 + 1]! - stamps[index * 2]!);
        // Timestamps may go backwards.
        times.set(name, (times.get(name) ?? 0) + Math.max(0, nanoseconds) / 1e6);
      });
      return times;
    });
    return this.times;
  }

  /** Destroys what it has on the GPU. */
  destroy(): void {
    this.#queries?.destroy();
    this.#resolved?.destroy();
    this.#ring.destroy();
    this.#queries = this.#resolved = this.#unread = null;
  }
}
