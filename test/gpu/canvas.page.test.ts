import { afterEach, describe, expect, vi } from "vitest";
import {
  allSettled,
  CanvasSurface,
  mapAsync,
  nextFrame,
  onSubmittedWorkDone,
  readTexture,
  spawn,
  type CanvasSurfaceOptions,
  type Frame,
  type Operation,
} from "awaitframe";
import { plainDevice, test } from "./fixture.ts";
import { expectDifference } from "./support/differences.ts";

const COPYABLE = 16 | 1;

const canvases: HTMLCanvasElement[] = [];

function canvas(style = "width: 64px; height: 32px"): HTMLCanvasElement {
  const element = document.createElement("canvas");
  element.style.cssText = `display: block; ${style}`;
  document.body.append(element);
  canvases.push(element);
  return element;
}

afterEach(() => {
  for (const element of canvases.splice(0)) element.remove();
});

function clear(device: GPUDevice, view: GPUTextureView, clearValue: GPUColor = [0, 1, 0, 1]): void {
  const encoder = device.createCommandEncoder();
  encoder
    .beginRenderPass({ colorAttachments: [{ view, clearValue, loadOp: "clear", storeOp: "store" }] })
    .end();
  device.queue.submit([encoder.finish()]);
}

describe("after a wait for the GPU", () => {
  test.for(["mapAsync", "onSubmittedWorkDone"])(
    "%s: the coroutine goes on in the frame and draws",
    async (what, { device, loop, run }) => {
      const surface = new CanvasSurface(canvas(), device, { usage: COPYABLE });
      const buffer = device.createBuffer({ size: 4, usage: 1 | 8 });
      // Says when the browser's own animation-frame callbacks run.
      let inCallback = false;
      const driver = requestAnimationFrame;
      globalThis.requestAnimationFrame = (callback) =>
        driver((timestamp) => {
          inCallback = true;
          callback(timestamp);
          inCallback = false;
        });
      try {
        const texel = await run(function* () {
          if (what === "mapAsync") yield* mapAsync(buffer, GPUMapMode.READ);
          else yield* onSubmittedWorkDone(device.queue);
          expect(inCallback).toBe(true);
          const frame = loop.frame as Frame;
          clear(device, surface.view(frame));
          return yield* readTexture(device, surface.texture(frame), { size: [1, 1], swizzle: "rgba" });
        });
        expect([...texel]).toEqual([0, 255, 0, 255]);
      } finally {
        globalThis.requestAnimationFrame = driver;
      }
    },
  );

  test("a plain await goes on outside: there the texture of its frame may be gone", async ({ device }) => {
    const { context } = new CanvasSurface(canvas(), device);
    const buffer = device.createBuffer({ size: 4, usage: 1 | 8 });
    const error = await new Promise<GPUError | null>((resolve, reject) => {
      requestAnimationFrame(async () => {
        try {
          const view = context.getCurrentTexture().createView();
          await buffer.mapAsync(GPUMapMode.READ);
          device.pushErrorScope("validation");
          clear(device, view);
          resolve(device.popErrorScope());
        } catch (thrown) {
          reject(thrown as Error);
        }
      });
    });
    const gone = /destroyed|expired/i.test(error?.message ?? "");
    expectDifference("the canvas texture after a plain `await`", gone ? "destroyed" : "usable");
  });
});

