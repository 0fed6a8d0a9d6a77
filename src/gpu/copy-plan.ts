import { COPY_SRC, named, TEXTURE_COPY_SRC } from "./constants.ts";
import { texelBlock } from "./texture-formats.ts";
import { bytesOf, elements, viewOf, type ViewConstructor } from "./typed-view.ts";

/** What to read of a buffer. */
export interface BufferRead<V extends ArrayBufferView = ArrayBufferView> {
  /** Where to begin, in bytes; any number, alignment is taken care of. Default: 0. */
  offset?: number | undefined;
  /** How much, in bytes. Default: the rest of the buffer. */
  size?: number | undefined;
  /** The typed array (or `DataView`) to get. Default: `Uint8Array`. */
  as?: ViewConstructor<V> | undefined;
}

/** What to read of a texture. */
export interface TextureRead<V extends ArrayBufferView = ArrayBufferView> {
  /** The first texel: `[x, y, z]` or `{ x, y, z }`; z is the array layer, or the slice of a 3D texture. Default: 0. */
  origin?: GPUOrigin3D | undefined;
  /** In texels, `[width, height, layers]`; what is left out counts 1. Default: the rest of the mip level. */
  size?: GPUExtent3D | undefined;
  /** Default: 0. */
  mipLevel?: GPUIntegerCoordinate | undefined;
  /** Needed for formats that have both depth and stencil. Default: "all". */
  aspect?: GPUTextureAspect | undefined;
  /** The typed array to get. Default: the one that fits the format. */
  as?: ViewConstructor<V> | undefined;
  /** The order of the channels to get, for 8-bit formats whose own may be either (canvas). `true` is "rgba". */
  swizzle?: "rgba" | "bgra" | boolean | undefined;
}

/**
 * A copy from the GPU, planned: how it is encoded, and how its result is taken out of the staging memory, where it
 * begins at 0. Everything that can be wrong with the request has been said when there is a plan.
 *
 * @internal
 */
export interface CopyPlan {
  /** Staging memory, a multiple of 4. */
  readonly bytes: number;
  /** What lies before the wanted part. */
  readonly skip: number;
  readonly rowBytes: number;
  readonly rows: number;
  readonly images: number;
  /** From row to row, and from image to image. */
  readonly rowPitch: number;
  readonly imagePitch: number;
  readonly as: ViewConstructor;
  /** Whether red and blue change places. */
  readonly swap: boolean;
  encode(encoder: GPUCommandEncoder, staging: GPUBuffer): void;
}

/** @internal */
export function planBuffer(source: GPUBuffer, options: BufferRead = {}): CopyPlan {
  const { offset = 0, size = source.size - offset, as = Uint8Array } = options;
  const name = named("buffer", source);
  needUsage(source.usage, COPY_SRC, name, "GPUBufferUsage.COPY_SRC");
  if (!isCount(offset) || !isCount(size) || offset + size > source.size) {
    throw new RangeError(`${size} bytes from ${offset} are not inside ${name} of ${source.size} bytes`);
  }
  elements(as, size);
  const start = offset - (offset % 4);
  const bytes = align(offset + size - start, 4);
  if (start + bytes > source.size) {
    throw new RangeError(
      `the last ${source.size % 4} bytes of ${name} can't be copied: make its size a multiple of 4`,
    );
  }
  return {
    bytes,
    skip: offset - start,
    rowBytes: size,
    rows: 1,
    images: 1,
    rowPitch: bytes,
    imagePitch: bytes,
    as,
    swap: false,
    encode: (encoder, staging) => encoder.copyBufferToBuffer(source, start, staging, 0, bytes),
  };
}

/** @internal */
export function planTexture(texture: GPUTexture, options: TextureRead = {}): CopyPlan {
  const { mipLevel = 0, aspect = "all", swizzle = false } = options;
  const name = named("texture", texture);
  needUsage(texture.usage, TEXTURE_COPY_SRC, name, "GPUTextureUsage.COPY_SRC");
  if (texture.sampleCount > 1)
    throw new TypeError(`${name} is multisampled: resolve it, and read the result`);
  const block = texelBlock(texture.format, aspect);
  const as = options.as ?? block.array;
  const level = levelSize(texture, mipLevel, name);
  const [x, y, z] = triple(options.origin, ORIGIN, [0, 0, 0]);
  const rest = [level[0] - x, level[1] - y, level[2] - z] as const;
  const [width, height, images] = triple(options.size, EXTENT, options.size ? [1, 1, 1] : rest);
  const wanted = [x, y, z, width, height, images];
  if (!wanted.every(isCount) || width > rest[0] || height > rest[1] || images > rest[2]) {
    throw new RangeError(
      `[${width}, ${height}, ${images}] from [${x}, ${y}, ${z}] is not inside mip level ${mipLevel} of ${name}, ` +
        `which is [${level.join(", ")}]`,
    );
  }
  if (x % block.width || y % block.height) {
    throw new RangeError(
      `[${x}, ${y}] is inside a block of ${texture.format}: blocks are ${block.width}×${block.height}`,
    );
  }
  // Depth and stencil are copied whole, and cut to size afterwards.
  const from = block.whole ? [0, 0, z] : [x, y, z];
  const copied = [
    align(block.whole ? level[0] : width, block.width),
    align(block.whole ? level[1] : height, block.height),
    images,
  ] as const;
  const copiedRow = (copied[0] / block.width) * block.bytes;
  const copiedRows = copied[1] / block.height;
  const rowPitch = align(copiedRow, 256);
  const rowBytes = Math.ceil(width / block.width) * block.bytes;
  const rows = Math.ceil(height / block.height);
  elements(as, rowBytes * rows * images);
  const used = copiedRow * copiedRows * images;
  return {
    bytes: used && align(rowPitch * (copiedRows * images - 1) + copiedRow, 4),
    skip: block.whole ? y * rowPitch + x * block.bytes : 0,
    rowBytes,
    rows,
    images,
    rowPitch,
    imagePitch: rowPitch * copiedRows,
    as,
    swap: swizzle !== false && swaps(texture.format, swizzle),
    encode: (encoder, staging) =>
      encoder.copyTextureToBuffer(
        { texture, mipLevel, origin: from, aspect },
        { buffer: staging, bytesPerRow: rowPitch, rowsPerImage: copiedRows },
        copied,
      ),
  };
}

