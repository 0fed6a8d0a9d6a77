import type { TexelArray, ViewConstructor } from "./typed-view.ts";

/** How one aspect of a texture format lies in memory when it is copied. */
export interface TexelBlock {
  /** Bytes of a texel, of a block where the format is compressed. */
  readonly bytes: number;
  /** Texels in a block: 1 but for compressed formats. */
  readonly width: number;
  readonly height: number;
  /** The array whose elements are the components, or whole texels where components share bytes. */
  readonly array: ViewConstructor<TexelArray & ArrayBufferView>;
  /** Depth and stencil can only be copied as a whole subresource. */
  readonly whole: boolean;
}

type Kind = "unorm" | "snorm" | "uint" | "sint" | "float";

const integers = {
  8: [Uint8Array, Int8Array],
  16: [Uint16Array, Int16Array],
  32: [Uint32Array, Int32Array],
} as const;

const COLOR = /^(r|rg|rgba|bgra)(8|16|32)(unorm|snorm|uint|sint|float)(-srgb)?$/;
const PACKED = /^(rgb9e5|rgb10a2|rg11b10)/;
const EIGHT_BYTES = /^(bc[14]-|etc2-rgb8(a1)?unorm|eac-r11)/;
const COMPRESSED = /^(?:bc\d|etc2|eac|astc-(\d+)x(\d+))/;

/**
 * The memory layout of what `copyTextureToBuffer` copies [WebGPU, texel block copy footprint], read from the format's
 * name, which says it all but for compressed formats.
 *
 * @throws TypeError where the format has no such aspect, or one that can't be copied, with the way out.
 * @internal
 */
export function texelBlock(format: GPUTextureFormat, aspect: GPUTextureAspect = "all"): TexelBlock {
  const color = COLOR.exec(format);
  if (color) {
    const [, order = "", bits, kind] = color;
    const array = componentArray(Number(bits) as 8 | 16 | 32, kind as Kind);
    return block(format, aspect, (order.length * Number(bits)) / 8, array);
  }
  if (PACKED.test(format)) return block(format, aspect, 4, Uint32Array);
  const compressed = COMPRESSED.exec(format);
  if (compressed) {
    const [, width = 4, height = 4] = compressed;
    const bytes = EIGHT_BYTES.test(format) ? 8 : 16;
    return { ...block(format, aspect, bytes, Uint8Array), width: Number(width), height: Number(height) };
  }
  return depthOrStencil(format, aspect);
}

function block(
  format: string,
  aspect: GPUTextureAspect,
  bytes: number,
  array: ViewConstructor<TexelArray & ArrayBufferView>,
): TexelBlock {
  if (aspect !== "all") throw new TypeError(`${format} has no aspect "${aspect}"`);
  return { bytes, width: 1, height: 1, array, whole: false };
}

function depthOrStencil(format: GPUTextureFormat, aspect: GPUTextureAspect): TexelBlock {
  const stencil = format.endsWith("stencil8");
  const depth = /^depth(\d+)(plus)?/.exec(format);
  if (!stencil && !depth) throw new TypeError(`unknown texture format "${format}"`);
  if (stencil && depth && aspect === "all") {
    throw new TypeError(
      `${format} has two aspects: ask for "stencil-only"${depth[2] ? "" : ' or "depth-only"'}`,
    );
  }
  if (stencil && aspect !== "depth-only") return whole(1, Uint8Array);
  if (!depth || aspect === "stencil-only") throw new TypeError(`${format} has no aspect "${aspect}"`);
  if (depth[2]) {
    throw new TypeError(
      `the depth of ${format} can't be copied: use depth32float or depth16unorm, or a shader`,
    );
  }
  return depth[1] === "16" ? whole(2, Uint16Array) : whole(4, Float32Array);
}

function whole(bytes: number, array: ViewConstructor<TexelArray & ArrayBufferView>): TexelBlock {
  return { bytes, width: 1, height: 1, array, whole: true };
}

function componentArray(bits: 8 | 16 | 32, kind: Kind): ViewConstructor<TexelArray & ArrayBufferView> {
  const [unsigned, signed] = integers[bits];
  if (kind !== "float") return kind.startsWith("s") ? signed : unsigned;
  if (bits === 32) return Float32Array;
  return (globalThis as { Float16Array?: typeof Uint16Array }).Float16Array ?? Uint16Array;
}
