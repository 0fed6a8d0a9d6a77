import { checkedNumber, wrong } from "../core/check.ts";
import type { Operation } from "../core/operation.ts";
import { checkedCalls } from "./checked-calls.ts";
import { COPY_DST, COPY_SRC, expected, MAP_WRITE, named, WRITE } from "./constants.ts";
import { align, checkStaging, isCount } from "./copy-plan.ts";
import { follow, lives, type DeviceLife } from "./device-loss.ts";
import { Room } from "./room.ts";
import { checkView, elementSize, type ViewConstructor } from "./typed-view.ts";

/** Options of a {@link WriteRing}. */
export interface WriteRingOptions {
  /** The size of a staging buffer, in bytes; larger writes get larger ones. Default: 262144. */
  chunkSize?: number | undefined;
  /** The most staging memory, in bytes. Default: no limit. */
  maxBytes?: number | undefined;
}

/** A staging buffer while it is mapped. */
interface Chunk {
  readonly buffer: GPUBuffer;
  memory: ArrayBuffer;
  used: number;
}

interface Copy {
  readonly chunk: Chunk;
  readonly start: number;
  readonly target: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/**
 * Uploads to buffers through mapped memory that is used again: data can be written where the GPU gets it, without the
 * copy that `queue.writeBuffer` makes. All writes of a frame go with one `submit()`, before the frame's own.
 *
 * @example
 * ```ts
 * import { nextFrame, WriteRing } from "awaitframe";
 *
 * function* simulate(device: GPUDevice, particles: GPUBuffer, step: (into: Float32Array, delta: number) => void) {
 *   const writes = new WriteRing(device);
 *   for (;;) {
 *     const frame = yield* nextFrame();
 *     step(writes.map(particles, 0, particles.size, Float32Array), frame.delta);
 *     writes.submit();
 *   }
 * }
 * ```
 */
export class WriteRing {
  readonly device: GPUDevice;
  /** The staging memory that there is, in bytes. */
  bytes = 0;

  readonly #life: DeviceLife;
  readonly #chunkSize: number;
  readonly #maxBytes: number;
  /** Mapped and empty. */
  #free: Chunk[] = [];
  /** Mapped, with writes that wait for `submit`. */
  #filling: Chunk[] = [];
  #copies: Copy[] = [];
  /** On their way to be mapped again. */
  readonly #returning = new Set<GPUBuffer>();
  readonly #room: Room;
  #destroyed = false;
  /** Of a staging buffer that could not be made. */
  #failure: Error | null = null;

  /** @throws TypeError or RangeError for an option that is no number above 0. */
  constructor(device: GPUDevice, options: WriteRingOptions = {}) {
    this.device = device;
    this.#life = follow(device);
    const { chunkSize = 1 << 18, maxBytes = Number.POSITIVE_INFINITY } = options;
    this.#chunkSize = align(checkedNumber(chunkSize, "chunkSize", true), 8);
    // Staging buffers come in multiples of 8.
    this.#maxBytes = Math.floor(checkedNumber(maxBytes, "maxBytes", true) / 8) * 8;
    this.#room = new Room(this.#life);
  }

