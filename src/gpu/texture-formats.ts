import type { TexelArray, ViewConstructor } from "./typed-view.ts";

/** How one aspect of a texture format lies in memory when it is copied. */
export interface TexelBlock {
  /** Bytes of a texel, of a block where the format is compressed. */
  readonly bytes: number;
  /** The array whose elements are the components, or whole texels where components share bytes. */
  readonly array: ViewConstructor<TexelArray & ArrayBufferView>;
  /** Texels in a block: 1 but for compressed formats. */
  readonly width: number;
  readonly height: number;
  /** Depth and stencil can only be copied as a whole subresource. */
  readonly whole: boolean;
}

const INTEGERS = {
  8: [Uint8Array, Int8Array],
  16: [Uint16Array, Int16Array],
  32: [Uint32Array, Int32Array],
} as const;

/** Components of equal size: colors, and depth or stencil alone. */
const PLAIN = /^(depth|stencil|[rgba]+)(8|16|32)([usf]?)[a-z]*(-srgb)?$/;
const EIGHT_BYTES = /^(bc[14]|etc2-rgb8|eac-r11)/;
const COMPRESSED = /^(?:bc|etc2|eac|astc-(\d+)x(\d+))/;

/**
 * The memory layout of what `copyTextureToBuffer` copies [WebGPU, texel block copy footprint], read from the format's
 * name, which says nearly all of it.
 *
 * @throws TypeError where the format has no such aspect, or one that can't be copied.
 * @internal
 */
export function texelBlock(format: GPUTextureFormat, aspect: GPUTextureAspect): TexelBlock {
  const all = aspect === "all";
  const name = all ? format : format.replace(aspect === "depth-only" ? "-stencil8" : /^depth.*-/, "");
  if (all || name.startsWith(aspect.slice(0, 5))) {
    const [, order, bits, kind] = PLAIN.exec(name) ?? [];
    if (order && bits) {
      const whole = order.length > 4;
      return block(
        ((whole ? 1 : order.length) * +bits) / 8,
        componentArray(+bits as 8 | 16 | 32, kind),
        whole,
      );
    }
    // Of those that are left: rgb9e5, rgb10a2, rg11b10.
    if (name.startsWith("rg")) return block(4, Uint32Array);
    const sides = COMPRESSED.exec(name);
    if (sides)
      return block(EIGHT_BYTES.test(name) ? 8 : 16, Uint8Array, false, +(sides[1] ?? 4), +(sides[2] ?? 4));
  }
  throw new TypeError(`aspect "${aspect}" of ${format} can't be copied: ask for one that can`);
}

function block(bytes: number, array: TexelBlock["array"], whole = false, width = 1, height = 1): TexelBlock {
  return { bytes, array, whole, width, height };
}

function componentArray(bits: 8 | 16 | 32, kind: string | undefined): TexelBlock["array"] {
  if (kind !== "f") return INTEGERS[bits][kind === "s" ? 1 : 0];
  if (bits === 32) return Float32Array;
  return (globalThis as { Float16Array?: typeof Uint16Array }).Float16Array ?? Uint16Array;
}
