import { describe, expect } from "vitest";
import {
  createComputePipelineAsync,
  createRenderPipelineAsync,
  deviceLost,
  DeviceLostError,
  errorScope,
  getCompilationInfo,
  mapAsync,
  nextFrame,
  onSubmittedWorkDone,
  type Operation,
  requestAdapter,
  requestDevice,
  spawn,
} from "awaitframe";
import { counting, test } from "./fixture.ts";

const MAP_READ = 1 | 8;

describe("requestAdapter, requestDevice", () => {
  test("give an adapter and a device", async ({ run }) => {
    const device = await run(function* () {
      const adapter = yield* requestAdapter();
      return yield* requestDevice(adapter, { label: "mine" });
    });
    expect(device.label).toBe("mine");
    device.destroy();
  });

  test("a device that comes after the cancel is destroyed", async ({ frames, run }) => {
    const adapter = await run(requestAdapter());
    let device: Promise<GPUDevice> | undefined;
    const request = adapter.requestDevice;
    adapter.requestDevice = (descriptor) => (device = request.call(adapter, descriptor));
    const task = frames.loop.run(requestDevice(adapter));
    frames.tick();
    task.cancel();
    expect((await (await device!).lost).reason).toBe("destroyed");
  });
});

describe("mapAsync", () => {
  test("goes on in a frame, with the buffer mapped", async ({ device, run }) => {
    const buffer = device.createBuffer({ size: 16, usage: MAP_READ });
    device.queue.writeBuffer(buffer, 0, counting(16));
    const bytes = await run(function* () {
      yield* mapAsync(buffer, GPUMapMode.READ, 8, 8);
      return new Uint8Array(buffer.getMappedRange(8, 8).slice());
    });
    expect([...bytes]).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  });

  test("cancel unmaps, and the buffer is usable at once", async ({ device, frames, run }) => {
    const buffer = device.createBuffer({ size: 16, usage: MAP_READ });
    const task = frames.loop.run(mapAsync(buffer, GPUMapMode.READ));
    frames.tick();
    expect(buffer.mapState).toBe("pending");
    task.cancel();
    expect(buffer.mapState).toBe("unmapped");
    device.queue.writeBuffer(buffer, 0, counting(16));
    await run(mapAsync(buffer, GPUMapMode.READ));
    expect(new Uint8Array(buffer.getMappedRange(0, 16))[5]).toBe(5);
  });

  test("cancelled between the map and the frame, it unmaps too", async ({ device, frames }) => {
    const buffer = device.createBuffer({ size: 16, usage: MAP_READ });
    const task = frames.loop.run(mapAsync(buffer, GPUMapMode.READ));
    frames.tick();
    while (buffer.mapState !== "mapped") await new Promise((resolve) => setTimeout(resolve, 1));
    task.cancel();
    expect(buffer.mapState).toBe("unmapped");
  });

  test.for([
    [
      "busy",
      (buffer: GPUBuffer) => mapAsync(buffer, 1),
      /mapAsync of buffer "staging": it is pending already: unmap/,
    ],
    [
      "offset",
      (buffer: GPUBuffer) => mapAsync(buffer, 1, 4),
      /"staging": offset 4 and size 12 must be multiples of 8 and 4/,
    ],
    [
      "size",
      (buffer: GPUBuffer) => mapAsync(buffer, 1, 0, 6),
      /"staging": offset 0 and size 6 must be multiples/,
    ],
    [
      "range",
      (buffer: GPUBuffer) => mapAsync(buffer, 1, 8, 16),
      /offset 8 and size 16 must be .* inside its 16 bytes/,
    ],
    ["mode", (buffer: GPUBuffer) => mapAsync(buffer, 2), /its usage doesn't allow mode 2/],
    ["both modes", (buffer: GPUBuffer) => mapAsync(buffer, 3), /its usage doesn't allow mode 3/],
  ] as const)(
    "a %s that doesn't fit is an error at the yield*",
    async ([what, wait, message], { device, frames }) => {
      const buffer = device.createBuffer({ label: "staging", size: 16, usage: MAP_READ });
      const busy = what === "busy" && frames.loop.run(mapAsync(buffer, 1));
      const caught = frames.loop.run(wait(buffer)).then(
        () => undefined,
        (error: unknown) => error as DOMException,
      );
      frames.tick();
      const error = await caught;
      if (busy) busy.cancel();
      expect(error?.name).toBe("OperationError");
      expect(error?.message).toMatch(message);
    },
  );

  test("a cancel leaves alone what somebody else has mapped since", async ({ device, run }) => {
    const buffer = device.createBuffer({ size: 16, usage: MAP_READ });
    await run(function* () {
      const first = yield* spawn(mapAsync(buffer, 1));
      yield* nextFrame("render");
      buffer.unmap();
      const second = yield* spawn(mapAsync(buffer, 1));
      yield* nextFrame("after");
      first.cancel();
      yield* second;
    });
    expect(buffer.mapState).toBe("mapped");
  });

  test("an unmap by somebody else reaches the coroutine as the browser's own error", async ({
    device,
    run,
  }) => {
    const buffer = device.createBuffer({ label: "staging", size: 16, usage: MAP_READ });
    const error = await run(function* () {
      const child = yield* spawn(mapAsync(buffer, 1));
      yield* nextFrame("render");
      buffer.unmap();
      try {
        yield* child;
      } catch (caught) {
        return caught as DOMException;
      }
      return undefined;
    });
    expect(error).toBeInstanceOf(DOMException);
    expect(error?.name).toBe("AbortError");
    expect(error?.message).toMatch(/^mapAsync of buffer "staging": /);
  });
});

test("onSubmittedWorkDone waits for what was submitted", async ({ device, run }) => {
  await run(onSubmittedWorkDone(device.queue));
});

describe("pipelines", () => {
  const code = `
    @vertex fn vertex() -> @builtin(position) vec4f { return vec4f(); }
    @fragment fn fragment() -> @location(0) vec4f { return vec4f(); }
    @compute @workgroup_size(1) fn compute() {}`;

  test("are compiled", async ({ device, run }) => {
    const module = device.createShaderModule({ code });
    const [render, compute] = await run(function* () {
      return [
        yield* createRenderPipelineAsync(device, {
          layout: "auto",
          vertex: { module },
          fragment: { module, targets: [{ format: "rgba8unorm" }] },
        }),
        yield* createComputePipelineAsync(device, { layout: "auto", compute: { module } }),
      ] as const;
    });
    expect(render).toBeInstanceOf(GPURenderPipeline);
    expect(compute).toBeInstanceOf(GPUComputePipeline);
  });

  test("an error has the pipeline's label and its reason", async ({ device, run }) => {
    const module = device.createShaderModule({ code });
    const error = await run(function* () {
      try {
        yield* createComputePipelineAsync(device, {
          label: "sum",
          layout: "auto",
          compute: { module, entryPoint: "x" },
        });
      } catch (caught) {
        return caught as GPUPipelineError;
      }
      return undefined;
    });
    expect(error).toBeInstanceOf(GPUPipelineError);
    expect(error?.reason).toBe("validation");
    expect(error?.message).toMatch(/^createComputePipelineAsync of pipeline "sum": /);
  });
});

test("getCompilationInfo tells line and column", async ({ device, run, uncaptured }) => {
  const module = device.createShaderModule({ code: "fn f() {\n  let x = y;\n}" });
  const { messages } = await run(getCompilationInfo(module));
  const message = messages.find(({ type }) => type === "error");
  expect([message?.lineNum, message?.linePos]).toEqual([2, 11]);
  await device.queue.onSubmittedWorkDone();
  expect(uncaptured.splice(0)).toHaveLength(1);
});

describe("errorScope", () => {
  const bad = (device: GPUDevice) => () => void device.createBuffer({ size: 4, usage: 0 });

  test("gives the error, or null", async ({ device, run }) => {
    const result = await run(function* () {
      return [
        yield* errorScope(device, "validation", bad(device)),
        yield* errorScope(device, "validation", () => {}),
      ];
    });
    expect(result[0]).toBeInstanceOf(GPUValidationError);
    expect(result[1]).toBeNull();
  });

  test("coroutines don't get each other's errors", async ({ device, run }) => {
    const results = await run(function* () {
      const scopes = [bad(device), () => {}, bad(device), () => {}];
      const tasks = [];
      for (const body of scopes) tasks.push(yield* spawn(errorScope(device, "validation", body)));
      const errors = [];
      for (const task of tasks) errors.push(yield* task);
      return errors.map(Boolean);
    });
    expect(results).toEqual([true, false, true, false]);
  });

  test("a body that waits is refused, and leaves no scope behind", async ({ device, run }) => {
    const bodies = [async () => {}, function* () {}, () => Promise.resolve(), () => [][Symbol.iterator]()];
    for (const body of bodies) {
      await expect(run(errorScope(device, "validation", body))).rejects.toThrow(
        /body of errorScope can't wait/,
      );
    }
    // A scope left behind would take an error: popping an empty stack is refused.
    await expect(device.popErrorScope()).rejects.toThrow(DOMException);
  });

  test("what the body throws, the coroutine throws", async ({ device, run }) => {
    const body = () => {
      throw new RangeError("mine");
    };
    await expect(run(errorScope(device, "validation", body))).rejects.toThrow("mine");
    await expect(device.popErrorScope()).rejects.toThrow(DOMException);
  });
});

describe("device loss", () => {
  test("every pending wait fails with one DeviceLostError, every later one too", async ({
    device,
    frames,
    run,
  }) => {
    const { loop, tick } = frames;
    device.label = "mine";
    const loss = deviceLost(device);
    const buffer = device.createBuffer({ size: 16, usage: MAP_READ });
    const module = device.createShaderModule({ code: "@compute @workgroup_size(1) fn main() {}" });
    const waits = (): Operation<unknown>[] => [
      mapAsync(buffer, GPUMapMode.READ),
      onSubmittedWorkDone(device.queue),
      createComputePipelineAsync(device, { layout: "auto", compute: { module } }),
      getCompilationInfo(module),
      errorScope(device, "validation", () => {}),
    ];
    const begin = () => waits().map((wait) => loop.run(wait).then(String, (error: unknown) => error));
    const tasks = begin();
    tick();
    device.destroy();
    tasks.push(...begin());
    tick();
    const results = await Promise.all(tasks);
    for (const result of results) expect(result).toBeInstanceOf(DeviceLostError);
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toMatchObject({
      reason: "destroyed",
      message: expect.stringContaining('device "mine"'),
    });
    expect(await run(loss)).toMatchObject({ reason: "destroyed" });
    expect(await run(deviceLost(device))).toMatchObject({ reason: "destroyed" });
  });
});

test("a buffer that was there before the kit saw its device fails with the browser's word", async ({
  device,
  frames,
}) => {
  const buffer = device.createBuffer({ label: "old", size: 4, usage: MAP_READ });
  const task = frames.loop
    .run(mapAsync(buffer, 1))
    .then(String, (error: unknown) => (error as Error).message);
  frames.tick();
  device.destroy();
  await device.lost;
  // Engines tell of the loss and of the map in either order.
  const ticking = setInterval(frames.tick);
  expect(await task).toMatch(/^mapAsync of buffer "old": /);
  clearInterval(ticking);
});
