import { describe, expect } from "vitest";
import {
  createComputePipelineAsync,
  createRenderPipelineAsync,
  deviceLost,
  errorScope,
  framesInFlight,
  getCompilationInfo,
  GpuTimer,
  mapAsync,
  nudge,
  onSubmittedWorkDone,
  readBuffer,
  readTexture,
  ReadbackRing,
  requestDevice,
  withDevice,
  WriteRing,
  type Operation,
} from "awaitframe";
import { bufferOf, counting, macrotask, test } from "./fixture.ts";

const SOURCE = 4 | 8;

type Kind = new (...args: never[]) => Error;

/** What is made of it where a WebGPU object is wanted, in words. */
const foreign: [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["a number", 5],
  ["an object", {}],
];

describe.each(foreign)("%s instead of an object of WebGPU is refused at the call", (_, given) => {
  const nothing = given as never;
  test.for<[string, RegExp, (device: GPUDevice) => unknown]>([
    ["requestDevice", /expected a GPUAdapter/, () => requestDevice(nothing)],
    ["mapAsync", /expected a GPUBuffer/, () => mapAsync(nothing, 1)],
    ["onSubmittedWorkDone", /expected a GPUQueue/, () => onSubmittedWorkDone(nothing)],
    ["getCompilationInfo", /expected a GPUShaderModule/, () => getCompilationInfo(nothing)],
    ["createRenderPipelineAsync", /expected a GPUDevice/, () => createRenderPipelineAsync(nothing, nothing)],
    [
      "createComputePipelineAsync",
      /expected a GPUDevice/,
      () => createComputePipelineAsync(nothing, nothing),
    ],
    ["errorScope", /expected a GPUDevice/, () => errorScope(nothing, "validation", () => {})],
    ["errorScope's body", /body of errorScope/, (device) => errorScope(device, "validation", nothing)],
    ["deviceLost", /expected a GPUDevice/, () => deviceLost(nothing)],
    ["deviceLost, once more", /expected a GPUDevice/, () => deviceLost(nothing)],
    ["nudge", /expected a GPUDevice/, () => nudge(nothing)],
    [
      "readBuffer's device",
      /expected a GPUDevice/,
      (device) => readBuffer(nothing, bufferOf(device, counting(4), 4)),
    ],
    ["readBuffer", /expected a GPUBuffer/, (device) => readBuffer(device, nothing)],
    ["readTexture", /expected a GPUTexture/, (device) => readTexture(device, nothing)],
    ["ReadbackRing", /expected a GPUDevice/, () => new ReadbackRing(nothing)],
    [
      "copyBuffer's encoder",
      /expected a GPUCommandEncoder/,
      (device) => new ReadbackRing(device).copyBuffer(nothing, bufferOf(device, counting(4), 4)),
    ],
    [
      "copyBuffer",
      /expected a GPUBuffer/,
      (device) => new ReadbackRing(device).copyBuffer(device.createCommandEncoder(), nothing),
    ],
    ["WriteRing", /expected a GPUDevice/, () => new WriteRing(nothing)],
    ["WriteRing.map", /expected a GPUBuffer/, (device) => new WriteRing(device).map(nothing, 0, 4)],
  ])("%s", ([, says, call], { device }) => {
    expect(() => call(device)).toThrow(TypeError);
    expect(() => call(device)).toThrow(says);
  });
});

