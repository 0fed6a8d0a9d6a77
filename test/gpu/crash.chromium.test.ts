import { expect } from "vitest";
import { commands } from "vitest/browser";
import {
  CanvasSurface,
  deviceLost,
  DeviceLostError,
  mapAsync,
  nextFrame,
  readTexture,
  requestAdapter,
  requestDevice,
  sleep,
  spawn,
  withDevice,
} from "awaitframe";
import { test } from "./fixture.ts";

test("the GPU process ends while frames run: withDevice draws again", async ({ run }) => {
  const canvas = document.createElement("canvas");
  canvas.style.cssText = "width: 8px; height: 8px";
  document.body.append(canvas);
  const heard: DeviceLostError[] = [];
  let bodies = 0;
  const texel = await run(() =>
    withDevice({ onLost: (error) => heard.push(error) }, function* (device) {
      const first = ++bodies === 1;
      const surface = new CanvasSurface(canvas, device, { usage: 16 | 1 });
      for (let count = 0; ; count++) {
        const frame = yield* nextFrame();
        const encoder = device.createCommandEncoder();
        encoder.beginRenderPass(surface.renderPass(frame, { clearValue: [0, 1, 0, 1] })).end();
        device.queue.submit([encoder.finish()]);
        if (first && count === 5) void commands.endGpuProcess();
        if (!first && count === 5)
          return yield* readTexture(device, surface.texture(frame), { swizzle: "rgba" });
      }
    }),
  );
  canvas.remove();
  expect(texel.slice(0, 4)).toEqual(Uint8Array.of(0, 255, 0, 255));
  expect(bodies).toBe(2);
  expect(heard).toHaveLength(1);
  // Nobody called destroy(), whatever the browser says.
  expect(heard[0]).toMatchObject({ name: "DeviceLostError", reason: "unknown" });
});

test("the GPU process ends: every pending wait fails with one DeviceLostError", async ({ device, run }) => {
  const errors = await run(function* () {
    const lost = yield* spawn(deviceLost(device));
    yield* nextFrame("render");
    const buffer = device.createBuffer({ size: 1 << 20, usage: 1 | 8 });
    const read = yield* spawn(function* () {
      try {
        // One after the other, so that one is pending when it happens.
        for (;;) {
          yield* mapAsync(buffer, GPUMapMode.READ);
          buffer.unmap();
        }
      } catch (error) {
        return error;
      }
    });
    yield* sleep(50);
    void commands.endGpuProcess();
    return [yield* read, yield* lost];
  });
  expect(errors[0]).toBeInstanceOf(DeviceLostError);
  expect(errors[1]).toBe(errors[0]);
});

test("an adapter from before is of no use: an error, not a device that is dead", async ({ run }) => {
  const stale = await run(requestAdapter());
  const device = await run(requestDevice(await run(requestAdapter())));
  await commands.endGpuProcess();
  await device.lost;
  await expect(run(requestDevice(stale))).rejects.toThrow(/requestDevice|device was lost/);
  // As withDevice does: a new one.
  const fresh = await run(requestDevice(await run(requestAdapter())));
  expect(fresh.limits.maxBindGroups).toBeGreaterThan(0);
  fresh.destroy();
});
