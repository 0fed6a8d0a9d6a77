import type { CompletionSource } from "./completion-source.ts";
import { hold, Interposer } from "./interposer.ts";
import { seeded, type Random } from "./random.ts";

/** Options of {@link completions}. */
export interface CompletionsOptions {
  /** The order in which completions are let pass is drawn from it. */
  seed?: number | undefined;
}

/** A promise that is held back. */
interface Held {
  readonly label: string;
  /** Waits until it has settled, then lets it pass. */
  pass(): Promise<void>;
}

/** Completions that are held back until the test lets them pass. See {@link completions}. */
export class Completions extends Interposer implements CompletionSource {
  private readonly held: Held[] = [];
  private readonly random: Random | null;

  /** @internal */
  constructor(seed: number | undefined) {
    super();
    this.random = seed === undefined ? null : seeded(seed);
  }

  /** The labels of what is held back, in the order in which it was asked for. */
  get pending(): string[] {
    return this.held.map(({ label }) => label);
  }

  /**
   * Lets one completion pass. The returned promise tells when it has.
   *
   * @param which - Its label, or its place in `pending`.
   * @throws Error if there is none of that kind.
   */
  async release(which: string | number): Promise<void> {
    const place = typeof which === "number" ? which : this.pending.indexOf(which);
    const [held] = place < 0 ? [] : this.held.splice(place, 1);
    if (held === undefined) {
      throw new Error(`no completion ${which} is held back: there are ${this.pending.join(", ") || "none"}`);
    }
    await held.pass();
  }

  /**
   * Lets all pass that are held back now, one after the other: in the order given, and those that it does not name
   * after that, in an order drawn from the seed, or without a seed as they were asked for.
   *
   * @throws Error if the order names what is not held back.
   */
  async releaseAll(order: readonly string[] = []): Promise<void> {
    for (const label of order) await this.release(label);
    for (let left = this.held.length; left > 0; left--) await this.release(this.draw(left));
  }

  /** As in {@link CompletionSource}. */
  get isPending(): boolean {
    return this.random !== null && this.held.length > 0;
  }

  /** As in {@link CompletionSource}: called by the test loop. */
  async deliver(): Promise<void> {
    const { random } = this;
    if (random === null) return;
    while (this.held.length > 0 && random() < 0.5) await this.release(this.draw(this.held.length));
  }

  /** @internal */
  protected interpose<T>(promise: PromiseLike<T>, label: string): Promise<T> {
    return hold(promise, (pass) => this.held.push({ label, pass }));
  }

  private draw(among: number): number {
    return this.random === null ? 0 : Math.floor(this.random() * among);
  }
}

/**
 * Holds completions back, and lets them pass in the order that a test wants, whatever the order in which the GPU, or a
 * fake, settles them. What is held back must settle by itself; it is waited for when it is its turn.
 *
 * With a seed and as `completions` of a test loop, it lets some pass before each frame, so that each takes a few frames
 * and overtakes others: always in the same way for the same seed.
 *
 * @example
 * ```ts
 * import { until, type Operation } from "awaitframe";
 * import { completions, testLoop } from "awaitframe/testing";
 *
 * const { loop, advanceFrames } = testLoop();
 * const gate = completions();
 * function* load(name: string): Operation<void> {
 *   console.log(yield* until(gate.wrap(Promise.resolve(name), name)));
 * }
 * loop.run(load("a"));
 * loop.run(load("b"));
 * await advanceFrames();
 * await gate.release("b"); // the second one completes first
 * await advanceFrames();
 * ```
 *
 * @example
 * Readbacks of a device, in an order drawn from a seed:
 * ```ts
 * import { readBuffer } from "awaitframe";
 * import { completions, testLoop } from "awaitframe/testing";
 *
 * async function order(device: GPUDevice, buffers: GPUBuffer[]) {
 *   const gate = completions({ seed: 7 });
 *   gate.watch(device);
 *   const { loop, runUntilIdle } = testLoop({ completions: gate });
 *   for (const buffer of buffers) loop.run(readBuffer(device, buffer));
 *   await runUntilIdle();
 * }
 * ```
 */
export function completions({ seed }: CompletionsOptions = {}): Completions {
  return new Completions(seed);
}
