import { describe, expect } from "vitest";
import {
  DeviceLostError,
  framesInFlight,
  GpuTimer,
  mapAsync,
  nextFrame,
  nudge,
  readBuffer,
  sleep,
  spawn,
  WriteRing,
} from "awaitframe";
import { counting, macrotask, plainDevice, test } from "./fixture.ts";
import { expectDifference } from "./support/differences.ts";

const TARGET = 4 | 8;

const { mapAsync: mapAsyncOfBuffers } = GPUBuffer.prototype;

/** Work that keeps the GPU, also a software one, busy for a while. */
function slowWork(device: GPUDevice, rounds = 20_000): () => void {
  const module = device.createShaderModule({
    code: `
      @group(0) @binding(0) var<storage, read_write> data: array<u32>;
      @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
        var value = id.x;
        for (var i = 0u; i < ${rounds}u; i++) { value = value * 1664525u + 1013904223u; }
        data[id.x] = value;
      }`,
  });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
  const buffer = device.createBuffer({ size: 4096, usage: GPUBufferUsage.STORAGE });
  const entries = [{ binding: 0, resource: { buffer } }];
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return () => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(16);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
}

describe("framesInFlight", () => {
  test("lets fewer than n submissions be pending", async ({ device, run }) => {
    const submit = slowWork(device);
    for (const n of [1, 2, 3]) {
      let pending = 0;
      let most = 0;
      await run(function* () {
        for (let i = 0; i < 8; i++) {
          yield* framesInFlight(device.queue, n);
          expect(pending).toBeLessThan(n);
          submit();
          most = Math.max(most, ++pending);
          void device.queue.onSubmittedWorkDone().then(() => pending--);
        }
      });
      await device.queue.onSubmittedWorkDone();
      // A fast GPU may have done all before the next call.
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(n);
    }
  });

  test("holds nothing up while fewer are pending", async ({ device, run, loop }) => {
    await run(function* () {
      const { index } = yield* nextFrame();
      yield* framesInFlight(device.queue, 2);
      expect(loop.frame?.index).toBe(index);
    });
  });

  test("refuses to wait for ever", async ({ device, run }) => {
    await expect(run(framesInFlight(device.queue, 0))).rejects.toThrow(RangeError);
    await expect(run(framesInFlight(device.queue, Number.NaN))).rejects.toThrow(RangeError);
  });

  test("fails with the device", async ({ device, frames }) => {
    new GpuTimer(device).destroy();
    const task = frames.loop.run(framesInFlight(device.queue, 1)).catch((error: unknown) => error);
    frames.tick();
    device.destroy();
    frames.tick();
    expect(await task).toBeInstanceOf(DeviceLostError);
    // Also one who would not have had to wait.
    const late = frames.loop.run(framesInFlight(device.queue, 5)).catch((error: unknown) => error);
    frames.tick();
    expect(await late).toBeInstanceOf(DeviceLostError);
  });
});