/**
 * The result, copied out of the mapped staging memory without padding: owned by the caller, or `into`.
 *
 * @internal
 */
export function extract(plan: CopyPlan, mapped: ArrayBuffer, into?: ArrayBufferView): ArrayBufferView {
  const size = resultBytes(plan);
  if (into && into.byteLength < size) {
    throw new RangeError(`the array to read into has ${into.byteLength} bytes, the result ${size}`);
  }
  const whole = isContiguous(plan);
  if (whole && !into && !plan.swap) {
    return viewOf(plan.as, mapped.slice(plan.skip, plan.skip + size), 0, size);
  }
  const result = into ?? viewOf(plan.as, new ArrayBuffer(size), 0, size);
  const target = bytesOf(result);
  if (whole) target.set(new Uint8Array(mapped, plan.skip, size));
  else {
    let at = 0;
    for (let image = 0; image < plan.images; image++) {
      for (let row = 0; row < plan.rows; row++, at += plan.rowBytes) {
        const start = plan.skip + image * plan.imagePitch + row * plan.rowPitch;
        target.set(new Uint8Array(mapped, start, plan.rowBytes), at);
      }
    }
  }
  if (plan.swap) swapRedAndBlue(target, size);
  return result;
}

/** The size of the result. @internal */
export function resultBytes(plan: CopyPlan): number {
  return plan.rowBytes * plan.rows * plan.images;
}

/** Whether the result lies in the staging memory as it is wanted, so that it can be lent from there. @internal */
export function isLendable(plan: CopyPlan): boolean {
  return isContiguous(plan) && !plan.swap && plan.skip % (plan.as.BYTES_PER_ELEMENT ?? 1) === 0;
}

function isContiguous(plan: CopyPlan): boolean {
  const { rows, images, rowBytes, rowPitch, imagePitch } = plan;
  return rows * images <= 1 || (rowBytes === rowPitch && (images === 1 || rowBytes * rows === imagePitch));
}

function swapRedAndBlue(bytes: Uint8Array, size: number): void {
  // A word at a time is four times as fast; a target that lies askew is rare.
  const words = bytes.byteOffset % 4 ? null : new Uint32Array(bytes.buffer, bytes.byteOffset, size / 4);
  if (words) {
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      words[i] = (word & 0xff00ff00) | ((word & 0xff) << 16) | ((word >>> 16) & 0xff);
    }
    return;
  }
  for (let i = 0; i < size; i += 4) {
    const first = bytes[i] as number;
    bytes[i] = bytes[i + 2] as number;
    bytes[i + 2] = first;
  }
}

function swaps(format: string, swizzle: true | "rgba" | "bgra"): boolean {
  const order = /^(rgba|bgra)8/.exec(format)?.[1];
  if (!order) throw new TypeError(`swizzle is for rgba8 and bgra8 formats, not for ${format}`);
  return order !== (swizzle === true ? "rgba" : swizzle);
}

type Triple = readonly [number, number, number];

const ORIGIN = ["x", "y", "z"] as const;
const EXTENT = ["width", "height", "depthOrArrayLayers"] as const;

function triple(
  value: GPUOrigin3D | GPUExtent3D | undefined,
  keys: typeof ORIGIN | typeof EXTENT,
  rest: Triple,
): Triple {
  if (!value) return rest;
  const given =
    Symbol.iterator in value ? [...value] : keys.map((key) => (value as Record<string, number>)[key]);
  return [given[0] ?? rest[0], given[1] ?? rest[1], given[2] ?? rest[2]];
}

function levelSize(texture: GPUTexture, mipLevel: number, name: string): Triple {
  if (!isCount(mipLevel) || mipLevel >= texture.mipLevelCount) {
    throw new RangeError(`${name} has no mip level ${mipLevel}: it has ${texture.mipLevelCount}`);
  }
  const at = (size: number) => Math.max(1, size >> mipLevel);
  const { width, height, depthOrArrayLayers: depth } = texture;
  return [at(width), at(height), texture.dimension === "3d" ? at(depth) : depth];
}

function needUsage(usage: number, flag: number, name: string, flagName: string): void {
  if (!(usage & flag)) throw new TypeError(`${name} can't be read: create it with ${flagName}`);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
