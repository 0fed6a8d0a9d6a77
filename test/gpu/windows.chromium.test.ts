// Several canvases, devices, loops and windows in one page.

import {
  AsyncEvent,
  CanvasSurface,
  Loop,
  nextFrame,
  readTexture,
  requestAdapter,
  requestDevice,
  sleep,
  until,
  windowDriver,
  type Frame,
} from "awaitframe";
import { checkDriver } from "awaitframe/testing";
import { afterEach, describe, expect } from "vitest";
import { test } from "./fixture.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup();
});

type View = Window & typeof globalThis;

const kinds: Record<string, () => View> = {
  "a popup"() {
    const popup = open("", "", "popup,width=300,height=200");
    if (popup === null) throw new Error("the browser opens no popup here");
    cleanups.push(() => popup.close());
    return popup as View;
  },
  "a frame in the page"() {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    cleanups.push(() => frame.remove());
    return frame.contentWindow as View;
  },
};

function canvasIn(view: View): HTMLCanvasElement {
  const canvas = view.document.createElement("canvas");
  canvas.style.cssText = "display: block; width: 32px; height: 16px";
  view.document.body.append(canvas);
  return canvas;
}

function loopIn(view: View): Loop {
  const loop = new Loop({ driver: windowDriver(view) });
  cleanups.push(() => loop.stop());
  return loop;
}

function clear(device: GPUDevice, texture: GPUTexture, clearValue: GPUColor): void {
  const encoder = device.createCommandEncoder();
  const view = texture.createView();
  encoder
    .beginRenderPass({ colorAttachments: [{ view, clearValue, loadOp: "clear", storeOp: "store" }] })
    .end();
  device.queue.submit([encoder.finish()]);
}

describe.each(Object.entries(kinds))("windowDriver of %s", (_kind, openView) => {
  test("passes the check", async () => {
    const view = openView();
    await checkDriver(() => windowDriver(view), { patience: 5000 });
  });

  test("makes frames by that window's own requestAnimationFrame, on this page's clock", async () => {
    const view = openView();
    const loop = loopIn(view);
    let own = 0;
    const { requestAnimationFrame } = view;
    view.requestAnimationFrame = (callback) => {
      own++;
      return requestAnimationFrame.call(view, callback);
    };
    const before = performance.now();
    const frames = await loop.run(function* () {
      const frames: Frame[] = [];
      while (frames.length < 5) frames.push(yield* nextFrame());
      return frames;
    });
    const after = performance.now();
    expect(own).toBeGreaterThanOrEqual(5);
    for (const { timestamp } of frames) {
      expect(timestamp).toBeGreaterThan(before - 100);
      expect(timestamp).toBeLessThan(after + 100);
    }
  });

  test("draws to a canvas there with a device of here, and reads it back", async ({ device }) => {
    const view = openView();
    const canvas = canvasIn(view);
    const loop = loopIn(view);
    const texels = await loop.run(function* () {
      const surface = new CanvasSurface(canvas, device, {
        usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
      });
      const texture = surface.texture(yield* nextFrame("render"));
      clear(device, texture, [1, 0, 0, 1]);
      const texels = yield* readTexture(device, texture, { size: [1, 1], swizzle: "rgba" });
      surface.destroy();
      return [...texels];
    });
    expect(texels).toEqual([255, 0, 0, 255]);
  });
});

describe("when the other window goes away", () => {
  test.for(["a popup", "a frame in the page"])("%s: the loop ends and its tasks clean up", async (kind) => {
    const view = kinds[kind]!();
    const loop = loopIn(view);
    const log: string[] = [];
    const draw = loop.run(function* () {
      try {
        for (;;) {
          yield* nextFrame();
          log[0] = "drawn";
        }
      } finally {
        log.push("cleaned up");
      }
    });
    const here = new Loop();
    await here.run(function* () {
      while (log.length === 0) yield* nextFrame();
      cleanups.pop();
      cleanups.pop()!();
    });
    await expect(draw).rejects.toThrow(/cancelled/);
    expect(log).toEqual(["drawn", "cleaned up"]);
  });

  test("a loop that starts after that says so", async () => {
    const view = kinds["a frame in the page"]!();
    const driver = windowDriver(view);
    cleanups.pop()!();
    const errors: unknown[] = [];
    new Loop({ driver, onError: (error) => errors.push(error) }).run(nextFrame());
    expect(String(errors)).toMatch(/this window is over/);
  });
});

