import { describe, expect } from "vitest";
import { DeviceLostError, nextFrame, readBuffer, readTexture, type TextureRead } from "awaitframe";
import { bufferOf, counting, test } from "./fixture.ts";

const BUFFER = 4 | 8;
const TEXTURE = 1 | 2 | 16;

describe("readBuffer", () => {
  test("gives all of it, as bytes", async ({ device, run }) => {
    const buffer = bufferOf(device, counting(32), BUFFER);
    expect([...(await run(readBuffer(device, buffer)))]).toEqual([...counting(32)]);
  });

  test("takes any offset and size", async ({ device, run }) => {
    const buffer = bufferOf(device, counting(64), BUFFER);
    for (const [offset, size] of [
      [0, 1],
      [3, 5],
      [4, 8],
      [7, 1],
      [61, 3],
      [5, 0],
      [13, 51],
    ] as const) {
      const bytes = await run(readBuffer(device, buffer, { offset, size }));
      expect([...bytes]).toEqual([...counting(64).subarray(offset, offset + size)]);
    }
  });

  test("gives the array that is asked for, also from an offset that doesn't suit it", async ({
    device,
    run,
  }) => {
    const data = new Uint8Array(24);
    new DataView(data.buffer).setFloat64(3, Math.E, true);
    const buffer = bufferOf(device, data, BUFFER);
    expect(await run(readBuffer(device, buffer, { offset: 3, size: 8, as: Float64Array }))).toEqual(
      Float64Array.of(Math.E),
    );
    expect((await run(readBuffer(device, buffer, { as: DataView }))).getFloat64(3, true)).toBe(Math.E);
    expect(await run(readBuffer(device, buffer, { size: 8, as: BigUint64Array }))).toHaveLength(1);
  });

  test("sees the buffer as it is at the call", async ({ device, run }) => {
    const buffer = bufferOf(device, counting(4), BUFFER);
    const read = readBuffer(device, buffer);
    device.queue.writeBuffer(buffer, 0, Uint8Array.of(9, 9, 9, 9));
    buffer.destroy();
    expect([...(await run(read))]).toEqual([0, 1, 2, 3]);
  });

  test("can be begun in one frame and waited for in another", async ({ device, run }) => {
    const buffer = bufferOf(device, counting(4), BUFFER);
    const bytes = await run(function* () {
      const read = readBuffer(device, buffer);
      for (let i = 0; i < 5; i++) yield* nextFrame();
      return yield* read;
    });
    expect(bytes[3]).toBe(3);
  });

  test("refuses at the call what can't be read", ({ device }) => {
    const buffer = bufferOf(device, counting(16), BUFFER);
    buffer.label = "data";
    expect(() => readBuffer(device, buffer, { offset: 8, size: 12 })).toThrow(
      new RangeError('bytes 8 to 20 are not inside buffer "data": it has 16, in words of 4'),
    );
    expect(() => readBuffer(device, buffer, { offset: -4 })).toThrow(RangeError);
    expect(() => readBuffer(device, buffer, { offset: 0.5 })).toThrow(RangeError);
    expect(() => readBuffer(device, buffer, { size: 6, as: Uint32Array })).toThrow(
      /6 bytes don't make whole elements of Uint32Array/,
    );
    const secret = device.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE });
    expect(() => readBuffer(device, secret)).toThrow(
      /buffer can't be read: create it with the usage COPY_SRC/,
    );
    const odd = device.createBuffer({ size: 6, usage: BUFFER });
    expect(() => readBuffer(device, odd)).toThrow(
      /bytes 0 to 6 are not inside buffer: it has 6, in words of 4/,
    );
    expect(() => readBuffer(device, odd, { size: 4 })).not.toThrow();
  });

  test("what the device finds wrong is an error at the yield*, and reported nowhere else", async ({
    device,
    run,
  }) => {
    const buffer = bufferOf(device, counting(4), BUFFER);
    buffer.label = "gone";
    buffer.destroy();
    await expect(run(readBuffer(device, buffer))).rejects.toThrow(
      /^readBuffer of buffer "gone": .*destroyed/is,
    );
  });

  test("cancelled, and never waited for: nothing is left to complain", async ({ device, frames }) => {
    const buffer = bufferOf(device, counting(4), BUFFER);
    readBuffer(device, buffer);
    const task = frames.loop.run(readBuffer(device, buffer));
    frames.tick();
    task.cancel();
    await device.queue.onSubmittedWorkDone();
  });

  test("fails with the device", async ({ device, frames, run }) => {
    const task = frames.loop.run(readBuffer(device, bufferOf(device, counting(4), BUFFER)));
    const failure = task.catch((error: unknown) => error);
    frames.tick();
    device.destroy();
    frames.tick();
    expect(await failure).toBeInstanceOf(DeviceLostError);
    const later = device.createBuffer({ size: 4, usage: BUFFER });
    await expect(run(readBuffer(device, later))).rejects.toBeInstanceOf(DeviceLostError);
  });
});