describe("a wrong option is refused at the call", () => {
  test.for<[string, Kind, RegExp, (device: GPUDevice) => unknown]>([
    [
      "no such policy",
      RangeError,
      /lastest.*every, latest, drop/,
      (d) => new ReadbackRing(d, { policy: "lastest" as never }),
    ],
    ["slots as a string", RangeError, /slots/, (d) => new ReadbackRing(d, { slots: "3" as never })],
    ["half a slot", RangeError, /slots/, (d) => new ReadbackRing(d, { slots: 1.5 })],
    ["no memory", RangeError, /maxBytes/, (d) => new ReadbackRing(d, { maxBytes: 0 })],
    ["NaN of memory", RangeError, /maxBytes/, (d) => new ReadbackRing(d, { maxBytes: Number.NaN })],
    ["NaN of quiet", RangeError, /quietTime/, (d) => new ReadbackRing(d, { quietTime: Number.NaN })],
    ["chunks of NaN", RangeError, /chunkSize/, (d) => new WriteRing(d, { chunkSize: Number.NaN })],
    ["NaN to write", RangeError, /maxBytes/, (d) => new WriteRing(d, { maxBytes: Number.NaN })],
    ["NaN passes", RangeError, /passes/, (d) => new GpuTimer(d, { passes: Number.NaN })],
    ["too many passes", RangeError, /2048/, (d) => new GpuTimer(d, { passes: 5000 })],
    [
      "an Array",
      TypeError,
      /as takes/,
      (d) => readBuffer(d, bufferOf(d, counting(4), 4), { as: Array as never }),
    ],
    [
      "an ArrayBuffer",
      TypeError,
      /as takes/,
      (d) => readBuffer(d, bufferOf(d, counting(4), 4), { as: ArrayBuffer as never }),
    ],
    ["mip level -1", RangeError, /mip level -1/, (d) => readTexture(d, textureOf(d), { mipLevel: -1 })],
    [
      "mip level NaN",
      RangeError,
      /mip level NaN/,
      (d) => readTexture(d, textureOf(d), { mipLevel: Number.NaN }),
    ],
    [
      "an unknown order",
      TypeError,
      /argb/,
      (d) => readTexture(d, textureOf(d), { swizzle: "argb" as never }),
    ],
  ])("%s", ([, kind, says, call], { device }) => {
    expect(() => call(device)).toThrow(kind);
    expect(() => call(device)).toThrow(says);
  });

  test.for<[string, (ring: ReadbackRing, copy: () => ReturnType<typeof ringCopy>) => unknown]>([
    ["read(into) of a plain array", (_, copy) => copy().read([] as never)],
    ["read(into) of a buffer", (_, copy) => copy().read(new ArrayBuffer(64) as never)],
    ["borrow() without a function", (_, copy) => copy().borrow(undefined as never)],
  ])("%s", ([, call], { device }) => {
    const ring = new ReadbackRing(device);
    expect(() => call(ring, () => ringCopy(device, ring))).toThrow(TypeError);
  });

  test("withDevice: a limit, a pause and a callback that are none", async ({ run }) => {
    const body = function* (): Operation<never> {
      throw new Error("the body was reached");
    };
    for (const options of [
      { retries: Number.NaN },
      { retries: -1 },
      { retries: "2" as never },
      { backoff: -1 },
      { onLost: 5 as never },
    ])
      await expect(run(withDevice(options, body))).rejects.toThrow(/retries|backoff|onLost/);
    await expect(run(withDevice({}, undefined as never))).rejects.toThrow(/withDevice/);
  });

  test("framesInFlight of no queue", async ({ run }) => {
    await expect(run(framesInFlight(undefined as never, 2))).rejects.toThrow(/expected a GPUQueue/);
  });
});

describe("what was refused leaves nothing behind", () => {
  test("no error scope on the device's stack", async ({ device, run, uncaptured }) => {
    const texture = textureOf(device);
    expect(() => readTexture(device, texture, { mipLevel: -1 })).toThrow(RangeError);
    // A source that fails where it is encoded.
    const hostile = Object.create(texture, {
      mipLevelCount: { get: () => 1 },
      label: { value: "odd" },
    }) as GPUTexture;
    try {
      await run(readTexture(device, hostile));
    } catch {
      // Refused somewhere, in some way.
    }
    device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE });
    await device.queue.onSubmittedWorkDone();
    await expect.poll(() => uncaptured.splice(0).length).toBeGreaterThan(0);
  });

  test("no slot that is taken", ({ device }) => {
    const ring = new ReadbackRing(device, { slots: 1 });
    const source = bufferOf(device, counting(16), SOURCE);
    const texture = textureOf(device);
    const encoder = device.createCommandEncoder();
    expect(() => ring.copyBuffer(undefined as never, source)).toThrow(TypeError);
    expect(() => ring.copyTexture(encoder, texture, { mipLevel: -1 })).toThrow(RangeError);
    const broken = {
      copyBufferToBuffer() {
        throw new Error("broken");
      },
      copyTextureToBuffer() {},
    };
    expect(() => ring.copyBuffer(broken as never, source)).toThrow("broken");
    expect(ring.inFlight).toBe(0);
    expect(ring.copyBuffer(encoder, source)).toBeTruthy();
  });

  test("no write that is submitted later", async ({ device, run }) => {
    const target = bufferOf(device, new Uint8Array(64).fill(9), SOURCE | 128);
    const ring = new WriteRing(device);
    const odd = { size: 64, usage: 8, mapAsync() {}, label: "odd" } as unknown as GPUBuffer;
    expect(() => ring.map(target, 32, 16, "x" as never)).toThrow(Error);
    ring.map(odd, 0, 16);
    expect(() => ring.submit()).toThrow(TypeError);
    ring.write(target, 0, counting(4));
    ring.submit();
    const bytes = await run(readBuffer(device, target));
    expect([...bytes.subarray(0, 6), bytes[32]]).toEqual([0, 1, 2, 3, 9, 9, 9]);
  });

  test("no unhandled rejection of what a refused body has begun", async ({ device, run }) => {
    const unhandled: unknown[] = [];
    const note = (event: { reason?: unknown; preventDefault?(): void }) => {
      unhandled.push(event.reason ?? event);
      event.preventDefault?.();
    };
    const node = (globalThis as { process?: NodeJS.Process }).process;
    if (node?.on) node.on("unhandledRejection", note as never);
    else addEventListener("unhandledrejection", note);
    const late = () => Promise.reject(new Error("late")) as never;
    await expect(run(errorScope(device, "validation", late))).rejects.toThrow(/can't wait/);
    const ring = new ReadbackRing(device);
    await expect(run(() => ringCopy(device, ring).borrow(late))).rejects.toThrow(/can't wait/);
    await macrotask();
    await macrotask();
    if (node?.on) node.off("unhandledRejection", note as never);
    else removeEventListener("unhandledrejection", note);
    expect(unhandled).toEqual([]);
  });
});