describe("WriteRing", () => {
  test("writes what was filled in, in order, before what is submitted later", async ({ device, run }) => {
    const target = device.createBuffer({ size: 64, usage: TARGET });
    const ring = new WriteRing(device);
    const view = ring.map(target, 8, 16, Float32Array);
    view.set([1, 2, 3, 4]);
    ring.write(target, 24, Uint32Array.of(7));
    ring.write(target, 8, Float32Array.of(9));
    ring.submit();
    const data = await run(readBuffer(device, target, { offset: 8, size: 20, as: DataView }));
    expect([0, 4, 8, 12].map((offset) => data.getFloat32(offset, true))).toEqual([9, 2, 3, 4]);
    expect(data.getUint32(16, true)).toBe(7);
    expect(view.length).toBe(0);
    ring.destroy();
  });

  test("uses its memory again: in a steady state no buffer is created", async ({ device, run }) => {
    const target = device.createBuffer({ size: 4096, usage: TARGET });
    const ring = new WriteRing(device, { chunkSize: 8192 });
    const create = device.createBuffer;
    let made = 0;
    device.createBuffer = (descriptor) => {
      made++;
      return create.call(device, descriptor);
    };
    await run(function* () {
      for (let i = 0; i < 40; i++) {
        yield* nextFrame();
        ring.map(target, 0, 4096).fill(i);
        ring.submit();
        // Where results come late, a new one may be needed now and then; here none is left behind.
        yield* framesInFlight(device.queue, 2);
      }
    });
    expect(made).toBeLessThanOrEqual(4);
    expect(ring.bytes).toBe(made * 8192);
    const bytes = await run(readBuffer(device, target));
    expect(bytes.every((value) => value === 39)).toBe(true);
  });

  test("stays below maxBytes: ready() waits until there is room", async ({ device, run }) => {
    const target = device.createBuffer({ size: 4096, usage: TARGET });
    const ring = new WriteRing(device, { chunkSize: 1024, maxBytes: 4096 });
    await run(function* () {
      for (let i = 0; i < 20; i++) {
        yield* ring.ready(2048);
        ring.map(target, 0, 2048).fill(i);
        ring.submit();
        expect(ring.bytes).toBeLessThanOrEqual(4096);
      }
      yield* ring.ready(4);
      ring.map(target, 0, 4).fill(20);
      yield* ring.ready(1024);
      const larger = () => ring.map(target, 0, 4096);
      expect(larger).toThrow(
        "maxBytes leaves no room for 4096 bytes: submit() what there is, then yield* ring.ready(4096)",
      );
    });
    await expect(run(ring.ready(8192))).rejects.toThrow(RangeError);
  });

  test("gives a DataView too, and writes nothing where there is nothing to write", async ({
    device,
    run,
  }) => {
    const target = device.createBuffer({ size: 8, usage: TARGET });
    const ring = new WriteRing(device);
    ring.map(target, 4, 4, DataView).setUint32(0, 7, true);
    ring.write(target, 8, new Uint8Array(0));
    ring.submit();
    expect([...(await run(readBuffer(device, target, { as: Uint32Array })))]).toEqual([0, 7]);
  });

  test("says that there was no memory for what was written, and goes on", async ({ device, run }) => {
    const target = device.createBuffer({ size: 4, usage: TARGET });
    const ring = new WriteRing(device);
    const create = device.createBuffer;
    // Valid, as far as the page can see.
    device.createBuffer = (descriptor) => {
      const memory = new ArrayBuffer(descriptor.size);
      const size = device.limits.maxBufferSize + 8;
      const buffer = create.call(device, { ...descriptor, size, mappedAtCreation: false });
      buffer.getMappedRange = () => memory;
      Object.defineProperty(buffer, "size", { value: descriptor.size });
      return buffer;
    };
    ring.write(target, 0, Uint32Array.of(1));
    device.createBuffer = create;
    const write = () => {
      try {
        ring.write(target, 0, Uint32Array.of(2));
      } catch (error) {
        return (error as Error).message;
      }
      return "written";
    };
    await expect.poll(write).toMatch(/^WriteRing: what was written is lost: ./);
    expect(ring.bytes).toBe(0);
    ring.write(target, 0, Uint32Array.of(3));
    ring.submit();
    expect([...(await run(readBuffer(device, target)))]).toEqual([3, 0, 0, 0]);
  });

  test("refuses what can't be written", ({ device }) => {
    const ring = new WriteRing(device);
    const target = device.createBuffer({ label: "target", size: 16, usage: TARGET });
    expect(() => ring.map(target, 2, 4)).toThrow(/offset 2 and size 4 must be multiples of 4/);
    expect(() => ring.map(target, 8, 12)).toThrow(/inside buffer "target" of 16 bytes/);
    expect(() => ring.map(target, 0, 12, Float64Array)).toThrow(/whole elements/);
    expect(() => ring.write(target, 0, new Uint8Array(3))).toThrow(RangeError);
    for (const size of [Number.NaN, -4, "4" as unknown as number])
      expect(() => ring.map(target, 0, size)).toThrow(RangeError);
    expect(() => ring.map(target, 0, 8, Array as never)).toThrow(
      "as takes a typed array, say Float32Array, or DataView, got Array",
    );
    expect(() => ring.map(target, 0, 8, null as never)).toThrow(/DataView, got null/);
    const other = device.createBuffer({ size: 16, usage: 4 });
    expect(() => ring.map(other, 0, 4)).toThrow(/can't be written: create it with the usage COPY_DST/);
    ring.destroy();
    expect(() => ring.map(target, 0, 4)).toThrow(/WriteRing was destroyed/);
  });

  test("fails with the device, and lets nobody hang", async ({ device, frames }) => {
    const target = device.createBuffer({ size: 16, usage: TARGET });
    const ring = new WriteRing(device, { chunkSize: 16, maxBytes: 16 });
    ring.map(target, 0, 16);
    ring.submit();
    const task = frames.loop.run(ring.ready(16)).catch((error: unknown) => error);
    frames.tick();
    device.destroy();
    frames.tick();
    expect(await task).toBeInstanceOf(DeviceLostError);
    expect(() => ring.map(target, 0, 4)).toThrow(DeviceLostError);
    // The chunk that was to be mapped again was not: nobody hears of it.
    await macrotask();
  });
});

describe("GpuTimer", () => {
  const feature = "timestamp-query";

  test("measures passes, with results some frames later", async ({ run }) => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    const measures = adapter.features.has(feature);
    const device = await adapter.requestDevice({ requiredFeatures: measures ? [feature] : [] });
    const timer = new GpuTimer(device);
    expect(timer.supported).toBe(measures);
    const texture = device.createTexture({ size: [64, 64], format: "rgba8unorm", usage: 16 });
    const attachment = { view: texture.createView(), loadOp: "clear", storeOp: "store" } as const;
    const times = await run(function* () {
      for (let i = 0; i < 5; i++) {
        yield* nextFrame();
        const encoder = device.createCommandEncoder();
        encoder.beginRenderPass({ colorAttachments: [attachment], ...timer.pass("draw") }).end();
        encoder.beginComputePass({ ...timer.pass("compute") }).end();
        encoder.beginRenderPass({ colorAttachments: [attachment], ...timer.pass("draw") }).end();
        timer.resolve(encoder);
        device.queue.submit([encoder.finish()]);
        if (i < 4) yield* spawn(timer.read());
      }
      return yield* timer.read();
    });
    expect([...times.keys()]).toEqual(measures ? ["draw", "compute"] : []);
    for (const time of times.values()) expect(time).toBeGreaterThanOrEqual(0);
    expect(timer.times).toBe(times);
    timer.destroy();
    device.destroy();
  });

  test("without the feature: no times, and nothing fails", async ({ device, run }) => {
    const timer = new GpuTimer(device);
    expect(timer.supported).toBe(false);
    expect(timer.pass("draw")).toEqual({});
    timer.resolve(device.createCommandEncoder());
    expect((await run(timer.read())).size).toBe(0);
    timer.destroy();
  });

  test("says when a frame has too many passes", async () => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    const measures = adapter.features.has(feature);
    const device = await adapter.requestDevice({ requiredFeatures: measures ? [feature] : [] });
    const timer = new GpuTimer(device, { passes: 2 });
    const third = () => ["a", "b", "c"].map((name) => timer.pass(name));
    if (measures) expect(third).toThrow(/more than 2 passes in a frame/);
    else expect(third()).toEqual([{}, {}, {}]);
    device.destroy();
  });
});

