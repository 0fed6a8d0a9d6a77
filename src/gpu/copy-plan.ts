import { wrong } from "../core/check.ts";
import { COPY_SRC, expected, named, TEXTURE_COPY_SRC } from "./constants.ts";
import { texelBlock } from "./texture-formats.ts";
import { checkView, elementSize, type ViewConstructor } from "./typed-view.ts";

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
 * begins at 0.
 *
 * @internal
 */
export interface CopyPlan {
  /** Staging memory, a multiple of 4. */
  readonly bytes: number;
  /** What lies before the wanted part. */
  readonly skip: number;
  /** Where no padding lies between lines, all of them count as one. */
  readonly lineBytes: number;
  readonly lines: number;
  /** From line to line, and what comes on top after each image. */
  readonly pitch: number;
  readonly gap: number;
  /** Lines in an image. */
  readonly rows: number;
  readonly as: ViewConstructor;
  /** Whether red and blue change places. */
  readonly swap: boolean;
  encode(encoder: GPUCommandEncoder, staging: GPUBuffer): void;
}

/** It is made for each copy of each frame: its members are what another plan keeps in a closure of its own. */
interface BufferPlan extends CopyPlan {
  readonly source: GPUBuffer;
  readonly start: number;
}

/** @internal */
export function planBuffer(source: GPUBuffer, options: BufferRead = {}): CopyPlan {
  expected("GPUBuffer", source, "size");
  const { offset = 0, size = source.size - offset, as = Uint8Array } = options;
  check(source.usage & COPY_SRC, "buffer", source, as, size);
  const end = offset + size;
  if (!isCount(offset) || !isCount(size) || align(end, 4) > source.size) {
    throw new RangeError(
      `bytes ${offset} to ${end} are not inside ${named("buffer", source)}: it has ${source.size}, in words of 4`,
    );
  }
  const skip = offset % 4;
  const start = offset - skip;
  const plan: BufferPlan = {
    bytes: align(end, 4) - start,
    skip,
    lineBytes: size,
    lines: 1,
    pitch: 0,
    gap: 0,
    rows: 1,
    as,
    swap: false,
    encode: encodeBuffer,
    source,
    start,
  };
  return plan;
}

function encodeBuffer(this: BufferPlan, encoder: GPUCommandEncoder, staging: GPUBuffer): void {
  encoder.copyBufferToBuffer(this.source, this.start, staging, 0, this.bytes);
}

/** @internal */
export function planTexture(texture: GPUTexture, options: TextureRead = {}): CopyPlan {
  expected("GPUTexture", texture, "format");
  const { mipLevel = 0, aspect = "all", swizzle, origin, size } = options;
  const { format, depthOrArrayLayers: layers } = texture;
  const [bytes, array, whole = false, blockWidth = 1, blockHeight = 1] = texelBlock(format, aspect);
  const as = options.as ?? array;
  const [, order, bits] = /^(rgba|bgra)(\d*)/.exec(format) ?? [];
  const wanted = swizzle === true ? "rgba" : swizzle || order;
  if (wanted !== order && !(bits === "8" && (wanted === "rgba" || wanted === "bgra")))
    throw new TypeError(`${format} can't be swizzled to ${wanted}`);
  if (!isCount(mipLevel) || mipLevel >= texture.mipLevelCount)
    throw new RangeError(
      `no mip level ${mipLevel}: ${named("texture", texture)} has ${texture.mipLevelCount}`,
    );

  const at = (extent: number) => Math.max(1, extent >> mipLevel);
  const level = [
    at(texture.width),
    at(texture.height),
    texture.dimension === "3d" ? at(layers) : layers,
  ] as const;
  const [x = 0, y = 0, z = 0] = list(origin, "x", "y", "z");
  const [width = level[0] - x, height = size ? 1 : level[1] - y, images = size ? 1 : level[2] - z] = list(
    size,
    "width",
    "height",
    "depthOrArrayLayers",
  );
  const ends = [x + width, y + height, z + images];
  if (![x, y, z, width, height, images].every(isCount) || ends.some((end, axis) => end > level[axis]!)) {
    throw new RangeError(
      `[${[x, y, z]}] to [${ends}] is not inside mip level ${mipLevel} of ${named("texture", texture)}: [${level}]`,
    );
  }

  const columns = Math.ceil(width / blockWidth);
  const rows = Math.ceil(height / blockHeight);
  const lines = rows * images;
  const lineBytes = columns * bytes;
  check(texture.usage & TEXTURE_COPY_SRC, "texture", texture, as, lineBytes * lines);
  if (texture.sampleCount > 1)
    throw new TypeError(
      `${named("texture", texture)} is multisampled: read the one that it is resolved into`,
    );
  // Depth and stencil are copied whole, and cut to size afterwards.
  const [copiedColumns, copiedRows] = whole ? level : [columns, rows];
  const pitch = align(copiedColumns * bytes, 256);
  const gap = (copiedRows - rows) * pitch;
  const packed = lines < 2 || (lineBytes === pitch && !gap);
  return {
    bytes: pitch * copiedRows * images,
    skip: whole ? y * pitch + x * bytes : 0,
    lineBytes: packed ? lineBytes * lines : lineBytes,
    lines: packed ? 1 : lines,
    pitch,
    gap,
    rows,
    as,
    swap: wanted !== order,
    encode: (encoder, staging) =>
      encoder.copyTextureToBuffer(
        { texture, mipLevel, origin: whole ? [0, 0, z] : [x, y, z], aspect },
        { buffer: staging, bytesPerRow: pitch, rowsPerImage: copiedRows },
        [copiedColumns * blockWidth, copiedRows * blockHeight, images],
      ),
  };
}