describe("more memory than the device gives", () => {
  test("a read of it is refused at the call, and the ring goes on", async ({ device, run }) => {
    // Of each texel one byte, and of each row 256: the staging memory is larger than any buffer.
    const layers = Math.ceil((device.limits.maxBufferSize + 1) / (256 * 8192));
    const texture = device.createTexture({ format: "r8unorm", size: [1, 8192, layers], usage: 1 });
    const ring = new ReadbackRing(device, { slots: 1 });
    const encoder = device.createCommandEncoder();
    expect(() => ring.copyTexture(encoder, texture)).toThrow(/maxBufferSize/);
    expect(() => readTexture(device, texture)).toThrow(/maxBufferSize/);
    expect(await run(() => ringCopy(device, ring).read())).toHaveLength(16);
    texture.destroy();
  });

  test("a staging buffer that came out invalid costs its own read, and no slot", async ({
    device,
    run,
    uncaptured,
  }) => {
    const ring = new ReadbackRing(device, { slots: 1 });
    const create = device.createBuffer;
    device.createBuffer = (descriptor) =>
      create.call(device, { ...descriptor, size: device.limits.maxBufferSize + 8 });
    const source = bufferless(device, create);
    const encoder = device.createCommandEncoder();
    const ticket = ring.copyBuffer(encoder, source);
    device.createBuffer = create;
    device.queue.submit([encoder.finish()]);
    await expect(run(ticket.read())).rejects.toThrow(/readback/);
    await device.queue.onSubmittedWorkDone();
    await expect.poll(() => uncaptured.splice(0).length).toBeGreaterThan(0);
    expect(await run(() => ringCopy(device, ring).read())).toHaveLength(16);
    expect([ring.inFlight, ring.bytes]).toEqual([0, 24]);
    uncaptured.splice(0);
  });
});

test("quietTime: Infinity keeps the memory", async ({ device, run }) => {
  const ring = new ReadbackRing(device, { quietTime: Infinity });
  const create = device.createBuffer;
  let made = 0;
  device.createBuffer = (descriptor) => {
    if (descriptor.label === "ReadbackRing") made++;
    return create.call(device, descriptor);
  };
  await run(function* () {
    for (let i = 0; i < 20; i++) yield* ringCopy(device, ring).read();
  });
  expect(made).toBe(3);
  ring.destroy();
});

test("read(into) takes an array that begins anywhere, also where channels change places", async ({
  device,
  run,
}) => {
  const texture = textureOf(device);
  device.queue.writeTexture({ texture }, counting(64), { bytesPerRow: 16 }, [4, 4]);
  const ring = new ReadbackRing(device);
  const encoder = device.createCommandEncoder();
  const ticket = ring.copyTexture(encoder, texture, { swizzle: "bgra" });
  device.queue.submit([encoder.finish()]);
  const into = new Uint8Array(80).subarray(1, 65);
  await run(ticket.read(into));
  expect([...into.subarray(0, 8)]).toEqual([2, 1, 0, 3, 6, 5, 4, 7]);
});

test("WriteRing writes an ArrayBuffer, as queue.writeBuffer does, and waits for what fits", async ({
  device,
  run,
}) => {
  const target = bufferOf(device, new Uint8Array(8), SOURCE);
  const ring = new WriteRing(device, { maxBytes: 65_537 });
  await run(ring.ready());
  ring.write(target, 0, counting(8).buffer);
  ring.submit();
  expect(await run(readBuffer(device, target))).toEqual(counting(8));
  expect(() => ring.write(target, 0, 5 as never)).toThrow(TypeError);
  await expect(run(ring.ready(Number.NaN))).rejects.toThrow(RangeError);
  await expect(run(ring.ready("x" as never))).rejects.toThrow(TypeError);
});

test("getCompilationInfo can be asked for again, by several", async ({ device, run }) => {
  const module = device.createShaderModule({ code: "fn f() {}" });
  for (let i = 0; i < 3; i++) expect((await run(getCompilationInfo(module))).messages).toHaveLength(0);
});

function textureOf(device: GPUDevice): GPUTexture {
  return device.createTexture({ format: "rgba8unorm", size: [4, 4], usage: 1 | 2 });
}

function ringCopy(device: GPUDevice, ring: ReadbackRing) {
  const source = bufferOf(device, counting(16), SOURCE);
  const encoder = device.createCommandEncoder();
  const ticket = ring.copyBuffer(encoder, source);
  device.queue.submit([encoder.finish()]);
  return ticket;
}

/** A source that is made with the device's own method. */
function bufferless(device: GPUDevice, create: GPUDevice["createBuffer"]): GPUBuffer {
  return create.call(device, { size: 16, usage: SOURCE });
}