describe("the stale-frame guard", () => {
  test("refuses the frame from before a wait, and says what to do", async ({ device, run }) => {
    const surface = new CanvasSurface(canvas(), device);
    const [old, message] = await run(function* () {
      const frame = yield* nextFrame();
      surface.view(frame);
      yield* onSubmittedWorkDone(device.queue);
      try {
        surface.view(frame);
      } catch (error) {
        return [frame.index, (error as Error).message] as const;
      }
      return [];
    });
    expect(message).toBe(
      `frame ${old} is over, and with it its canvas texture: after a wait, draw with the frame of a new yield* nextFrame()`,
    );
  });

  test("gives one texture for the whole frame, in every phase", async ({ device, run }) => {
    const surface = new CanvasSurface(canvas(), device);
    await run(function* () {
      const frame = yield* nextFrame();
      const { texture, view } = { texture: surface.texture(frame), view: surface.view(frame) };
      const same = yield* nextFrame("render");
      expect(same).toBe(frame);
      expect(surface.texture(same)).toBe(texture);
      expect(surface.view(same)).toBe(view);
      clear(device, view);
      const next = yield* nextFrame();
      const nextTexture = surface.texture(next) === texture ? "the same" : "another";
      expectDifference("the canvas texture of the next frame", nextTexture);
    });
  });

  test("an async task draws too", async ({ device, run }) => {
    const surface = new CanvasSurface(canvas(), device);
    await run(async (wait) => {
      await wait(onSubmittedWorkDone(device.queue));
      for (let i = 0; i < 3; i++) clear(device, surface.view(await wait(nextFrame())));
    });
  });

  test("refuses when there is no frame, or no surface any more", ({ device, frames }) => {
    const surface = new CanvasSurface(canvas(), device);
    for (const given of [undefined, nextFrame()])
      expect(() => surface.view(given as unknown as Frame)).toThrow(
        /the frame that yield\* nextFrame\(\) gives/,
      );
    frames.loop.run(nextFrame());
    frames.tick();
    expect(() => surface.view(frames.loop.frame as Frame)).toThrow(/frame 0 is over/);
    surface.destroy();
    surface.destroy();
    expect(() => surface.view(frames.loop.frame as Frame)).toThrow(/surface was destroyed/);
  });
});