/**
 * The result, without padding, of its caller's own, or `into`.
 *
 * @param keeper - Given if the result may be lent: it is a view of the mapped memory where that lies as it is wanted,
 *   else of memory that is kept for that.
 * @throws RangeError if `into` is too small.
 * @internal
 */
export function extract(
  plan: CopyPlan,
  mapped: ArrayBuffer,
  into?: ArrayBufferView,
  keeper?: { scratch: ArrayBuffer },
): ArrayBufferView {
  const { as, skip, lines, lineBytes, swap } = plan;
  const size = lineBytes * lines;
  const length = size / elementSize(as);
  if (lines === 1 && !swap && !into) {
    if (!keeper) return new as(mapped.slice(skip, skip + size), 0, length);
    if (skip % elementSize(as) === 0) return new as(mapped, skip, length);
  }
  if (keeper && keeper.scratch.byteLength < size) keeper.scratch = new ArrayBuffer(size);
  const result = into ?? new as(keeper?.scratch ?? new ArrayBuffer(size), 0, length);
  if (!ArrayBuffer.isView(result)) throw wrong("read(into) takes a typed array, or DataView", result);
  const { buffer, byteOffset, byteLength } = result;
  if (byteLength < size) throw new RangeError(`${size} bytes don't fit into an array of ${byteLength}`);
  const target = new Uint8Array(buffer, byteOffset);
  for (let line = 0; line < lines; line++) {
    const start = skip + line * plan.pitch + Math.floor(line / plan.rows) * plan.gap;
    target.set(new Uint8Array(mapped, start, lineBytes), line * lineBytes);
  }
  for (let i = 0; swap && i < size; i += 4) {
    const red = target[i]!;
    target[i] = target[i + 2]!;
    target[i + 2] = red;
  }
  return result;
}

function list(value: GPUOrigin3D | GPUExtent3D | undefined, ...keys: string[]): Iterable<number | undefined> {
  if (!value) return [];
  return Symbol.iterator in value ? value : keys.map((key) => (value as Record<string, number>)[key]);
}

function check(
  copyable: number,
  what: string,
  source: { readonly label: string },
  as: ViewConstructor,
  size: number,
): void {
  if (!copyable)
    throw new TypeError(`${named(what, source)} can't be read: create it with the usage COPY_SRC`);
  checkView(as);
  if (size % elementSize(as)) throw new RangeError(`${size} bytes don't make whole elements of ${as.name}`);
}

/**
 * @throws RangeError if no buffer of the device holds so many bytes.
 * @internal
 */
export function checkStaging(device: GPUDevice, bytes: number): void {
  const { maxBufferSize } = device.limits;
  if (bytes > maxBufferSize)
    throw new RangeError(
      `${bytes} bytes of staging memory are beyond the device's maxBufferSize, ${maxBufferSize}`,
    );
}

/** @internal */
export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

/** @internal */
export function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
