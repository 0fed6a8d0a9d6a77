import { afterEach, expect } from "vitest";
import { CanvasSurface, Loop, nextFrame, onSubmittedWorkDone, readTexture } from "awaitframe";
import { test } from "./fixture.ts";

afterEach(() => {
  Reflect.deleteProperty(document, "hidden");
});

/** Makes the page look hidden to scripts, as when another tab is in front. */
function setHidden(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

test("a wait between the canvas texture and the submit is found where it happens", async ({
  device,
  run,
}) => {
  const surface = new CanvasSurface(new OffscreenCanvas(4, 4), device, { usage: 16 | 1 });
  const draw = (view: GPUTextureView) => {
    const encoder = device.createCommandEncoder();
    encoder
      .beginRenderPass({
        colorAttachments: [{ view, clearValue: [1, 0, 0, 1], loadOp: "clear", storeOp: "store" }],
      })
      .end();
    device.queue.submit([encoder.finish()]);
  };
  const texel = await run(function* () {
    const frame = yield* nextFrame();
    yield* onSubmittedWorkDone(device.queue);
    expect(() => surface.view(frame)).toThrow(/is over, and with it its canvas texture/);
    // As the message says.
    const now = yield* nextFrame();
    draw(surface.view(now));
    return yield* readTexture(device, surface.texture(now), { size: [1, 1], swizzle: "rgba" });
  });
  expect([...texel]).toEqual([255, 0, 0, 255]);
});

test("frames go on when the tab comes back, however often it went", async () => {
  const loop = new Loop();
  let frames = 0;
  const task = loop.run(function* () {
    for (;;) {
      yield* nextFrame();
      frames++;
    }
  });
  for (let i = 0; i < 5; i++) {
    const before = frames;
    await expect.poll(() => frames).toBeGreaterThan(before + 2);
    setHidden(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    setHidden(false);
  }
  const after = frames;
  await expect.poll(() => frames).toBeGreaterThan(after + 2);
  task.cancel();
  loop.stop();
});