/** A texture of `bytes` a texel, each byte of it different from its neighbours', and a reader of what it should hold. */
function filled(
  device: GPUDevice,
  descriptor: GPUTextureDescriptor,
  bytes: number,
  block = [1, 1] as [number, number],
) {
  const texture = device.createTexture({ ...descriptor, usage: descriptor.usage });
  const levels: { data: Uint8Array; columns: number; rows: number }[] = [];
  for (let mipLevel = 0; mipLevel < texture.mipLevelCount; mipLevel++) {
    const at = (size: number) => Math.max(1, size >> mipLevel);
    const columns = Math.ceil(at(texture.width) / block[0]);
    const rows = Math.ceil(at(texture.height) / block[1]);
    const images = texture.dimension === "3d" ? at(texture.depthOrArrayLayers) : texture.depthOrArrayLayers;
    const data = new Uint8Array(columns * rows * images * bytes).map((_, index) => index * 7 + mipLevel);
    device.queue.writeTexture(
      { texture, mipLevel },
      data,
      { bytesPerRow: columns * bytes, rowsPerImage: rows },
      [columns * block[0], rows * block[1], images],
    );
    levels.push({ data, columns, rows });
  }
  const expected = (mipLevel: number, [x, y, z]: number[], [width, height, depth]: number[]) => {
    const { data, columns, rows } = levels[mipLevel]!;
    const result: number[] = [];
    for (let image = z!; image < z! + depth!; image++) {
      for (let row = y!; row < y! + height!; row++) {
        const start = ((image * rows + row) * columns + x!) * bytes;
        result.push(...data.subarray(start, start + width! * bytes));
      }
    }
    return result;
  };
  return { texture, expected };
}

const bytesOf = (view: ArrayBufferView) => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];