describe("size", () => {
  test("that of the page in display pixels, before the first observation already", async ({
    device,
    run,
  }) => {
    const surface = new CanvasSurface(canvas(), device);
    const ratio = devicePixelRatio;
    expect([surface.width, surface.height]).toEqual([64 * ratio, 32 * ratio]);
    expect(surface.aspect).toBe(2);
    const size = await run(function* () {
      const { width, height } = surface.texture(yield* nextFrame());
      return [width, height];
    });
    expect(size).toEqual([64 * ratio, 32 * ratio]);
  });

  test("follows the page, and changes the canvas only in view()", async ({ device, run }) => {
    const element = canvas();
    const surface = new CanvasSurface(element, device);
    await run(function* () {
      clear(device, surface.view(yield* nextFrame()));
      element.style.width = "100px";
      while (surface.width !== 100 * devicePixelRatio) yield* nextFrame();
      expect(element.width).toBe(64 * devicePixelRatio);
      const texture = surface.texture(yield* nextFrame());
      expect([element.width, texture.width]).toEqual([100 * devicePixelRatio, 100 * devicePixelRatio]);
      clear(device, surface.view(yield* nextFrame()));
    });
  });

  test("resized() waits until the next view has another one", async ({ device, run }) => {
    const element = canvas();
    const surface = new CanvasSurface(element, device);
    const sizes: number[] = [];
    function* drawOnDemand(): Operation<never> {
      // At first there is nothing to be seen: it goes on at once.
      while (true) {
        yield* surface.resized();
        clear(device, surface.view(yield* nextFrame("render")));
        sizes.push(element.width / devicePixelRatio);
      }
    }
    function* drawn(count: number): Operation<number[]> {
      while (sizes.length < count) yield* nextFrame();
      for (let i = 0; i < 5; i++) yield* nextFrame();
      return sizes;
    }
    await run(function* () {
      yield* spawn(drawOnDemand);
      expect(yield* drawn(1)).toEqual([64]);
      element.style.width = "100px";
      expect(yield* drawn(2)).toEqual([64, 100]);
      surface.resize(7 * devicePixelRatio, 5);
      surface.resize(8 * devicePixelRatio, 5);
      expect(yield* drawn(3)).toEqual([64, 100, 8]);
      // The same again is no change.
      surface.resize(8 * devicePixelRatio, 5);
      expect(yield* drawn(3)).toEqual([64, 100, 8]);
    });
  });

  test.for<[string, (surface: CanvasSurface) => void, RegExp]>([
    ["the surface is destroyed", (surface) => surface.destroy(), /surface was destroyed/],
    ["its canvas gets another one", ({ canvas, device }) => new CanvasSurface(canvas, device), /another one/],
    ["the device is lost", ({ device }) => device.destroy(), /was lost/],
  ])("resized() fails when %s, and later", async ([, end, says], { run }) => {
    const surface = new CanvasSurface(canvas(), await plainDevice());
    await run(function* () {
      surface.view(yield* nextFrame());
      const waiting = yield* spawn(allSettled([surface.resized()]));
      yield* nextFrame();
      end(surface);
      for (const [outcome] of [yield* waiting, yield* allSettled([surface.resized()])])
        expect(String((outcome as PromiseRejectedResult).reason)).toMatch(says);
    });
  });

  test("never beyond what the device can draw to, in the same proportion", ({ device }) => {
    const limit = device.limits.maxTextureDimension2D;
    const surface = new CanvasSurface(canvas(), device, { resolution: 1000 });
    expect([surface.width, surface.height]).toEqual([limit, limit / 2]);
    expect(new CanvasSurface(canvas(), device, { resolution: 0.5 }).width).toBe(32 * devicePixelRatio);
  });

  test("a canvas that is not on the page keeps its own", ({ device }) => {
    const element = document.createElement("canvas");
    element.width = 40;
    element.height = 30;
    const surface = new CanvasSurface(element, device);
    expect([surface.width, surface.height]).toEqual([40, 30]);
    surface.resize(0, 9);
    expect([surface.width, surface.height]).toEqual([1, 9]);
    expect(() => surface.resize(Number.NaN, 1)).toThrow(RangeError);
  });

  test("a canvas without a size in CSS does not grow by being resized", async ({ device, run }) => {
    const element = canvas("");
    element.width = 120;
    element.height = 60;
    const surface = new CanvasSurface(element, device, { resolution: 2 });
    await run(function* () {
      for (let i = 0; i < 4; i++) clear(device, surface.view(yield* nextFrame()));
    });
    expect([element.clientWidth, element.clientHeight]).toEqual([120, 60]);
    expect(surface.width).toBe(240 * devicePixelRatio);
  });

  test("an OffscreenCanvas is resized by hand", async ({ device, run }) => {
    const offscreen = new OffscreenCanvas(8, 4);
    const surface = new CanvasSurface(offscreen, device, { usage: COPYABLE });
    surface.resize(20, 10);
    const texel = await run(function* () {
      const frame = yield* nextFrame();
      clear(device, surface.view(frame));
      return yield* readTexture(device, surface.texture(frame), { origin: [19, 9], swizzle: "rgba" });
    });
    expect([offscreen.width, offscreen.height]).toEqual([20, 10]);
    expect([...texel]).toEqual([0, 255, 0, 255]);
    expect(() => surface.pixelAt({ clientX: 0, clientY: 0 })).toThrow(/no place on the page/);
  });
});

