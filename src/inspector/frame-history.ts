/** How many frames are kept. */
export const KEPT = 240;

/** What the last frames of a loop took. */
export class FrameHistory {
  readonly #intervals = new Float32Array(KEPT);
  readonly #costs = new Float32Array(KEPT);
  #index = -1;
  #total = 0;

  /** How many frames there have been. */
  get total(): number {
    return this.#total;
  }

  /** How many frames are kept. */
  get length(): number {
    return Math.min(this.#total, KEPT);
  }

  /**
   * Adds a frame; or its next part, where an engine runs a frame in parts.
   *
   * @param interval - The time since the frame before, in ms.
   * @param cost - How long the loop worked, in ms.
   */
  add(index: number, interval: number, cost: number): void {
    const next = index !== this.#index;
    if (next) this.#costs[this.#total++ % KEPT] = 0;
    this.#index = index;
    const at = (this.#total - 1) % KEPT;
    this.#intervals[at] = interval;
    this.#costs[at]! += cost;
  }

  /** The time before a frame, in ms: that of the last one is at 0. */
  interval(back: number): number {
    return this.#intervals[(this.#total - 1 - back) % KEPT]!;
  }

  /** How long the loop worked in a frame, in ms: the last one is at 0. */
  cost(back: number): number {
    return this.#costs[(this.#total - 1 - back) % KEPT]!;
  }

  /** Of the kept frames, the value that a part of them stays below. */
  quantile(of: "interval" | "cost", part: number): number {
    const all = of === "cost" ? this.#costs : this.#intervals;
    const sorted = all.subarray(0, this.length).toSorted();
    return sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  }
}