  /**
   * Memory for a write, to be filled before `submit()`. What it holds until then is not defined.
   *
   * @param target - Created with `GPUBufferUsage.COPY_DST`.
   * @param offset - Where in the target it goes, in bytes, a multiple of 4.
   * @param size - In bytes, a multiple of 4.
   * @param as - The array to get, or `DataView`. Default: `Uint8Array`.
   * @throws RangeError for an offset or size that doesn't fit; TypeError if `as` is no such class; Error if `maxBytes`
   *   leaves no room: `submit()`, then wait with `ready()`; Error if there was no memory for earlier writes;
   *   {@link DeviceLostError}.
   */
  map(target: GPUBuffer, offset: number, size: number): Uint8Array<ArrayBuffer>;
  map<V extends ArrayBufferView>(target: GPUBuffer, offset: number, size: number, as: ViewConstructor<V>): V;
  map(target: GPUBuffer, offset: number, size: number, as: ViewConstructor = Uint8Array): ArrayBufferView {
    this.#check();
    expected("GPUBuffer", target, "size");
    const name = named("buffer", target);
    if ((lives.get(target) ?? this.#life) !== this.#life)
      throw new TypeError(`${name} is of another device than the ring`);
    if (!(target.usage & COPY_DST))
      throw new TypeError(`${name} can't be written: create it with the usage COPY_DST`);
    checkView(as);
    if (
      offset % 4 ||
      size % 4 ||
      size % elementSize(as) ||
      !(isCount(offset) && isCount(size) && offset + size <= target.size)
    ) {
      throw new RangeError(
        `offset ${offset} and size ${size} must be multiples of 4, and whole elements, inside ${name} of ${target.size} bytes`,
      );
    }
    const chunk = this.#chunkFor(size);
    if (!chunk)
      throw new Error(
        `maxBytes leaves no room for ${size} bytes: submit() what there is, then yield* ring.ready(${size})`,
      );
    const start = chunk.used;
    const view = new as(chunk.memory, start, size / elementSize(as));
    chunk.used = align(start + size, 8);
    this.#copies.push({ chunk, start, target, offset, size });
    return view;
  }

  /**
   * Writes data that there is already.
   *
   * @throws As {@link WriteRing.map}; TypeError if the data are neither a typed array nor a buffer of memory.
   */
  write(target: GPUBuffer, offset: number, data: ArrayBufferView | ArrayBufferLike): void {
    const isView = ArrayBuffer.isView(data);
    if (!isView && !(data?.byteLength >= 0))
      throw wrong("write() takes a typed array or an ArrayBuffer", data);
    const bytes = isView
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    this.map(target, offset, bytes.byteLength).set(bytes);
  }

  /** Submits all writes since the last time, in their order. What is submitted after it sees them. */
  submit(): void {
    if (this.#copies.length === 0) return;
    this.#check();
    const encoder = this.device.createCommandEncoder({ label: "WriteRing" });
    const copies = this.#copies;
    const chunks = this.#filling;
    this.#copies = [];
    this.#filling = [];
    for (const { chunk, start, target, offset, size } of copies) {
      encoder.copyBufferToBuffer(chunk.buffer, start, target, offset, size);
    }
    for (const { buffer } of chunks) buffer.unmap();
    this.device.queue.submit([encoder.finish()]);
    for (const chunk of chunks) this.#return(chunk);
  }

  /**
   * Waits until there is room for so many bytes under `maxBytes`. Submit first: only what was submitted makes room.
   *
   * @param bytes - Default: as many as a staging buffer holds.
   * @throws RangeError if there can never be; TypeError if it is no number; {@link DeviceLostError}.
   */
  *ready(bytes: number = Math.min(this.#chunkSize, this.#maxBytes)): Operation<void> {
    checkedNumber(bytes, "ready(bytes)");
    if (bytes > this.#maxBytes)
      throw new RangeError(`${bytes} bytes are more than maxBytes, ${this.#maxBytes}`);
    while ((this.#check(), !this.#hasRoom(bytes))) yield* this.#room;
  }

  /** Destroys the staging buffers, with all writes that were not submitted. */
  destroy(): void {
    this.#destroyed = true;
    const buffers = [...this.#free, ...this.#filling].map(({ buffer }) => buffer);
    for (const buffer of [...buffers, ...this.#returning]) buffer.destroy();
    this.#free = [];
    this.#filling = [];
    this.#copies = [];
    this.bytes = 0;
    this.#room.open();
  }

  #check(): void {
    if (this.#life.error) throw this.#life.error;
    if (this.#destroyed) throw new Error("this WriteRing was destroyed");
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw new Error(`WriteRing: what was written is lost: ${failure.message}`);
  }

  #chunkFor(size: number): Chunk | undefined {
    const fits = ({ memory, used }: Chunk) => memory.byteLength - used >= size;
    const filling = this.#filling.find(fits);
    if (filling) return filling;
    let chunk = this.#free.find(fits);
    if (chunk) this.#free = this.#free.filter((other) => other !== chunk);
    else chunk = this.#make(size);
    if (chunk) this.#filling.push(chunk);
    return chunk;
  }

  #hasRoom(size: number): boolean {
    const idle = this.#free.reduce((sum, { memory }) => sum + memory.byteLength, 0);
    const fits = [...this.#free, ...this.#filling].some(
      ({ memory, used }) => memory.byteLength - used >= size,
    );
    return fits || this.bytes - idle + size <= this.#maxBytes;
  }

  /** A new chunk, in the place of free ones that are too small where memory is scarce. */
  #make(size: number): Chunk | undefined {
    if (!this.#hasRoom(size)) return undefined;
    const wanted = Math.max(align(size, 8), this.#chunkSize);
    while (this.#free.length > 0 && this.bytes + size > this.#maxBytes) {
      const { buffer } = this.#free.shift()!;
      this.bytes -= buffer.size;
      buffer.destroy();
    }
    const capacity = Math.min(wanted, Math.max(align(size, 8), this.#maxBytes - this.bytes));
    checkStaging(this.device, capacity);
    const [buffer, checked] = checkedCalls(this.device, () =>
      this.device.createBuffer({
        label: "WriteRing",
        size: capacity,
        usage: MAP_WRITE | COPY_SRC,
        mappedAtCreation: true,
      }),
    );
    checked.then((error) => error && this.#fail(buffer, error));
    this.bytes += capacity;
    return { buffer, memory: buffer.getMappedRange(0, capacity), used: 0 };
  }

  /** There is no memory for a chunk. If it was submitted, its map tells so too. */
  #fail(buffer: GPUBuffer, error: Error): void {
    this.#failure = error;
    if (this.#filling.some((chunk) => chunk.buffer === buffer)) {
      this.#filling = this.#filling.filter((chunk) => chunk.buffer !== buffer);
      this.#copies = this.#copies.filter(({ chunk }) => chunk.buffer !== buffer);
      this.bytes -= buffer.size;
    }
    this.#room.open();
  }

  /** Maps a chunk again as soon as the GPU has read it. */
  #return(chunk: Chunk): void {
    const { buffer } = chunk;
    this.#returning.add(buffer);
    buffer.mapAsync(WRITE).then(
      () => {
        this.#returning.delete(buffer);
        // Destroyed since it was mapped.
        if (this.#destroyed) return;
        this.#free.push({ buffer, memory: buffer.getMappedRange(0, buffer.size), used: 0 });
        this.#room.open();
      },
      () => {
        // Lost, destroyed, or never valid: it is of no use any more.
        if (this.#returning.delete(buffer) && !this.#destroyed) this.bytes -= buffer.size;
        this.#room.open();
      },
    );
  }
}