describe("several in one page", () => {
  test("one loop draws to several canvases of one device, each in every frame", async ({ device }) => {
    const canvases = [0, 1, 2].map(() => canvasIn(window));
    for (const canvas of canvases) cleanups.push(() => canvas.remove());
    const loop = new Loop();
    cleanups.push(() => loop.stop());
    const colours = [
      [1, 0, 0, 1],
      [0, 1, 0, 1],
      [0, 0, 1, 1],
    ];
    const frames: Frame[][] = canvases.map(() => []);
    const read = canvases.map((canvas, i) =>
      loop.run(function* () {
        const surface = new CanvasSurface(canvas, device, {
          usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
        });
        for (;;) {
          const frame = yield* nextFrame("render");
          const texture = surface.texture(frame);
          clear(device, texture, colours[i]!);
          if (frames[i]!.push(frame) === 4) {
            return yield* readTexture(device, texture, { size: [1, 1], swizzle: "rgba" });
          }
        }
      }),
    );
    const texels = await Promise.all(read);
    expect(texels.map((texel) => Array.from(texel, (value) => value / 255))).toEqual(colours);
    expect(frames[1]).toEqual(frames[0]);
    expect(frames[2]).toEqual(frames[0]);
  });

  test("two loops and two devices: one paused, lost and stopped does not touch the other", async () => {
    const open = async (color: GPUColor) => {
      const canvas = canvasIn(window);
      cleanups.push(() => canvas.remove());
      const loop = new Loop();
      cleanups.push(() => loop.stop());
      const state = { drawn: 0, device: null as GPUDevice | null };
      loop.run(function* () {
        state.device = yield* requestDevice(yield* requestAdapter());
        const surface = new CanvasSurface(canvas, state.device);
        for (;;) {
          clear(state.device, surface.texture(yield* nextFrame("render")), color);
          state.drawn++;
        }
      });
      return { loop, state };
    };
    const first = await open([1, 0, 0, 1]);
    const second = await open([0, 1, 0, 1]);
    const more = async ({ state }: typeof first, count = 3): Promise<void> => {
      const goal = state.drawn + count;
      await expect.poll(() => state.drawn, { timeout: 15_000 }).toBeGreaterThanOrEqual(goal);
    };
    await more(first);
    await more(second);
    expect(first.state.device).not.toBe(second.state.device);

    first.loop.pause();
    const { drawn } = first.state;
    await more(second);
    expect(first.state.drawn).toBe(drawn);
    first.loop.resume();
    await more(first);

    first.state.device!.destroy();
    await first.state.device!.lost;
    await more(second);
    first.loop.stop();
    await more(second);
    second.state.device!.destroy();
  });

  test("a task of one loop waits for a task of another, and each goes on in its own frames", async () => {
    const page = new Loop();
    const view = loopIn(kinds["a frame in the page"]!());
    cleanups.push(() => page.stop());
    const go = new AsyncEvent();
    const log: string[] = [];
    const scene = view.run(function* () {
      yield* go.wait();
      yield* sleep(20);
      yield* nextFrame();
      log.push("scene");
      return 7;
    });
    const result = await page.run(function* () {
      yield* nextFrame();
      go.set();
      const value = yield* until(scene);
      const frame = yield* nextFrame();
      log.push(page.frame === frame ? "page" : "elsewhere");
      return value;
    });
    expect(result).toBe(7);
    expect(log).toEqual(["scene", "page"]);
  });
});