describe("nudge", () => {
  /** How long a map takes on a queue that nobody uses, in ms: the median of some. */
  function* latency(device: GPUDevice) {
    const buffer = device.createBuffer({ size: 4, usage: 1 | 8 });
    const times: number[] = [];
    for (let i = 0; i < 7; i++) {
      const start = performance.now();
      yield* mapAsync(buffer, GPUMapMode.READ);
      times.push(performance.now() - start);
      buffer.unmap();
    }
    return times.toSorted((a, b) => a - b)[3]!;
  }

  test("makes a slow engine answer soon", async ({ run }) => {
    const device = await plainDevice();
    const [without, nudged] = await run(function* () {
      const before = yield* latency(device);
      const nudging = yield* spawn(nudge(device));
      const after = yield* latency(device);
      nudging.cancel();
      return [before, after];
    });
    expect(nudged).toBeLessThan(50);
    expectDifference("an idle queue tells of completions", without < 50 ? "at once" : "every 100 ms");
    device.destroy();
  });

  /** Counts the submits of a queue. */
  function counted({ queue }: GPUDevice): { submits: number } {
    const count = { submits: 0 };
    const { submit } = queue;
    queue.submit = (commands) => {
      count.submits++;
      submit.call(queue, commands);
    };
    return count;
  }

  test("is silent when nobody waits, and when it is over", async ({ device, run }) => {
    const count = counted(device);
    const buffer = device.createBuffer({ size: 4, usage: 1 | 8 });
    await run(function* () {
      const nudging = yield* spawn(nudge(device));
      yield* sleep(60);
      expect(count.submits).toBe(0);
      nudging.cancel();
      yield* mapAsync(buffer, GPUMapMode.READ);
      expect(count.submits).toBe(0);
    });
  });

  test("ends with the device", async ({ run }) => {
    const device = await plainDevice();
    await run(function* () {
      const nudging = yield* spawn(nudge(device));
      yield* nextFrame();
      device.destroy();
      yield* nudging;
      yield* nudge(device);
    });
  });

  test("goes on when another one ends, and for those who wait for room in a ring", async ({
    device,
    run,
  }) => {
    const count = counted(device);
    const ring = new WriteRing(device, { chunkSize: 64, maxBytes: 64 });
    const target = device.createBuffer({ size: 64, usage: TARGET });
    // Nothing comes back: only what waits makes it nudge.
    GPUBuffer.prototype.mapAsync = () => new Promise(() => {});
    try {
      await run(function* () {
        yield* spawn(nudge(device));
        (yield* spawn(nudge(device))).cancel();
        ring.map(target, 0, 64);
        ring.submit();
        const waiting = yield* spawn(ring.ready());
        const before = count.submits;
        yield* sleep(100);
        expect(count.submits).toBeGreaterThan(before);
        waiting.cancel();
      });
    } finally {
      GPUBuffer.prototype.mapAsync = mapAsyncOfBuffers;
    }
  });
});

test("counting bytes reach the GPU unchanged, whatever their number", async ({ device, run }) => {
  const ring = new WriteRing(device, { chunkSize: 64 });
  const target = device.createBuffer({ size: 1024, usage: TARGET });
  for (let offset = 0, size = 4; offset + size <= 1024; offset += size, size += 12) {
    ring.write(target, offset, counting(size));
  }
  ring.submit();
  const bytes = await run(readBuffer(device, target));
  const expected = new Uint8Array(1024);
  for (let offset = 0, size = 4; offset + size <= 1024; offset += size, size += 12)
    expected.set(counting(size), offset);
  expect(bytes).toEqual(expected);
});
