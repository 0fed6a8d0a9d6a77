// WebXR by Meta's emulator: a headset in the page, whose sessions, frames, poses and ends are as the standard says.

import { Loop, nextFrame, once, readBuffer, sleep, until, xrDriver } from "awaitframe";
import { checkDriver } from "awaitframe/testing";
import { metaQuest3, XRDevice } from "iwer";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { test } from "./fixture.ts";

let headset: XRDevice;
const sessions: XRSession[] = [];

beforeEach(() => {
  headset = new XRDevice(metaQuest3);
  headset.installRuntime({ forceInstall: true });
});
afterEach(async () => {
  // One that a test has ended refuses to be ended once more.
  for (const session of sessions.splice(0)) await session.end().catch(() => {});
  headset.uninstallRuntime();
});

/** An immersive session with something to draw to: without, the standard has no frames come. */
async function enter(): Promise<XRSession> {
  const session = await navigator.xr!.requestSession("immersive-vr", { optionalFeatures: ["local-floor"] });
  const gl = document.createElement("canvas").getContext("webgl2")!;
  await session.updateRenderState({ baseLayer: new XRWebGLLayer(session, gl) });
  sessions.push(session);
  return session;
}

describe("xrDriver in an emulated headset", () => {
  test("passes the check", async () => {
    const session = await enter();
    await checkDriver(() => xrDriver(session), { patience: 5000 });
  });

  test("each frame has the XRFrame of the session, from which poses come", async () => {
    const session = await enter();
    const driver = xrDriver(session);
    const loop = new Loop({ driver });
    headset.position.set(0, 1.5, 0);
    const heights = await loop.run(function* () {
      const space = yield* until(session.requestReferenceSpace("local-floor"));
      const heights: number[] = [];
      const frames = new Set<XRFrame>();
      while (heights.length < 5) {
        yield* nextFrame("render");
        frames.add(driver.frame);
        const pose = driver.frame.getViewerPose(space);
        heights.push(pose!.transform.position.y);
        headset.position.y += 0.1;
      }
      expect(frames.size).toBe(5);
      expect([...frames].every((frame) => frame.session === session)).toBe(true);
      return heights;
    });
    loop.stop();
    expect(heights.map((height) => Number(height.toFixed(2)))).toEqual([1.5, 1.6, 1.7, 1.8, 1.9]);
  });

  test("a readback is waited for inside a frame of the session, where poses are to be had", async ({
    device,
  }) => {
    const session = await enter();
    const driver = xrDriver(session);
    const loop = new Loop({ driver });
    const buffer = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, new Uint32Array([42]));
    const [value, posed] = await loop.run(function* () {
      const space = yield* until(session.requestReferenceSpace("viewer"));
      const [value] = yield* readBuffer(device, buffer, { as: Uint32Array });
      return [value, driver.frame.getViewerPose(space) !== undefined];
    });
    loop.stop();
    expect([value, posed]).toEqual([42, true]);
  });

  test("sleeps end in a frame of the session", async () => {
    const session = await enter();
    const driver = xrDriver(session);
    const loop = new Loop({ driver });
    const posed = await loop.run(function* () {
      const space = yield* until(session.requestReferenceSpace("viewer"));
      yield* sleep(50);
      return driver.frame.getViewerPose(space) !== undefined;
    });
    loop.stop();
    expect(posed).toBe(true);
  });

  test("taken off, the headset shows no frames, and sleeps go on; put on again, frames do", async () => {
    const session = await enter();
    const loop = new Loop({ driver: xrDriver(session) });
    const log: string[] = [];
    const watching = loop.run(function* () {
      yield* nextFrame();
      headset.updateVisibilityState("hidden");
      yield* sleep(30);
      log.push(`slept while ${session.visibilityState}`);
      headset.updateVisibilityState("visible");
      yield* nextFrame();
      log.push("drawn");
    });
    await watching;
    loop.stop();
    expect(log).toEqual(["slept while hidden", "drawn"]);
  });

  test("the session's end ends the loop, and its tasks clean up", async () => {
    const session = await enter();
    const loop = new Loop({ driver: xrDriver(session) });
    const log: string[] = [];
    const draw = loop.run(function* draw() {
      try {
        for (let count = 0; ; count++) {
          yield* nextFrame();
          if (count === 3) void session.end();
        }
      } finally {
        log.push("cleaned up");
      }
    });
    const told = loop.run(function* () {
      yield* once(session, "end");
      log.push("told");
    });
    await told;
    await expect(draw).rejects.toThrow(/cancelled/);
    expect(log).toEqual(["told", "cleaned up"]);
    expect(loop.tasks).toEqual([]);
  });
});
