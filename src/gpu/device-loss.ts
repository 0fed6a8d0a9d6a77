import { action, type Action } from "../core/action.ts";
import { named } from "./constants.ts";

/** What every pending wait of a lost device fails with, and every later one. */
export class DeviceLostError extends Error {
  override name = "DeviceLostError";

  /** `destroyed` where somebody called `destroy()`, as the kit saw it; the browser's own word is not always right. */
  readonly reason: GPUDeviceLostReason;

  constructor(message: string, reason: GPUDeviceLostReason) {
    super(message);
    this.reason = reason;
  }
}

/** What the kit knows of a device. It keeps neither the device nor anything of its results alive. @internal */
export interface DeviceLife {
  /** Set once the device is lost or destroyed. */
  error: DeviceLostError | null;
  /** What the loss ends, in the order in which it began. */
  readonly pending: Set<PendingWait>;
  /** Hears when the GPU is waited for. */
  onWait?: (() => void) | null;
}

/** A wait that ends when the device is lost. @internal */
export interface PendingWait {
  /** It waits for the loss alone, not for work of the GPU. */
  readonly idle?: boolean;
  fail(error: DeviceLostError): void;
}

/** By device, and by what doesn't tell which device it is of: queues, buffers, shader modules. @internal */
export const lives = new WeakMap<object, DeviceLife>();

/**
 * Follows a device from here on: one handler for its loss, and a note on what it creates and on who destroys it. Of a
 * buffer or a shader module WebGPU doesn't tell the device, and of a loss not reliably whether it was asked for; so
 * three methods of this one device object are extended.
 *
 * @internal
 */
export function follow(device: GPUDevice): DeviceLife {
  const known = lives.get(device);
  if (known) return known;
  const life: DeviceLife = { error: null, pending: new Set() };
  lives.set(device, life);
  if (device.queue) lives.set(device.queue, life);
  const lose = (why: string, reason: GPUDeviceLostReason) => {
    life.error ??= new DeviceLostError(`${label} was lost: ${why}`, reason);
    for (const wait of life.pending) wait.fail(life.error);
  };
  const label = named("the device", device);

  for (const name of ["createBuffer", "createShaderModule", "destroy"] as const) {
    const original = device[name] as (...args: unknown[]) => object | undefined;
    // A frozen object stays as it is.
    Reflect.defineProperty(device, name, {
      value(this: GPUDevice, ...args: unknown[]) {
        const made = original.apply(this, args);
        if (made) lives.set(made, life);
        else lose("destroy() was called", "destroyed");
        return made;
      },
      configurable: true,
      writable: true,
    });
  }

  // One that was destroyed has its error already.
  device.lost.then(({ message }) => lose(message, "unknown"));
  return life;
}

/**
 * Waits until a device is lost, be it that `destroy()` was called [WebGPU, `GPUDevice.lost`]. It never fails; what it
 * gives is also the error that all waits for the device fail with. Its `reason` is `destroyed` only if somebody called
 * `destroy()`.
 *
 * @example
 * ```ts
 * import { deviceLost, spawn } from "awaitframe";
 *
 * function* watch(device: GPUDevice) {
 *   const { reason, message } = yield* deviceLost(device);
 *   console.warn(`${message} (${reason})`);
 * }
 *
 * function* app(device: GPUDevice) {
 *   yield* spawn(watch(device));
 * }
 * ```
 */
export function deviceLost(device: GPUDevice): Action<GPUDeviceLostInfo & DeviceLostError> {
  const life = follow(device);
  return action(
    (resolve) => {
      const tell = resolve as (error: DeviceLostError) => void;
      const wait = { idle: true, fail: tell };
      if (life.error) tell(life.error);
      else life.pending.add(wait);
      return () => life.pending.delete(wait);
    },
    named("loss of device", device),
  );
}
