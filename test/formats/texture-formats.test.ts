import { expect, test } from "vitest";
import { texelBlock } from "../../src/gpu/texture-formats.ts";

type Row = readonly [bytes: number, array: string, width?: number, height?: number];

const half = "Float16Array" in globalThis ? "Float16Array" : "Uint16Array";

/** WebGPU's tables of formats, by hand: what `copyTextureToBuffer` writes for each. Null: it can't be copied so. */
const formats: Record<GPUTextureFormat, Row | null> = {
  r8unorm: [1, "Uint8Array"],
  r8snorm: [1, "Int8Array"],
  r8uint: [1, "Uint8Array"],
  r8sint: [1, "Int8Array"],
  r16unorm: [2, "Uint16Array"],
  r16snorm: [2, "Int16Array"],
  r16uint: [2, "Uint16Array"],
  r16sint: [2, "Int16Array"],
  r16float: [2, half],
  rg8unorm: [2, "Uint8Array"],
  rg8snorm: [2, "Int8Array"],
  rg8uint: [2, "Uint8Array"],
  rg8sint: [2, "Int8Array"],
  r32uint: [4, "Uint32Array"],
  r32sint: [4, "Int32Array"],
  r32float: [4, "Float32Array"],
  rg16unorm: [4, "Uint16Array"],
  rg16snorm: [4, "Int16Array"],
  rg16uint: [4, "Uint16Array"],
  rg16sint: [4, "Int16Array"],
  rg16float: [4, half],
  rgba8unorm: [4, "Uint8Array"],
  "rgba8unorm-srgb": [4, "Uint8Array"],
  rgba8snorm: [4, "Int8Array"],
  rgba8uint: [4, "Uint8Array"],
  rgba8sint: [4, "Int8Array"],
  bgra8unorm: [4, "Uint8Array"],
  "bgra8unorm-srgb": [4, "Uint8Array"],
  rgb9e5ufloat: [4, "Uint32Array"],
  rgb10a2uint: [4, "Uint32Array"],
  rgb10a2unorm: [4, "Uint32Array"],
  rg11b10ufloat: [4, "Uint32Array"],
  rg32uint: [8, "Uint32Array"],
  rg32sint: [8, "Int32Array"],
  rg32float: [8, "Float32Array"],
  rgba16unorm: [8, "Uint16Array"],
  rgba16snorm: [8, "Int16Array"],
  rgba16uint: [8, "Uint16Array"],
  rgba16sint: [8, "Int16Array"],
  rgba16float: [8, half],
  rgba32uint: [16, "Uint32Array"],
  rgba32sint: [16, "Int32Array"],
  rgba32float: [16, "Float32Array"],
  stencil8: [1, "Uint8Array"],
  depth16unorm: [2, "Uint16Array"],
  depth24plus: null,
  "depth24plus-stencil8": null,
  depth32float: [4, "Float32Array"],
  "depth32float-stencil8": null,
  "bc1-rgba-unorm": [8, "Uint8Array", 4, 4],
  "bc1-rgba-unorm-srgb": [8, "Uint8Array", 4, 4],
  "bc2-rgba-unorm": [16, "Uint8Array", 4, 4],
  "bc2-rgba-unorm-srgb": [16, "Uint8Array", 4, 4],
  "bc3-rgba-unorm": [16, "Uint8Array", 4, 4],
  "bc3-rgba-unorm-srgb": [16, "Uint8Array", 4, 4],
  "bc4-r-unorm": [8, "Uint8Array", 4, 4],
  "bc4-r-snorm": [8, "Uint8Array", 4, 4],
  "bc5-rg-unorm": [16, "Uint8Array", 4, 4],
  "bc5-rg-snorm": [16, "Uint8Array", 4, 4],
  "bc6h-rgb-ufloat": [16, "Uint8Array", 4, 4],
  "bc6h-rgb-float": [16, "Uint8Array", 4, 4],
  "bc7-rgba-unorm": [16, "Uint8Array", 4, 4],
  "bc7-rgba-unorm-srgb": [16, "Uint8Array", 4, 4],
  "etc2-rgb8unorm": [8, "Uint8Array", 4, 4],
  "etc2-rgb8unorm-srgb": [8, "Uint8Array", 4, 4],
  "etc2-rgb8a1unorm": [8, "Uint8Array", 4, 4],
  "etc2-rgb8a1unorm-srgb": [8, "Uint8Array", 4, 4],
  "etc2-rgba8unorm": [16, "Uint8Array", 4, 4],
  "etc2-rgba8unorm-srgb": [16, "Uint8Array", 4, 4],
  "eac-r11unorm": [8, "Uint8Array", 4, 4],
  "eac-r11snorm": [8, "Uint8Array", 4, 4],
  "eac-rg11unorm": [16, "Uint8Array", 4, 4],
  "eac-rg11snorm": [16, "Uint8Array", 4, 4],
  "astc-4x4-unorm": [16, "Uint8Array", 4, 4],
  "astc-4x4-unorm-srgb": [16, "Uint8Array", 4, 4],
  "astc-5x4-unorm": [16, "Uint8Array", 5, 4],
  "astc-5x4-unorm-srgb": [16, "Uint8Array", 5, 4],
  "astc-5x5-unorm": [16, "Uint8Array", 5, 5],
  "astc-5x5-unorm-srgb": [16, "Uint8Array", 5, 5],
  "astc-6x5-unorm": [16, "Uint8Array", 6, 5],
  "astc-6x5-unorm-srgb": [16, "Uint8Array", 6, 5],
  "astc-6x6-unorm": [16, "Uint8Array", 6, 6],
  "astc-6x6-unorm-srgb": [16, "Uint8Array", 6, 6],
  "astc-8x5-unorm": [16, "Uint8Array", 8, 5],
  "astc-8x5-unorm-srgb": [16, "Uint8Array", 8, 5],
  "astc-8x6-unorm": [16, "Uint8Array", 8, 6],
  "astc-8x6-unorm-srgb": [16, "Uint8Array", 8, 6],
  "astc-8x8-unorm": [16, "Uint8Array", 8, 8],
  "astc-8x8-unorm-srgb": [16, "Uint8Array", 8, 8],
  "astc-10x5-unorm": [16, "Uint8Array", 10, 5],
  "astc-10x5-unorm-srgb": [16, "Uint8Array", 10, 5],
  "astc-10x6-unorm": [16, "Uint8Array", 10, 6],
  "astc-10x6-unorm-srgb": [16, "Uint8Array", 10, 6],
  "astc-10x8-unorm": [16, "Uint8Array", 10, 8],
  "astc-10x8-unorm-srgb": [16, "Uint8Array", 10, 8],
  "astc-10x10-unorm": [16, "Uint8Array", 10, 10],
  "astc-10x10-unorm-srgb": [16, "Uint8Array", 10, 10],
  "astc-12x10-unorm": [16, "Uint8Array", 12, 10],
  "astc-12x10-unorm-srgb": [16, "Uint8Array", 12, 10],
  "astc-12x12-unorm": [16, "Uint8Array", 12, 12],
  "astc-12x12-unorm-srgb": [16, "Uint8Array", 12, 12],
};

