import { action, type Action } from "../core/action.ts";
import { checkedNumber, wrong } from "../core/check.ts";
import type { Operation } from "../core/operation.ts";
import { race } from "../core/race.ts";
import { sleep } from "../core/sleep.ts";
import { DeviceLostError, follow } from "./device-loss.ts";
import { requestAdapter } from "./request-adapter.ts";
import { requestDevice } from "./request-device.ts";

/** Options of {@link withDevice}. */
export interface WithDeviceOptions {
  /** For {@link requestAdapter}. */
  adapter?: GPURequestAdapterOptions | undefined;
  /** For {@link requestDevice}: what to ask for, or a function that chooses from what the adapter has. */
  device?: GPUDeviceDescriptor | ((adapter: GPUAdapter) => GPUDeviceDescriptor | undefined) | undefined;
  /** How often to begin again, not counting devices that lived for ten seconds. Default: 5. */
  retries?: number | undefined;
  /** The pause before the first retry, in ms; each next one is twice as long. Default: 100. */
  backoff?: number | undefined;
  /** Hears of each loss that nobody asked for, before the pause; `retry` counts from 1. */
  onLost?: ((error: DeviceLostError, retry: number) => void) | undefined;
}

/** A device that lived so long, in ms, was not lost by what is done with it at its start. */
const STABLE = 10_000;

/**
 * Acquires an adapter and a device and runs `body` with it. When the device is lost and nobody asked for that, the body
 * is cancelled, its `finally` blocks run, and after a pause it begins again on a new device: so it should make
 * everything that belongs to a device, a {@link CanvasSurface} too. The device is destroyed when the body ends.
 *
 * @throws TypeError or RangeError for an option of a wrong kind; what the body throws; {@link DeviceLostError} when there were too many losses; what requestAdapter and
 *   requestDevice throw, if that is how it begins or how the retries end. If somebody calls `device.destroy()`, the
 *   body goes on, and its waits fail.
 *
 * @example
 * ```ts
 * import { CanvasSurface, nextFrame, withDevice } from "awaitframe";
 *
 * function* app(canvas: HTMLCanvasElement, makeScene: (device: GPUDevice) => { draw(view: GPUTextureView): void }) {
 *   yield* withDevice({ onLost: (error) => console.warn(error.message) }, function* (device) {
 *     const surface = new CanvasSurface(canvas, device);
 *     try {
 *       const scene = makeScene(device);
 *       for (;;) scene.draw(surface.view(yield* nextFrame("render")));
 *     } finally {
 *       surface.destroy();
 *     }
 *   });
 * }
 * ```
 */
export function* withDevice<T>(
  options: WithDeviceOptions,
  body: (device: GPUDevice) => Operation<T>,
): Operation<T> {
  const { retries = 5, backoff = 100, onLost } = options;
  checkedNumber(retries, "retries");
  checkedNumber(backoff, "backoff");
  if (onLost !== undefined && typeof onLost !== "function") throw wrong("onLost takes a function", onLost);
  if (typeof body !== "function") throw wrong("withDevice takes a function of the device", body);
  for (let retry = 0; ;) {
    let device: GPUDevice | undefined;
    let begun = 0;
    try {
      const adapter = yield* requestAdapter(options.adapter);
      const descriptor = typeof options.device === "function" ? options.device(adapter) : options.device;
      device = yield* requestDevice(adapter, descriptor);
      begun = performance.now();
      // The loss comes first, and as an action: it is to cancel the body before the body's own waits fail of it.
      return yield* race([unwantedLoss(device), body(device)]);
    } catch (error) {
      // Of its own device; or, where there is none, of one that was lost before it came.
      const lost =
        error instanceof DeviceLostError && (!device || follow(device).error === error) ? error : null;
      if (lost && lost.reason === "destroyed") throw error;
      // While the GPU comes back, there may be no adapter.
      if (!lost && (device || retry === 0)) throw error;
      if (begun && performance.now() - begun > STABLE) retry = 0;
      if (retry++ >= retries) throw error;
      if (lost) onLost?.(lost, retry);
    } finally {
      device?.destroy();
    }
    yield* sleep(backoff * 2 ** (retry - 1));
  }
}

/** Throws when the device is lost, unless somebody asked for it. */
function unwantedLoss(device: GPUDevice): Action<never> {
  const life = follow(device);
  return action<never>((_, reject) => {
    const fail = (error: DeviceLostError) => {
      if (error.reason !== "destroyed") reject(error);
    };
    const wait = { idle: true, fail };
    life.begin(wait);
    return () => life.end(wait);
  }, "loss of the device");
}
