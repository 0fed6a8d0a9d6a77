import { describe, expect } from "vitest";
import {
  createRenderPipelineAsync,
  DeviceLostError,
  errorScope,
  getCompilationInfo,
  mapAsync,
  nextFrame,
  ReadbackRing,
  readBuffer,
  readTexture,
  requestAdapter,
  sleep,
  spawn,
  type Operation,
  type ReadbackPolicy,
  type Task,
} from "awaitframe";
import { lives } from "../../src/gpu/device-loss.ts";
import { bufferOf, counting, plainDevice, test } from "./fixture.ts";

const SOURCE = 4 | 8;

/** Numbers from 0 to 1 that are the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("200 readers, cancelled, resized, and their device destroyed, at random moments", () => {
  const cases = [1, 2, 3].flatMap((seed) =>
    (["every", "latest", "drop"] as const).map((policy) => ({ seed, policy })),
  );

  test.for(cases)("seed $seed, $policy", async ({ seed, policy }, { run }) => {
    const device = await plainDevice();
    const uncaptured: string[] = [];
    device.addEventListener("uncapturederror", ({ error }) => uncaptured.push(error.message));
    const chance = random(seed);
    const ring = new ReadbackRing<ReadbackPolicy>(device, { slots: 8, policy });
    const sources = [16, 1000, 5000].map((size) => bufferOf(device, counting(size), SOURCE));
    const outcomes = { read: 0, lost: 0, cancelled: 0, other: [] as string[] };

    function* reader(): Operation<void> {
      yield* sleep(chance() * 250);
      // A reader that is resized reads from another source the next time.
      for (let reads = 1 + chance() * 3; reads > 0; reads--) {
        if (policy === "every") yield* ring.ready();
        const source = sources[Math.floor(chance() * sources.length)]!;
        const encoder = device.createCommandEncoder();
        const size = Math.ceil(chance() * source.size);
        const ticket = ring.copyBuffer(encoder, source, { size });
        device.queue.submit([encoder.finish()]);
        if (!ticket) continue;
        const choice = chance();
        if (choice < 0.1) ticket.cancel();
        // Forgotten.
        else if (choice < 0.2) continue;
        else if (choice < 0.6) yield* ticket.borrow((view) => void view.length);
        else yield* ticket.read();
        outcomes.read++;
      }
    }

    const tasks = await run(function* () {
      const readers: Task<void>[] = [];
      const guarded = function* () {
        try {
          yield* reader();
        } catch (error) {
          if (error instanceof DeviceLostError) outcomes.lost++;
          // A ticket that was cancelled before it was read.
          else if (!/this ticket was cancelled/.test(String(error))) outcomes.other.push(String(error));
        }
      };
      for (let i = 0; i < 200; i++) readers.push(yield* spawn(guarded));
      for (const task of readers) {
        if (chance() < 0.3) {
          yield* spawn(function* () {
            yield* sleep(chance() * 300);
            if (task.state === "waiting" || task.state === "ready") outcomes.cancelled++;
            task.cancel();
          });
        }
      }
      yield* sleep(200 + chance() * 100);
      expect(ring.inFlight).toBeLessThanOrEqual(8);
      device.destroy();
      while (readers.some(({ state }) => state === "waiting" || state === "ready")) yield* nextFrame();
      return readers;
    });
    expect(outcomes.other).toEqual([]);
    expect(
      tasks.map(({ state }) => state).filter((state) => state !== "done" && state !== "cancelled"),
    ).toEqual([]);
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.lost + outcomes.cancelled).toBeGreaterThan(0);
    // Left over are only tickets that nobody reads.
    ring.destroy();
    expect(ring.inFlight).toBe(0);
    expect(lives.get(device)?.pending.length).toBe(0);
    expect(uncaptured).toEqual([]);
  });
});

describe("what can't be had", () => {
  const real = Object.getOwnPropertyDescriptor(navigator, "gpu");
  const withGpu = async (gpu: unknown, body: () => Promise<void>) => {
    Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
    try {
      await body();
    } finally {
      if (real) Object.defineProperty(navigator, "gpu", real);
      else Reflect.deleteProperty(navigator, "gpu");
    }
  };

  test("WebGPU: an error that says what to do", async ({ run }) => {
    await withGpu(undefined, async () => {
      await expect(run(requestAdapter())).rejects.toThrow(
        /navigator.gpu is missing. Use a browser that has it/,
      );
    });
  });

  test("an adapter: an error that says what was asked for", async ({ run }) => {
    await withGpu({ requestAdapter: async () => null }, async () => {
      await expect(run(requestAdapter())).rejects.toThrow(/no GPU adapter: update the graphics driver/);
      const options = { powerPreference: "low-power" } as const;
      await expect(run(requestAdapter(options))).rejects.toThrow(
        'no GPU adapter for {"powerPreference":"low-power"}',
      );
    });
  });

  test("memory: errorScope gives the error, and the device lives on", async ({ device, run }) => {
    let huge: GPUBuffer | undefined;
    const size = device.limits.maxBufferSize + 4;
    const error = await run(
      errorScope(device, "validation", () => {
        huge = device.createBuffer({ label: "huge", size, usage: SOURCE });
      }),
    );
    expect(error?.message).toMatch(/size|limit/i);
    await expect(run(readBuffer(device, huge!, { size: 16 }))).rejects.toThrow(
      /^readBuffer of buffer "huge": /,
    );
    expect(await run(readBuffer(device, bufferOf(device, counting(4), SOURCE)))).toEqual(counting(4));
  });

  test("a read for which there is none: an error that says so, and nothing for the console", async ({
    run,
  }) => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    const { maxBufferSize, maxTextureArrayLayers } = adapter.limits;
    const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxTextureArrayLayers } });
    const reported: string[] = [];
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      reported.push(event.error.message);
    });
    // Of each texel one byte, and of each row 256: as large as the device says that a buffer may be.
    const layers = Math.min(maxTextureArrayLayers, Math.floor(maxBufferSize / (256 * 8192)));
    const texture = device.createTexture({ format: "r8unorm", size: [1, 8192, layers], usage: 1 });
    const outcome = await run(readTexture(device, texture)).then(
      ({ length }) => length,
      (error: Error) => error.message,
    );
    // There may be enough of it.
    if (typeof outcome === "number") expect(outcome).toBe(8192 * layers);
    else expect(outcome).toMatch(/^readTexture of texture: .*memory/is);
    expect(reported).toEqual([]);
    device.destroy();
  });

  test("a map of a buffer that could not be made: the browser's error, with the label", async ({
    device,
    run,
  }) => {
    let huge: GPUBuffer | undefined;
    const size = device.limits.maxBufferSize + 8;
    await run(
      errorScope(device, "validation", () => {
        huge = device.createBuffer({ label: "huge", size, usage: 1 | 8 });
      }),
    );
    // The map's own validation error goes to a scope, the coroutine gets the rejection.
    device.pushErrorScope("validation");
    const map = run(mapAsync(huge!, GPUMapMode.READ, 0, 8));
    await expect(map).rejects.toThrow(/^mapAsync of buffer "huge": /);
    await device.popErrorScope();
  });
});

test("a shader that doesn't compile: the line of the mistake, and the pipeline's error", async ({
  device,
  run,
}) => {
  let module: GPUShaderModule | undefined;
  const code = "@vertex fn main() -> @builtin(position) vec4f {\n  return oops;\n}";
  await run(errorScope(device, "validation", () => void (module = device.createShaderModule({ code }))));
  const { messages } = await run(getCompilationInfo(module!));
  const { lineNum, linePos } = messages.find(({ type }) => type === "error")!;
  expect([lineNum, linePos]).toEqual([2, 10]);
  const descriptor = { label: "scene", layout: "auto", vertex: { module: module! } } as const;
  await expect(run(createRenderPipelineAsync(device, descriptor))).rejects.toThrow(/pipeline "scene": /);
});
