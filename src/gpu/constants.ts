import { wrong } from "../core/check.ts";

// The numbers of the specification: in Node its namespaces (GPUBufferUsage, ...) are no globals.

/** Of GPUMapMode. @internal */
export const READ = 1;
/** @internal */
export const WRITE = 2;

/** Of GPUBufferUsage. @internal */
export const MAP_READ = 1;
/** @internal */
export const MAP_WRITE = 2;
/** Of GPUBufferUsage, and of GPUTextureUsage the one below. @internal */
export const COPY_SRC = 4;
/** @internal */
export const COPY_DST = 8;
/** @internal */
export const TEXTURE_COPY_SRC = 1;
/** @internal */
export const RENDER_ATTACHMENT = 16;

/** A buffer, a texture or the like in an error message: its label, where it has one. @internal */
export function named(what: string, object: { readonly label?: string }): string {
  return object?.label ? `${what} "${object.label}"` : what;
}

/**
 * @param member - What every such object has: one that is about to be used.
 * @throws TypeError if it is no such object of WebGPU.
 * @internal
 */
export function expected(what: string, object: object, member: string): void {
  if ((object as Record<string, unknown> | undefined)?.[member] === undefined)
    throw wrong(`expected a ${what}`, object);
}
