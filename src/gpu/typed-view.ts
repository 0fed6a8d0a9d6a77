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

/**
 * @throws TypeError if it is no such constructor.
 * @internal
 */
export function checkView(as: ViewConstructor): void {
  if (!as?.BYTES_PER_ELEMENT && as !== DataView)
    throw new TypeError(`as takes a typed array, say Float32Array, or DataView, got ${as?.name ?? as}`);
}

/** The bytes of an element; a `DataView` has bytes for elements. @internal */
export function elementSize(as: ViewConstructor): number {
  return as.BYTES_PER_ELEMENT ?? 1;
}
