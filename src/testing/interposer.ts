import { watchDevice } from "./watch-device.ts";

/**
 * Stands between promises and those who wait for them. Labels tell them apart: the second promise of the same label
 * gets a 2 behind it, and so on.
 */
export abstract class Interposer {
  private readonly counts = new Map<string, number>();

  /**
   * Takes a promise, and returns the one to be waited for in its place.
   *
   * @param label - What the completion is called.
   */
  wrap<T>(promise: PromiseLike<T>, label: string): Promise<T> {
    const count = (this.counts.get(label) ?? 0) + 1;
    this.counts.set(label, count);
    return this.interpose(promise, count === 1 ? label : `${label} ${count}`);
  }

  /**
   * Takes all promises of a device and of what is made from it from now on: of its buffers, its queue, its shader
   * modules, its pipelines and error scopes. They are labelled by the method and the label of the object, as in
   * `"mapAsync ids"`. Its loss is no such promise.
   *
   * @returns The device itself.
   */
  watch<D extends object>(device: D): D {
    watchDevice(device, (promise, label) => this.wrap(promise, label));
    return device;
  }

  /** @internal */
  protected abstract interpose<T>(promise: PromiseLike<T>, label: string): Promise<T>;
}

/**
 * A promise that settles as another one, but not before it is let pass.
 *
 * @param keep - Gets what lets it pass, and tells when it has.
 * @internal
 */
export function hold<T>(promise: PromiseLike<T>, keep: (pass: () => Promise<void>) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    // Followed at once: a rejection that is held back is no unhandled one.
    const settled = Promise.resolve(promise).then(
      (value) => () => resolve(value),
      (error: unknown) => () => reject(error),
    );
    keep(async () => (await settled)());
  });
}
