/**
 * Who waits for the next frame, for the peers that have no frames of their own: an array that is called in each frame.
 * @template {(...args: never[]) => void} [F=() => void]
 */
export class FrameQueue {
  /** @type {F[]} */
  #waiting = [];
  /** @type {F[]} */
  #running = [];

  /** @param {F} resume */
  push(resume) {
    this.#waiting.push(resume);
  }

  /** @param {Parameters<F>} args */
  run(...args) {
    const running = this.#waiting;
    this.#waiting = this.#running;
    this.#running = running;
    for (const resume of running) resume(...args);
    running.length = 0;
  }
}
