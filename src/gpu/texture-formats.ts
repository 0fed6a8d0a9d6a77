import type { TexelArray, ViewConstructor } from "./typed-view.ts";

/** How one aspect of a texture format lies in memory when it is copied. */
export type TexelBlock = readonly [
  /** Of a texel, of a block where the format is compressed. */
  bytes: number,
  /** The one whose elements are the components, or whole texels where components share bytes. */
  array: ViewConstructor<TexelArray & ArrayBufferView>,
  /** Depth and stencil can only be copied as a whole subresource. */
  whole?: boolean,
  /** Texels in a block: 1 but for compressed formats. */
  width?: number,
  height?: number,
];

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
      return [((whole ? 1 : order.length) * +bits) / 8, componentArray(bits, kind), whole];
    }
    // Of those that are left: rgb9e5, rgb10a2, rg11b10.
    if (name.startsWith("rg")) return [4, Uint32Array];
    const sides = COMPRESSED.exec(name);
    if (sides)
      return [EIGHT_BYTES.test(name) ? 8 : 16, Uint8Array, false, +(sides[1] ?? 4), +(sides[2] ?? 4)];
  }
  throw new TypeError(`aspect "${aspect}" of ${format} can't be copied to memory`);
}

function componentArray(bits: string, kind: string | undefined): TexelBlock[1] {
  const name = `${kind === "f" ? "Float" : kind === "s" ? "Int" : "Uint"}${bits}Array`;
  // There may be no Float16Array.
  return (globalThis as unknown as Record<string, TexelBlock[1]>)[name] ?? Uint16Array;
}