describe("pixelAt", () => {
  test("counts from the content, whatever borders, padding and transforms there are", ({ device }) => {
    const element = canvas(
      "width: 100px; height: 50px; border: 7px solid; border-left-width: 11px; padding: 5px 3px; box-sizing: content-box; " +
        "position: absolute; left: 40px; top: 20px; transform: scale(2); transform-origin: 0 0",
    );
    const surface = new CanvasSurface(element, device);
    const at = (x: number, y: number) =>
      surface.pixelAt({ clientX: 40 + 2 * (14 + x), clientY: 20 + 2 * (12 + y) });
    const ratio = devicePixelRatio;
    expect(at(0, 0)).toEqual([0, 0]);
    expect(at(50.25, 10.25)).toEqual([Math.floor(50.25 * ratio), Math.floor(10.25 * ratio)]);
    expect(at(99.9, 49.9)).toEqual([100 * ratio - 1, 50 * ratio - 1]);
    expect(at(-9, 900)).toEqual([0, 50 * ratio - 1]);
  });

  test("is of what was drawn last, though the canvas has another size since", async ({ device, run }) => {
    const element = canvas("width: 100px; height: 50px");
    const surface = new CanvasSurface(element, device);
    await run(function* () {
      clear(device, surface.view(yield* nextFrame()));
      element.style.width = "200px";
      while (surface.width !== 200 * devicePixelRatio) yield* nextFrame();
      const { right, top } = element.getBoundingClientRect();
      const texel = () => surface.pixelAt({ clientX: right - 1, clientY: top });
      expect(texel()).toEqual([100 * devicePixelRatio - 1, 0]);
      clear(device, surface.view(yield* nextFrame()));
      expect(texel()).toEqual([200 * devicePixelRatio - 1, 0]);
    });
  });

  test("is never outside, also of a canvas that is not shown", ({ device }) => {
    const element = canvas("display: none");
    const surface = new CanvasSurface(element, device);
    expect(surface.pixelAt({ clientX: 5, clientY: 5 })).toEqual([0, 0]);
    element.remove();
    expect(surface.pixelAt({ clientX: 5, clientY: 5 })).toEqual([0, 0]);
  });

  test.for([undefined, null, {}, { clientX: Number.NaN, clientY: 0 }])("refuses %o", (given, { device }) => {
    const surface = new CanvasSurface(canvas(), device);
    expect(() => surface.pixelAt(given as never)).toThrow(TypeError);
  });
});

describe("attachments", () => {
  test("depth and multisample follow the size", async ({ device, run }) => {
    const element = canvas();
    const surface = new CanvasSurface(element, device, {
      depth: "depth24plus",
      sampleCount: 4,
      usage: COPYABLE,
    });
    const made: string[] = [];
    const create = device.createTexture;
    device.createTexture = (descriptor) => {
      made.push(`${descriptor.format} ${[...(descriptor.size as number[])].join("x")}`);
      return create.call(device, descriptor);
    };
    const ratio = devicePixelRatio;
    const texel = await run(function* () {
      const draw = (frame: Frame) => {
        const encoder = device.createCommandEncoder();
        encoder.beginRenderPass(surface.renderPass(frame, { clearValue: [0, 0, 1, 1] })).end();
        device.queue.submit([encoder.finish()]);
      };
      for (let i = 0; i < 3; i++) draw(yield* nextFrame());
      element.style.height = "64px";
      while (surface.height !== 64 * ratio) draw(yield* nextFrame());
      const frame = yield* nextFrame();
      draw(frame);
      return yield* readTexture(device, surface.texture(frame), { size: [1, 1], swizzle: "rgba" });
    });
    expect([...texel]).toEqual([0, 0, 255, 255]);
    const { format } = surface;
    expect(made.toSorted()).toEqual(
      [32, 64]
        .flatMap((height) => ["depth24plus", format].map((name) => `${name} ${64 * ratio}x${height * ratio}`))
        .toSorted(),
    );
  });

  test("say which option they need", async ({ device, run }) => {
    const surface = new CanvasSurface(canvas(), device);
    await run(function* () {
      const frame = yield* nextFrame();
      expect(() => surface.depthView(frame)).toThrow(/set depth/);
      expect(() => surface.multisampleView(frame)).toThrow(/set sampleCount to 4/);
      expect(surface.renderPass(frame).depthStencilAttachment).toBeUndefined();
    });
  });
});

