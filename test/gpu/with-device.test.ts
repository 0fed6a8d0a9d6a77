import { describe, expect } from "vitest";
import {
  deviceLost,
  DeviceLostError,
  mapAsync,
  nextFrame,
  onSubmittedWorkDone,
  sleep,
  spawn,
  withDevice,
} from "awaitframe";
import { test } from "./fixture.ts";

/** Destroys a device behind the kit's back: to it, the device is lost and nobody asked for that. */
function lose(device: GPUDevice): void {
  const prototype = Object.getPrototypeOf(device) as GPUDevice;
  prototype.destroy.call(device);
}

describe("withDevice", () => {
  test("gives a device, and destroys it when the body has ended", async ({ run }) => {
    let device: GPUDevice | undefined;
    const result = await run(() =>
      withDevice({ device: { label: "mine" } }, function* (given) {
        device = given;
        yield* onSubmittedWorkDone(given.queue);
        return given.label;
      }),
    );
    expect(result).toBe("mine");
    expect(await device?.lost).toMatchObject({ reason: "destroyed" });
  });

  test("chooses what to ask for from what the adapter has", async ({ run }) => {
    const features = await run(() =>
      withDevice(
        {
          device: (adapter) => ({ requiredFeatures: [...adapter.features].slice(0, 1) as GPUFeatureName[] }),
        },
        function* (device) {
          return [...device.features];
        },
      ),
    );
    expect(features.length).toBeGreaterThan(0);
  });

  test("on a loss that nobody asked for: cancels the body, and begins again on a new device", async ({
    run,
  }) => {
    const events: string[] = [];
    const devices = new Set<GPUDevice>();
    await run(() =>
      withDevice(
        { backoff: 5, onLost: (error, retry) => events.push(`${error.name} ${retry}`) },
        function* (device) {
          devices.add(device);
          const buffer = device.createBuffer({ size: 4, usage: 1 | 8 });
          try {
            if (devices.size < 3) lose(device);
            yield* mapAsync(buffer, GPUMapMode.READ);
            for (let i = 0; i < 3; i++) yield* nextFrame();
            events.push("drew");
          } catch {
            // Cancelled before its own waits fail: it never comes here.
            events.push("caught");
          } finally {
            events.push("cleaned up");
          }
        },
      ),
    );
    expect(devices.size).toBe(3);
    expect(events).toEqual([
      "cleaned up",
      "DeviceLostError 1",
      "cleaned up",
      "DeviceLostError 2",
      "drew",
      "cleaned up",
    ]);
  });

  test("children of the body end with it", async ({ run }) => {
    const log: string[] = [];
    let bodies = 0;
    await run(() =>
      withDevice({ backoff: 1 }, function* (device) {
        const body = ++bodies;
        yield* spawn(function* () {
          try {
            yield* sleep(1e6);
          } finally {
            log.push(`child of ${body}`);
          }
        });
        yield* nextFrame();
        if (body > 1) return;
        lose(device);
        yield* sleep(1e6);
      }),
    );
    expect(log).toEqual(["child of 1", "child of 2"]);
  });

  test("gives up after so many losses in a row, with the loss", async ({ run }) => {
    let bodies = 0;
    const losses: number[] = [];
    const outcome = run(() =>
      withDevice({ retries: 2, backoff: 1, onLost: (_, retry) => losses.push(retry) }, function* (device) {
        bodies++;
        lose(device);
        yield* sleep(1e6);
      }),
    );
    await expect(outcome).rejects.toBeInstanceOf(DeviceLostError);
    expect([bodies, losses]).toEqual([3, [1, 2]]);
  });

  test("waits longer each time", async ({ run }) => {
    const times: number[] = [];
    await run(() =>
      withDevice({ retries: 3, backoff: 40 }, function* (device) {
        times.push(performance.now());
        if (times.length === 4) return;
        lose(device);
        yield* sleep(1e6);
      }),
    );
    const [first, second, third] = times.slice(1).map((time, index) => time - times[index]!);
    expect(first).toBeGreaterThanOrEqual(39);
    expect(second).toBeGreaterThanOrEqual(79);
    expect(third).toBeGreaterThanOrEqual(159);
  });

  test("a destroy() that somebody asked for is no reason to begin again", async ({ run }) => {
    let bodies = 0;
    const outcome = run(() =>
      withDevice({ backoff: 1 }, function* (device) {
        bodies++;
        device.destroy();
        yield* nextFrame();
        yield* onSubmittedWorkDone(device.queue);
      }),
    );
    await expect(outcome).rejects.toMatchObject({ name: "DeviceLostError", reason: "destroyed" });
    expect(bodies).toBe(1);
  });

  test("an error of the body is the body's, and the device is destroyed", async ({ run }) => {
    let device: GPUDevice | undefined;
    const outcome = run(() =>
      withDevice({}, function* (given) {
        device = given;
        yield* nextFrame();
        throw new Error("mine");
      }),
    );
    await expect(outcome).rejects.toThrow("mine");
    await device?.lost;
  });

  test("cancelled, it destroys the device", async ({ loop, run }) => {
    let device: GPUDevice | undefined;
    const task = loop.run(() =>
      withDevice({}, function* (given) {
        device = given;
        yield* sleep(Number.POSITIVE_INFINITY);
      }),
    );
    await run(function* () {
      while (!device) yield* nextFrame();
    });
    task.cancel();
    await device?.lost;
    expect(task.state).toBe("cancelled");
  });

  test("what can't be had at the start is an error at once", async ({ run }) => {
    const options = { device: { requiredLimits: { maxBindGroups: 1e6 } }, backoff: 1e6 };
    await expect(run(() => withDevice(options, () => sleep(0)))).rejects.toThrow(/requestDevice/);
  });
});

test("a device that was lost before it came is asked for again", async ({ run }) => {
  const { requestDevice } = GPUAdapter.prototype;
  const told: string[] = [];
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
    GPUAdapter.prototype.requestDevice = requestDevice;
    const device = await requestDevice.call(this, descriptor);
    device.destroy();
    await device.lost;
    return device;
  };
  const onLost = (error: DeviceLostError, retry: number) => told.push(`${retry}: ${error.message}`);
  const device = await run(
    withDevice({ backoff: 1, onLost }, function* (device) {
      yield* onSubmittedWorkDone(device.queue);
      return device;
    }),
  );
  expect(told).toEqual([expect.stringMatching(/^1: the device was lost/)]);
  expect(device.label).toBe("");
});

test("deviceLost keeps nothing: a wait for it that is given up leaves no trace", async ({
  device,
  frames,
}) => {
  for (let i = 0; i < 100; i++) {
    const task = frames.loop.run(deviceLost(device));
    frames.tick();
    task.cancel();
  }
  const told = frames.loop.run(deviceLost(device)).then(({ reason }) => reason);
  frames.tick();
  lose(device);
  await device.lost;
  frames.tick();
  // The browser says "destroyed"; nobody called destroy() as far as the kit knows.
  expect(await told).toBe("unknown");
});
