// three.js, Babylon.js and PixiJS with coroutines in their frames: where these run, and where a wait for the GPU goes on.
// docs/integrations/three-babylon-pixi.md says no more than what is shown here.

import { StorageBuffer } from "@babylonjs/core/Buffers/storageBuffer.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import { Scene as BabylonScene } from "@babylonjs/core/scene.js";
import {
  engineDriver,
  Loop,
  nextFrame,
  readBuffer,
  readTexture,
  until,
  type EngineDriver,
  type Operation,
} from "awaitframe";
import { Application, Container, Graphics, RenderTexture, TextureSource, UPDATE_PRIORITY } from "pixi.js";
import * as THREE from "three/webgpu";
import { afterEach, describe, expect } from "vitest";
import { test } from "./fixture.ts";

/** An engine that runs, on a canvas of its own, with coroutines in its frame. */
interface Running {
  /** Waits as the engine has it; undefined where its readback is synchronous. */
  own: (() => Promise<unknown>) | undefined;
  /** The same value by the kit, on the engine's device. */
  ours(): Operation<ArrayLike<number>>;
  context: GPUCanvasContext;
  stop(): void;
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup();
});

function makeCanvas(): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.style.cssText = "display: block; width: 64px; height: 64px";
  document.body.append(canvas);
  cleanups.push(() => canvas.remove());
  return canvas;
}

type Start = (device: GPUDevice, driver: EngineDriver, log: (what: string) => void) => Promise<Running>;

const engines: Record<string, Start> = {
  async "three.js"(device, driver, log) {
    const canvas = makeCanvas();
    const renderer = new THREE.WebGPURenderer({ canvas, device });
    await renderer.init();
    const scene = new THREE.Scene();
    const mesh = new THREE.Mesh(new THREE.BoxGeometry(), new THREE.MeshBasicNodeMaterial());
    mesh.onBeforeRender = () => log("its draw");
    scene.add(mesh);
    const camera = new THREE.PerspectiveCamera();
    camera.position.z = 4;

    const attribute = new THREE.StorageBufferAttribute(new Uint32Array([7, 8]), 1);
    const backend = renderer.backend as unknown as {
      createStorageAttribute(attribute: THREE.BufferAttribute): void;
      get(attribute: THREE.BufferAttribute): { buffer: GPUBuffer };
    };
    backend.createStorageAttribute(attribute);

    await renderer.setAnimationLoop((time: number) => {
      driver.tick(time, "update");
      log("its update");
      driver.tick(time, "render");
      renderer.render(scene, camera);
      driver.tick(time, "after");
    });
    return {
      own: () => renderer.getArrayBufferAsync(attribute),
      ours: () => readBuffer(device, backend.get(attribute).buffer, { as: Uint32Array }),
      context: canvas.getContext("webgpu")!,
      stop() {
        void renderer.setAnimationLoop(null);
        renderer.dispose();
      },
    };
  },

  async "Babylon.js"(_device, driver, log) {
    Logger.LogLevels = Logger.ErrorLogLevel;
    const canvas = makeCanvas();
    const engine = new WebGPUEngine(canvas);
    await engine.initAsync();
    const scene = new BabylonScene(engine);
    new FreeCamera("camera", new Vector3(0, 0, -4), scene).setTarget(Vector3.Zero());
    const storage = new StorageBuffer(engine, 8);
    storage.update(new Uint32Array([7, 8]));

    scene.onBeforeAnimationsObservable.add(() => driver.tick(performance.now(), "update"));
    scene.onBeforeCameraRenderObservable.add(() => log("its draw"));
    scene.onAfterAnimationsObservable.add(() => log("its update"));
    scene.onBeforeRenderObservable.add(() => driver.tick(performance.now(), "render"));
    scene.onAfterRenderObservable.add(() => driver.tick(performance.now(), "after"));
    engine.runRenderLoop(() => scene.render());
    return {
      own: () => storage.read(),
      ours: () =>
        // Not public, but it has no other.
        // oxlint-disable-next-line no-underscore-dangle
        readBuffer(engine._device, storage.getBuffer().underlyingResource as GPUBuffer, { as: Uint32Array }),
      context: canvas.getContext("webgpu")!,
      stop: () => engine.dispose(),
    };
  },

  async PixiJS(device, driver, log) {
    const adapter = (await navigator.gpu.requestAdapter())!;
    TextureSource.defaultOptions.format = navigator.gpu.getPreferredCanvasFormat() as "bgra8unorm";
    const canvas = makeCanvas();
    const app = new Application();
    await app.init({ canvas, width: 64, height: 64, preference: "webgpu", gpu: { adapter, device } });
    const texture = RenderTexture.create({ width: 4, height: 4, format: "rgba8unorm" });
    app.renderer.render({
      container: new Graphics().rect(0, 0, 4, 4).fill("#0708ff"),
      target: texture,
    });
    const drawn = new Container();
    drawn.onRender = () => log("its draw");
    app.stage.addChild(drawn);

    app.ticker.add(() => driver.tick(performance.now(), "update"), null, UPDATE_PRIORITY.HIGH);
    app.ticker.add(() => log("its update"));
    app.ticker.add(() => driver.tick(performance.now(), "render"), null, UPDATE_PRIORITY.LOW + 1);
    app.ticker.add(() => driver.tick(performance.now(), "after"), null, UPDATE_PRIORITY.UTILITY);
    const textures = app.renderer.texture as unknown as { getGpuSource(source: TextureSource): GPUTexture };
    return {
      own: undefined,
      ours: () => readTexture(device, textures.getGpuSource(texture.source), { size: [1, 1] }),
      context: canvas.getContext("webgpu") as GPUCanvasContext,
      stop: () => app.destroy(),
    };
  },
};