const entries = Object.entries(formats) as [GPUTextureFormat, Row | null][];

test.each(entries.filter(([, row]) => row))("the block of %s", (format, row) => {
  const [bytes, array, width = 1, height = 1] = row as Row;
  const [size, { name }, whole = false, columns = 1, rows = 1] = texelBlock(format, "all");
  expect([size, name, columns, rows]).toEqual([bytes, array, width, height]);
  expect(whole).toBe(/^(depth|stencil)/.test(format));
});

test("aspects of depth and stencil formats", () => {
  const block = (format: GPUTextureFormat, aspect: GPUTextureAspect) => {
    const [bytes, array] = texelBlock(format, aspect);
    return [bytes, array.name];
  };
  expect(block("depth32float-stencil8", "depth-only")).toEqual([4, "Float32Array"]);
  expect(block("depth32float-stencil8", "stencil-only")).toEqual([1, "Uint8Array"]);
  expect(block("depth24plus-stencil8", "stencil-only")).toEqual([1, "Uint8Array"]);
  expect(block("depth16unorm", "depth-only")).toEqual([2, "Uint16Array"]);
  expect(block("stencil8", "stencil-only")).toEqual([1, "Uint8Array"]);
});

test.each<[GPUTextureFormat, GPUTextureAspect]>([
  ["depth24plus", "all"],
  ["depth24plus", "depth-only"],
  ["depth24plus-stencil8", "all"],
  ["depth24plus-stencil8", "depth-only"],
  ["depth32float-stencil8", "all"],
  ["depth16unorm", "stencil-only"],
  ["stencil8", "depth-only"],
  ["rgba8unorm", "depth-only"],
  ["bc1-rgba-unorm", "stencil-only"],
  ["none" as GPUTextureFormat, "all"],
])("%s with aspect %s is refused", (format, aspect) => {
  const message = `aspect "${aspect}" of ${format} can't be copied`;
  expect(() => texelBlock(format, aspect)).toThrow(message);
});