describe("readTexture", () => {
  const sizes: Record<string, number> = {
    r8unorm: 1,
    r8snorm: 1,
    r8uint: 1,
    r8sint: 1,
    r16uint: 2,
    r16sint: 2,
    r16float: 2,
    rg8unorm: 2,
    rg8snorm: 2,
    rg8uint: 2,
    rg8sint: 2,
    r32uint: 4,
    r32sint: 4,
    r32float: 4,
    rg16uint: 4,
    rg16sint: 4,
    rg16float: 4,
    rgba8unorm: 4,
    "rgba8unorm-srgb": 4,
    rgba8snorm: 4,
    rgba8uint: 4,
    rgba8sint: 4,
    bgra8unorm: 4,
    "bgra8unorm-srgb": 4,
    rgb9e5ufloat: 4,
    rgb10a2uint: 4,
    rgb10a2unorm: 4,
    rg11b10ufloat: 4,
    rg32uint: 8,
    rg32sint: 8,
    rg32float: 8,
    rgba16uint: 8,
    rgba16sint: 8,
    rgba16float: 8,
    rgba32uint: 16,
    rgba32sint: 16,
    rgba32float: 16,
    stencil8: 1,
    depth16unorm: 2,
  };

  test.for(Object.entries(sizes))(
    "%s: the whole, a part, a texel",
    async ([format, bytes], { device, run }) => {
      const size = [67, 5, 3];
      const { texture, expected } = filled(
        device,
        { format: format as GPUTextureFormat, size, usage: 1 | 2 },
        bytes,
      );
      const read = (options?: TextureRead<never>) => run(readTexture(device, texture, options));
      expect(bytesOf(await read())).toEqual(expected(0, [0, 0, 0], size));
      expect(bytesOf(await read({ origin: [3, 1, 1], size: [61, 3, 2] }))).toEqual(
        expected(0, [3, 1, 1], [61, 3, 2]),
      );
      expect(bytesOf(await read({ origin: { x: 66, y: 4, z: 2 }, size: [1] }))).toEqual(
        expected(0, [66, 4, 2], [1, 1, 1]),
      );
    },
  );

  const compressed = {
    "texture-compression-bc": [
      ["bc1-rgba-unorm", 8, 4, 4],
      ["bc7-rgba-unorm", 16, 4, 4],
    ],
    "texture-compression-etc2": [
      ["etc2-rgb8unorm", 8, 4, 4],
      ["eac-rg11unorm", 16, 4, 4],
    ],
    "texture-compression-astc": [
      ["astc-4x4-unorm", 16, 4, 4],
      ["astc-10x6-unorm-srgb", 16, 10, 6],
    ],
  } as const;

  test.for(Object.entries(compressed))("%s: blocks", async ([feature, formats], { run }) => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    if (!adapter.features.has(feature)) return expect(adapter.features.has(feature)).toBe(false);
    const device = await adapter.requestDevice({ requiredFeatures: [feature as GPUFeatureName] });
    for (const [format, bytes, width, height] of formats) {
      const { texture, expected } = filled(
        device,
        { format, size: [width * 6, height * 4], mipLevelCount: 3, usage: 1 | 2 },
        bytes,
        [width, height],
      );
      expect(bytesOf(await run(readTexture(device, texture)))).toEqual(expected(0, [0, 0, 0], [6, 4, 1]));
      const part = { origin: [width, height * 2], size: [width * 3, height] };
      expect(bytesOf(await run(readTexture(device, texture, part)))).toEqual(
        expected(0, [1, 2, 0], [3, 1, 1]),
      );
      // Level 2 is one block and a half wide: of the last block only a part is in the image.
      expect(bytesOf(await run(readTexture(device, texture, { mipLevel: 2 })))).toEqual(
        expected(2, [0, 0, 0], [2, 1, 1]),
      );
      await expect(run(readTexture(device, texture, { origin: [1, 0] }))).rejects.toThrow(
        /^readTexture of texture: /,
      );
    }
    device.destroy();
    return undefined;
  });

  test("mip levels, array layers, slices of a 3D texture, a 1D texture", async ({ device, run }) => {
    const array = filled(device, { format: "r32uint", size: [20, 12, 5], mipLevelCount: 4, usage: 3 }, 4);
    for (const [mipLevel, size] of [
      [1, [10, 6, 5]],
      [3, [2, 1, 5]],
    ] as const) {
      expect(bytesOf(await run(readTexture(device, array.texture, { mipLevel })))).toEqual(
        array.expected(mipLevel, [0, 0, 0], [...size]),
      );
    }
    const layer = { mipLevel: 1, origin: [0, 0, 3], size: [10, 6] };
    expect(bytesOf(await run(readTexture(device, array.texture, layer)))).toEqual(
      array.expected(1, [0, 0, 3], [10, 6, 1]),
    );
    const volume = filled(
      device,
      { format: "r8uint", dimension: "3d", size: [9, 7, 8], mipLevelCount: 3, usage: 3 },
      1,
    );
    expect(bytesOf(await run(readTexture(device, volume.texture, { mipLevel: 1 })))).toEqual(
      volume.expected(1, [0, 0, 0], [4, 3, 4]),
    );
    const slices = { origin: [1, 2, 3], size: [5, 4, 2] };
    expect(bytesOf(await run(readTexture(device, volume.texture, slices)))).toEqual(
      volume.expected(0, [1, 2, 3], [5, 4, 2]),
    );
    const line = filled(device, { format: "r16uint", dimension: "1d", size: [33], usage: 3 }, 2);
    expect(bytesOf(await run(readTexture(device, line.texture)))).toEqual(
      line.expected(0, [0, 0, 0], [33, 1, 1]),
    );
  });

  test("depth and stencil: one aspect, also a part of it", async ({ run }) => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    const feature = "depth32float-stencil8";
    const formats: GPUTextureFormat[] = ["depth24plus-stencil8", "depth32float"];
    if (adapter.features.has(feature)) formats.push(feature);
    const device = await adapter.requestDevice({
      requiredFeatures: adapter.features.has(feature) ? [feature] : [],
    });
    for (const format of formats) {
      const texture = device.createTexture({ format, size: [70, 3, 2], usage: TEXTURE & ~2 });
      const encoder = device.createCommandEncoder();
      for (const layer of [0, 1]) {
        const stencil = format.endsWith("stencil8");
        const pass = encoder.beginRenderPass({
          colorAttachments: [],
          depthStencilAttachment: {
            view: texture.createView({ dimension: "2d", baseArrayLayer: layer, arrayLayerCount: 1 }),
            depthClearValue: 0.25 + layer / 2,
            depthLoadOp: "clear",
            depthStoreOp: "store",
            ...(stencil && { stencilClearValue: 7 + layer, stencilLoadOp: "clear", stencilStoreOp: "store" }),
          },
        });
        pass.end();
      }
      device.queue.submit([encoder.finish()]);
      const part = { origin: [65, 1, 1], size: [2, 2] };
      if (format.startsWith("depth32")) {
        const depth = [...(await run(readTexture(device, texture, { aspect: "depth-only" })))];
        expect(depth).toEqual([...Array(210).fill(0.25), ...Array(210).fill(0.75)]);
        const cut = await run(readTexture(device, texture, { aspect: "depth-only", ...part }));
        expect(cut).toEqual(Float32Array.of(0.75, 0.75, 0.75, 0.75));
      }
      if (format.endsWith("stencil8")) {
        const cut = await run(readTexture(device, texture, { aspect: "stencil-only", ...part }));
        expect(cut).toEqual(Uint8Array.of(8, 8, 8, 8));
      }
    }
    device.destroy();
  });

  test("red and blue in the order that is asked for", async ({ device, run }) => {
    const texture = device.createTexture({ format: "bgra8unorm", size: [65, 2], usage: TEXTURE });
    const texels = new Uint8Array(65 * 2 * 4).map((_, index) => index % 4);
    device.queue.writeTexture({ texture }, texels, { bytesPerRow: 65 * 4 }, [65, 2]);
    const read = async (swizzle?: TextureRead["swizzle"]) => [
      ...(await run(readTexture(device, texture, { origin: [64, 1], swizzle }))),
    ];
    expect(await read()).toEqual([0, 1, 2, 3]);
    expect(await read(true)).toEqual([2, 1, 0, 3]);
    expect(await read("rgba")).toEqual([2, 1, 0, 3]);
    expect(await read("bgra")).toEqual([0, 1, 2, 3]);
    const all = await run(readTexture(device, texture, { swizzle: "rgba" }));
    expect(all.every((value, index) => value === [2, 1, 0, 3][index % 4])).toBe(true);
    const ids = device.createTexture({ format: "r32uint", size: [1], usage: TEXTURE });
    expect(() => readTexture(device, ids, { swizzle: true })).toThrow(/r32uint can't be swizzled/);
    const deep = device.createTexture({ format: "rgba16float", size: [1, 1], usage: 1 });
    expect(await run(readTexture(device, deep, { swizzle: "rgba" }))).toHaveLength(4);
    expect(() => readTexture(device, deep, { swizzle: "bgra" })).toThrow(
      /rgba16float can't be swizzled to bgra/,
    );
  });

  test("the array that is asked for", async ({ device, run }) => {
    const { texture } = filled(device, { format: "rgba8unorm", size: [2, 1], usage: 3 }, 4);
    const words = await run(readTexture(device, texture, { as: Uint32Array }));
    expect([...words]).toEqual([0x150e0700, 0x312a231c]);
    expect(() => readTexture(device, texture, { size: [1, 1], as: Float64Array })).toThrow(
      /whole elements of Float64Array/,
    );
  });

  test("refuses at the call what can't be read", ({ device }) => {
    const texture = device.createTexture({ label: "ids", format: "r32uint", size: [8, 8], usage: TEXTURE });
    expect(() => readTexture(device, texture, { origin: [6, 0], size: [4, 1] })).toThrow(
      '[6,0,0] to [10,1,1] is not inside mip level 0 of texture "ids": [8,8,1]',
    );
    expect(() => readTexture(device, texture, { origin: [0, 9] })).toThrow(RangeError);
    expect(() => readTexture(device, texture, { origin: [-1, 0] })).toThrow(RangeError);
    expect(() => readTexture(device, texture, { origin: [Number.NaN, 0] })).toThrow(RangeError);
    expect(() => readTexture(device, texture, { mipLevel: 1 })).toThrow(
      /no mip level 1: texture "ids" has 1/,
    );
    const samples = device.createTexture({ format: "rgba8unorm", size: [4, 4], sampleCount: 4, usage: 16 });
    expect(() => readTexture(device, samples)).toThrow(
      /texture can't be read: create it with the usage COPY_SRC/,
    );
    const deep = device.createTexture({ format: "depth24plus", size: [4, 4], usage: 1 | 16 });
    expect(() => readTexture(device, deep)).toThrow(/aspect "all" of depth24plus can't be copied/);
  });

  test("what the device finds wrong is an error at the yield*", async ({ device, run }) => {
    const texture = device.createTexture({ label: "gone", format: "r32uint", size: [8, 8], usage: TEXTURE });
    texture.destroy();
    await expect(run(readTexture(device, texture))).rejects.toThrow(
      /^readTexture of texture "gone": .*destroyed/is,
    );
  });
});