describe.each(Object.entries(engines))("%s", (name, start) => {
  async function run(device: GPUDevice) {
    const driver = engineDriver();
    const loop = new Loop({ driver });
    const log: string[] = [];
    const engine = await start(device, driver, (what) => log.push(what));
    cleanups.push(() => {
      loop.stop();
      engine.stop();
    });
    let ticking = false;
    const { tick } = loop;
    loop.tick = function (...given) {
      ticking = true;
      tick.apply(this, given);
      ticking = false;
    };
    return { loop, log, engine, isInside: () => ticking };
  }

  test("runs coroutines before its update, before its draw and after it, in every frame", async ({
    device,
  }) => {
    const { loop, log } = await run(device);
    const frames = await loop.run(function* () {
      const frames: string[] = [];
      // It may need some frames for its shaders before it draws.
      while (frames.length < 4 || !log.includes("its draw")) {
        yield* nextFrame("update");
        log.length = 0;
        log.push("update");
        yield* nextFrame("render");
        log.push("render");
        yield* nextFrame("after");
        frames.push([...log, "after"].join(", "));
      }
      return frames;
    });
    expect(frames.at(-1)).toBe("update, its update, render, its draw, after");
  });

  test("yield* on its device goes on inside of its frame, with that frame's canvas texture", async ({
    device,
  }) => {
    const { loop, engine, isInside } = await run(device);
    const waits = await loop.run(function* () {
      const waits: { values: number[]; late: number; inside: boolean; shown: boolean }[] = [];
      while (waits.length < 6) {
        const { index } = yield* nextFrame("render");
        const [first = 0, second = 0] = Array.from(yield* engine.ours());
        const [late, inside] = [loop.frame!.index - index, isInside()];
        const texture = engine.context.getCurrentTexture();
        yield* nextFrame("render");
        const shown = texture === engine.context.getCurrentTexture();
        waits.push({ values: [first, second], late, inside, shown });
      }
      return waits;
    });
    console.log(`${name}, yield*: ${waits.map(({ late }) => late).join(", ")} frames late`);
    for (const wait of waits) {
      expect(wait).toEqual({ values: [7, 8], late: expect.any(Number), inside: true, shown: true });
      expect(wait.late).toBeGreaterThan(0);
    }
  });

  test("await goes on between the frames, when that texture is gone; until() brings it in", async ({
    device,
  }) => {
    const { loop, engine, isInside } = await run(device);
    // Where reading back is synchronous, the GPU itself is waited for.
    const own = engine.own ?? (() => device.queue.onSubmittedWorkDone());
    const waits = await loop.run(function* () {
      const waits: { late: number; inside: boolean; shown: boolean; brought: boolean }[] = [];
      // Its first draw configures the canvas.
      while (engine.context.getConfiguration() === null) yield* nextFrame("after");
      while (waits.length < 6) {
        const { index } = yield* nextFrame("render");
        const texture = engine.context.getCurrentTexture();
        const wait = { late: 0, inside: true, shown: true, brought: false };
        const plain = async () => {
          await own();
          wait.late = loop.frame!.index - index;
          wait.inside = isInside();
          wait.shown = texture === engine.context.getCurrentTexture();
        };
        yield* until(plain());
        wait.brought = isInside();
        waits.push(wait);
      }
      return waits;
    });
    console.log(`${name}, await: ${waits.map(({ late }) => late).join(", ")} frames late`);
    for (const wait of waits) {
      expect(wait).toEqual({ late: expect.any(Number), inside: false, shown: false, brought: true });
    }
  });

  test("whose readback is synchronous has no wait of its own", async ({ device }) => {
    const { engine } = await run(device);
    expect(engine.own === undefined).toBe(name === "PixiJS");
  });
});