test("the options of the context are passed through", ({ device }) => {
  const element = canvas();
  const context = element.getContext("webgpu")!;
  const configure = vi.spyOn(context, "configure");
  const options = {
    format: navigator.gpu.getPreferredCanvasFormat(),
    alphaMode: "premultiplied",
    colorSpace: "display-p3",
    toneMapping: { mode: "extended" },
    usage: 16 | 4,
    viewFormats: [],
  } satisfies CanvasSurfaceOptions;
  const surface = new CanvasSurface(element, device, options);
  expect(surface.context).toBe(context);
  expect(configure).toHaveBeenLastCalledWith({ device, ...options });
  const told = context.getConfiguration()!;
  const missing = Object.keys(options).filter((key) => !(key in told));
  expectDifference("`getConfiguration()` leaves out", missing.join(", ") || "nothing");
});

test("a format that the engine can't draw to is its own error", ({ device }) => {
  let outcome = "configured";
  try {
    expect(new CanvasSurface(canvas(), device, { format: "rgba16float" }).format).toBe("rgba16float");
  } catch (error) {
    outcome = (error as Error).name;
  }
  expectDifference("a canvas of the format `rgba16float`", outcome);
});

test("a surface that goes late does not take the canvas from the one that came after it", async ({
  device,
  run,
}) => {
  const element = canvas();
  const old = new CanvasSurface(element, await plainDevice());
  const surface = new CanvasSurface(element, device);
  old.device.destroy();
  old.destroy();
  await run(function* () {
    clear(device, surface.view(yield* nextFrame()));
  });
});

test("a canvas has one surface: an older one is destroyed with its textures", async ({ device, run }) => {
  const element = canvas();
  const old = new CanvasSurface(element, device, { depth: "depth24plus" });
  const destroyed: string[] = [];
  const create = device.createTexture;
  device.createTexture = (descriptor) => {
    const texture = create.call(device, descriptor);
    const destroy = texture.destroy.bind(texture);
    texture.destroy = () => {
      destroyed.push(descriptor.format);
      return destroy();
    };
    return texture;
  };
  await run(function* () {
    const frame = yield* nextFrame();
    clear(device, old.view(frame));
    old.depthView(frame);
    const surface = new CanvasSurface(element, device);
    expect(destroyed).toEqual(["depth24plus"]);
    expect(() => old.view(frame)).toThrow(/its canvas has got another one/);
    clear(device, surface.view(yield* nextFrame()));
  });
});

test("a canvas with another context is refused", ({ device }) => {
  const element = canvas();
  element.getContext("2d");
  expect(() => new CanvasSurface(element, device)).toThrow(/one of another kind/);
});

test("nor does one of the same device", async ({ device, run }) => {
  const element = canvas();
  const old = new CanvasSurface(element, device);
  const surface = new CanvasSurface(element, device);
  old.destroy();
  await run(function* () {
    clear(device, surface.view(yield* nextFrame()));
  });
  surface.destroy();
  expect(element.getContext("webgpu")!.getConfiguration()).toBeNull();
});

test.for<[string, unknown[], RegExp]>([
  ["no canvas", [undefined], /canvas/],
  ["an element that is no canvas", [{}], /canvas/],
  ["no device", ["canvas", undefined], /GPUDevice/],
  ["sampleCount 2", ["canvas", "device", { sampleCount: 2 }], /sampleCount/],
  ["a depth of colours", ["canvas", "device", { depth: "rgba8unorm" }], /depth/],
  ["a resolution of NaN", ["canvas", "device", { resolution: Number.NaN }], /resolution/],
  ["a resolution of 0", ["canvas", "device", { resolution: 0 }], /resolution/],
  ["a resolution as a string", ["canvas", "device", { resolution: "1" }], /resolution/],
])("a surface of %s is refused at the call", ([, given, says], { device }) => {
  const [element, gpu, options] = given.map((value) =>
    value === "canvas" ? canvas() : value === "device" ? device : value,
  );
  expect(() => new CanvasSurface(element as never, gpu as never, options as never)).toThrow(says);
});

test.for([
  [Infinity, 10],
  [10, Number.NaN],
  [-1, 10],
])("a size of %d by %d is refused", ([width, height], { device }) => {
  const surface = new CanvasSurface(canvas(), device);
  expect(() => surface.resize(width!, height!)).toThrow(RangeError);
});
