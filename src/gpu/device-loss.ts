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
  /** What the browser said. */
  info: GPUDeviceLostInfo | null;
  /** Whether somebody called `destroy()`. */
  destroyed: boolean;
  /** The waits that the loss fails, in the order in which they began. */
  readonly pending: Set<{ fail(error: Error): void }>;
  /** Those who wait for the loss itself. */
  readonly watchers: Set<(info: GPUDeviceLostInfo) => void>;
}

// By device, and by the objects that don't tell which device they are of: queues, buffers, shader modules.
const lives = new WeakMap<object, DeviceLife>();

/** The life of the device that an object belongs to, where the kit has seen the device before the object. @internal */
export function lifeOf(object: object): DeviceLife | undefined {
  return lives.get(object);
}

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
  const life: DeviceLife = {
    error: null,
    info: null,
    destroyed: false,
    pending: new Set(),
    watchers: new Set(),
  };
  lives.set(device, life);
  if (device.queue) lives.set(device.queue, life);
  const label = named("the device", device);

  const note = (object: object) => lives.set(object, life);
  extend(device, "createBuffer", note);
  extend(device, "createShaderModule", note);
  extend(device, "destroy", () => {
    life.destroyed = true;
    lose(life, `${label} was destroyed: destroy() was called`);
  });

  device.lost.then((info) => {
    life.info = info;
    lose(life, `${label} was lost (${info.reason}): ${info.message}`);
    for (const tell of life.watchers) tell(info);
    life.watchers.clear();
  });
  return life;
}

/**
 * Waits until a device is lost, be it that `destroy()` was called. It never fails, and what waits for it is not kept
 * alive by the device [WebGPU, lost].
 *
 * @example
 * ```ts
 * import { deviceLost, spawn } from "awaitframe";
 *
 * function* watch(device: GPUDevice) {
 *   const { reason, message } = yield* deviceLost(device);
 *   console.warn(`GPU lost (${reason}): ${message}`);
 * }
 *
 * function* app(device: GPUDevice) {
 *   yield* spawn(watch(device));
 * }
 * ```
 */
export function deviceLost(device: GPUDevice): Action<GPUDeviceLostInfo> {
  const life = follow(device);
  return action<GPUDeviceLostInfo>(
    (resolve) => {
      if (life.info) resolve(life.info);
      life.watchers.add(resolve);
      return () => life.watchers.delete(resolve);
    },
    named("loss of device", device),
  );
}

function lose(life: DeviceLife, message: string): void {
  if (life.error) return;
  const error = new DeviceLostError(message, life.destroyed ? "destroyed" : "unknown");
  life.error = error;
  for (const wait of life.pending) wait.fail(error);
}

/** Lets `after` see what a method of this one object returns. A frozen object stays as it is. */
function extend(
  device: GPUDevice,
  name: "createBuffer" | "createShaderModule" | "destroy",
  after: (result: object) => void,
): void {
  const original = device[name] as ((this: GPUDevice, ...args: unknown[]) => object) | undefined;
  const value = function (this: GPUDevice, ...args: unknown[]): object {
    const result = original!.apply(this, args);
    after(result);
    return result;
  };
  if (original) Reflect.defineProperty(device, name, { value, configurable: true, writable: true });
}
