import { action, type Action } from "../core/action.ts";
import { expected, named } from "./constants.ts";
import { KeptList } from "./kept-list.ts";

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

/** A wait that ends when the device is lost. @internal */
export interface PendingWait {
  /** It waits for the loss alone, not for work of the GPU. */
  readonly idle?: boolean;
  fail(error: DeviceLostError): void;
}

/** What the kit knows of a device. It keeps neither the device nor anything of its results alive. @internal */
export class DeviceLife {
  /** Set once the device is lost or destroyed. */
  error: DeviceLostError | null = null;
  /** What the loss ends, in the order in which it began. */
  readonly pending = new KeptList<PendingWait>();
  /** Hear when the GPU is waited for. */
  readonly listeners = new KeptList<() => void>();

  begin(wait: PendingWait): void {
    this.pending.push(wait);
    if (wait.idle) return;
    for (let i = 0; i < this.listeners.length; i++) this.listeners.at(i)();
  }

  end(wait: PendingWait): void {
    this.pending.remove(wait);
  }

  lose(message: string, reason: GPUDeviceLostReason): void {
    this.error ??= new DeviceLostError(message, reason);
    for (const wait of this.pending.list()) wait.fail(this.error);
  }
}

/** By device, and by what doesn't tell which device it is of: queues, buffers, shader modules. @internal */
export const lives = new WeakMap<object, DeviceLife>();

/**
 * Follows a device from here on: one handler for its loss, and a note on what it creates and on who destroys it. Of a
 * buffer or a shader module WebGPU doesn't tell the device, and of a loss not reliably whether it was asked for; so
 * three methods of this one device object are extended.
 *
 * @throws TypeError if it is no device.
 * @internal
 */
export function follow(device: GPUDevice): DeviceLife {
  expected("GPUDevice", device, "lost");
  const known = lives.get(device);
  if (known) return known;
  const life = new DeviceLife();
  lives.set(device, life);
  if (device.queue) lives.set(device.queue, life);
  const label = named("the device", device);
  const lose = (why: string, reason: GPUDeviceLostReason) => life.lose(`${label} was lost: ${why}`, reason);

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
 * @throws TypeError at the call if it is no device.
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
      else life.begin(wait);
      return () => life.end(wait);
    },
    named("loss of device", device),
  );
}
