/** Where the language has half floats, their array; else nothing. Follows the `lib` of whoever compiles. */
type HalfArray = typeof globalThis extends { Float16Array: { readonly prototype: infer Half } }
  ? Half
  : never;

/** What the values of a texture come as: the array whose elements are the format's components, or packed texels. */
export type TexelArray =
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | HalfArray;

/** The constructor of a typed array, or `DataView`: what `as` takes. */
export interface ViewConstructor<V extends ArrayBufferView = ArrayBufferView> {
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): V;
  readonly BYTES_PER_ELEMENT?: number;
  readonly name: string;
}

/** A view of `size` bytes; a RangeError where they are no whole number of elements. @internal */
export function viewOf<V extends ArrayBufferView>(
  as: ViewConstructor<V>,
  buffer: ArrayBuffer,
  offset: number,
  size: number,
): V {
  return new as(buffer, offset, elements(as, size));
}

/** How many elements of the array `size` bytes are. @internal */
export function elements(as: ViewConstructor, size: number): number {
  const count = size / (as.BYTES_PER_ELEMENT ?? 1);
  if (!Number.isInteger(count))
    throw new RangeError(`${size} bytes are no whole number of ${as.name} elements`);
  return count;
}

/** The bytes of a view. @internal */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
