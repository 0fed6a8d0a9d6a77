import { action } from "../core/action.ts";
import { isCurrent } from "../core/frame.ts";
import type { Loop } from "../core/loop.ts";
import type { Operation } from "../core/operation.ts";
import { COPY_SRC } from "./constants.ts";
import {
  extract,
  isLendable,
  planBuffer,
  planTexture,
  resultBytes,
  type BufferRead,
  type CopyPlan,
  type TextureRead,
} from "./copy-plan.ts";
import { follow } from "./device-loss.ts";
import { ReadbackTicket, type CopyOwner } from "./readback-ticket.ts";
import { StagingPool } from "./staging-pool.ts";
import type { SlotCopy, StagingSlot } from "./staging-slot.ts";
import { viewOf, type TexelArray } from "./typed-view.ts";

/** What a {@link ReadbackRing} does when all its slots are taken. */
export type ReadbackPolicy = "every" | "latest" | "drop";

/** Options of a {@link ReadbackRing}. */
export interface ReadbackRingOptions<Policy extends ReadbackPolicy = ReadbackPolicy> {
  /** How many snapshots there can be at a time, each in a staging buffer of its own. Default: 3. */
  slots?: number | undefined;
  /**
   * When all slots are taken: `every`, the default, makes a copy an error, and `ready()` waits for a slot; `latest`
   * lets the copy replace the newest one that is not on its way yet, whose ticket then gives the newer data; `drop`
   * gives null instead of a ticket.
   */
  policy?: Policy | undefined;
  /** The most staging memory, in bytes. Default: no limit but the slots. */
  maxBytes?: number | undefined;
  /** Staging memory that was not needed for so long is given back, in ms. Default: 5000. */
  quietTime?: number | undefined;
}

/** The newest snapshot that a ring has read. */
export interface LatestReadback {
  /** What `read` gave, or the callback of `borrow` returned. */
  readonly value: unknown;
  /** The index of the frame in which the snapshot was encoded. */
  readonly frame: number;
  /** How many frames ago that was. */
  readonly age: number;
}

/** A ticket, or with the policy `drop` null where there was no slot. */
export type TicketOf<Policy extends ReadbackPolicy, V extends ArrayBufferView> =
  | ReadbackTicket<V>
  | (Policy extends "drop" ? null : never);

/** How many different numbers are written behind copies. */
const STAMPS = 256;

/**
 * Reads from the GPU every frame, through a few staging buffers that are used in turn: once warm, nothing is created.
 * A copy is a snapshot at that point of the encoder; its ticket is read after the submit, usually by a child task, and
 * the frames go on meanwhile.
 *
 * @example
 * ```ts
 * import { nextFrame, ReadbackRing, spawn } from "awaitframe";
 *
 * function* histogram(device: GPUDevice, bins: GPUBuffer, draw: (encoder: GPUCommandEncoder) => void) {
 *   const ring = new ReadbackRing(device, { policy: "drop" });
 *   for (;;) {
 *     yield* nextFrame();
 *     const encoder = device.createCommandEncoder();
 *     draw(encoder);
 *     const ticket = ring.copyBuffer(encoder, bins, { as: Uint32Array });
 *     device.queue.submit([encoder.finish()]);
 *     if (ticket) yield* spawn(ticket.borrow((counts) => console.log(Math.max(...counts))));
 *   }
 * }
 * ```
 */
export class ReadbackRing<Policy extends ReadbackPolicy = "every"> {
  readonly device: GPUDevice;
  /** How many slots there can be. */
  readonly slots: number;
  readonly policy: Policy;
  /** The most staging memory, in bytes. */
  readonly maxBytes: number;

  readonly #pool: StagingPool;
  readonly #owner: CopyOwner;
  /** Those who wait for a slot. */
  readonly #waiting = new Set<() => void>();
  /** Where the numbers behind the copies come from. */
  #stamps: GPUBuffer | null = null;
  #loop: Loop | null = null;
  #copies = 0;
  #lastBytes = 0;
  #latest: { value: unknown; copy: SlotCopy } | null = null;
  /** Lent where the mapped memory can't be. */
  #scratch = new ArrayBuffer(0);
  #destroyed = false;
  #dropped = 0;
  #latency = 0;
  #turn = 0;
  #turnEnds = false;

  /** @throws RangeError if there are too few slots: `latest` needs two. */
  constructor(device: GPUDevice, options: ReadbackRingOptions<Policy> = {}) {
    const {
      slots = 3,
      policy = "every" as Policy,
      maxBytes = Number.POSITIVE_INFINITY,
      quietTime = 5000,
    } = options;
    const least = policy === "latest" ? 2 : 1;
    if (!(slots >= least))
      throw new RangeError(`policy "${policy}" needs ${least} or more slots, got ${slots}`);
    this.device = device;
    this.slots = slots;
    this.policy = policy;
    this.maxBytes = maxBytes;
    this.#pool = new StagingPool(device, slots, maxBytes, quietTime);
    this.#owner = {
      life: follow(device),
      open: (copy, loop) => this.#open(copy, loop),
      lend: (copy) => this.#lend(copy),
      keep: (copy, value) => this.#keep(copy, value),
      close: (copy, why) => this.#close(copy, why),
    };
  }

  /** How many slots are taken. */
  get inFlight(): number {
    return this.#pool.inUse;
  }

  /** How many snapshots nobody will see: dropped, replaced by newer ones, or given up since nobody read them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The staging memory that there is, in bytes. */
  get bytes(): number {
    return this.#pool.bytes;
  }

  /** How many staging buffers have been created so far. */
  get created(): number {
    return this.#pool.created;
  }

  /** How many frames passed between the last delivered snapshot and its delivery. */
  get latency(): number {
    return this.#latency;
  }

  /** The newest snapshot that has been read, or null. An array that is read `into` stays its owner's. */
  get latest(): LatestReadback | null {
    if (!this.#latest) return null;
    const { value, copy } = this.#latest;
    return { value, frame: copy.frame, age: this.#frameNow - copy.frame };
  }

  /**
   * Waits until there is a slot for a copy.
   *
   * @param bytes - The size of that copy. Default: that of the last one.
   * @throws As {@link ReadbackRing.copyBuffer}.
   */
  *ready(bytes: number = this.#lastBytes): Operation<void> {
    const { life } = this.#owner;
    while ((this.#check(bytes), !this.#pool.has(bytes) && !this.#abandoned() && this.policy !== "latest")) {
      yield* action<void>((resolve, reject) => {
        const wait = { fail: reject };
        this.#waiting.add(resolve);
        life.pending.add(wait);
        return () => {
          this.#waiting.delete(resolve);
          life.pending.delete(wait);
        };
      }, "a free slot of a ReadbackRing");
    }
  }

  /**
   * Encodes a snapshot of a part of a buffer. Submit the encoder before the ticket is read, and in this same frame.
   *
   * @param source - Created with `GPUBufferUsage.COPY_SRC`.
   * @param options - Offset and size in bytes, without need of alignment, and the array to get.
   * @throws Error with the policy `every` if no slot is free; TypeError or RangeError for a request that can't be met,
   *   also one beyond `maxBytes`; {@link DeviceLostError}.
   */
  copyBuffer(
    encoder: GPUCommandEncoder,
    source: GPUBuffer,
    options?: BufferRead<never>,
  ): TicketOf<Policy, Uint8Array<ArrayBuffer>>;
  copyBuffer<V extends ArrayBufferView>(
    encoder: GPUCommandEncoder,
    source: GPUBuffer,
    options: BufferRead<V>,
  ): TicketOf<Policy, V>;
  copyBuffer(
    encoder: GPUCommandEncoder,
    source: GPUBuffer,
    options?: BufferRead,
  ): TicketOf<Policy, ArrayBufferView> {
    return this.#copy(encoder, planBuffer(source, options));
  }

  /**
   * Encodes a snapshot of a part of a texture. Submit the encoder before the ticket is read, and in this same frame.
   *
   * @param texture - Created with `GPUTextureUsage.COPY_SRC`.
   * @param options - As for {@link readTexture}.
   * @throws As {@link ReadbackRing.copyBuffer}.
   */
  copyTexture(
    encoder: GPUCommandEncoder,
    texture: GPUTexture,
    options?: TextureRead<never>,
  ): TicketOf<Policy, TexelArray>;
  copyTexture<V extends ArrayBufferView>(
    encoder: GPUCommandEncoder,
    texture: GPUTexture,
    options: TextureRead<V>,
  ): TicketOf<Policy, V>;
  copyTexture(
    encoder: GPUCommandEncoder,
    texture: GPUTexture,
    options?: TextureRead,
  ): TicketOf<Policy, ArrayBufferView> {
    return this.#copy(encoder, planTexture(texture, options));
  }

  /** Destroys the staging buffers. Reads in progress fail. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    const error = new Error("this ReadbackRing was destroyed");
    for (const { copies } of this.#pool.all) {
      for (const copy of copies) {
        copy.reader?.fail(error);
        this.#close(copy, "lost its ring: that was destroyed");
      }
    }
    this.#pool.destroy();
    this.#stamps?.destroy();
    this.#wake();
  }

  #copy(encoder: GPUCommandEncoder, plan: CopyPlan): TicketOf<Policy, ArrayBufferView> {
    // The number behind the data is mapped together with it, so it has to lie at a multiple of 8.
    const trailer = plan.bytes + (plan.bytes % 8);
    const bytes = trailer + 8;
    this.#check(bytes);
    const slot = this.#pool.take(bytes) ?? this.#giveUp(bytes) ?? this.#replace(bytes);
    if (!slot) {
      if (this.policy !== "drop") throw new Error(`all slots are taken: yield* ring.ready() before the copy`);
      this.#dropped++;
      return null as TicketOf<Policy, ArrayBufferView>;
    }
    const number = this.#copies++;
    slot.trailer = trailer;
    plan.encode(encoder, slot.buffer!);
    this.#stamps ??= this.#makeStamps();
    encoder.copyBufferToBuffer(this.#stamps, (number % STAMPS) * 4, slot.buffer!, trailer, 4);
    const frame = this.#loop ? this.#frameNow : -1;
    const copy: SlotCopy = { slot, plan, number, turn: this.#turnNow, frame, reader: null, closed: "" };
    slot.copies.push(copy);
    return new ReadbackTicket(this.#owner, copy);
  }

  /** What a copy of so many bytes can't be made for, whoever waits. */
  #check(bytes: number): void {
    const { error } = this.#owner.life;
    if (error) throw error;
    if (this.#destroyed) throw new Error("this ReadbackRing was destroyed");
    // Two: one is on its way while the other is replaced.
    const needed = this.policy === "latest" ? bytes * 2 : bytes;
    if (needed > this.maxBytes)
      throw new RangeError(`maxBytes is ${this.maxBytes}, and ${needed} are needed`);
    this.#lastBytes = bytes;
  }

  /** Takes a slot from those who have not even begun to read it, a frame later. */
  #giveUp(bytes: number): StagingSlot | null {
    for (let slot = this.#abandoned(); slot; slot = this.#abandoned()) {
      this.#dropped += slot.copies.length;
      for (const copy of slot.copies) {
        this.#close(copy, "was given up: nobody had read it when a copy of a later frame needed its slot");
      }
      const taken = this.#pool.take(bytes);
      if (taken) return taken;
    }
    return null;
  }

  /** The slot with the oldest copy of an earlier frame that nobody reads. */
  #abandoned(): StagingSlot | undefined {
    const turn = this.#turnNow;
    return this.#pool.all
      .filter(({ copies }) => copies.length > 0 && copies.every((copy) => !copy.reader && copy.turn !== turn))
      .toSorted(byAge)[0];
  }

  /** The slot of the newest copy that is not on its way: a newer copy goes there too, and is for all its tickets. */
  #replace(bytes: number): StagingSlot | null {
    if (this.policy !== "latest") return null;
    const slot = this.#pool.all
      .filter(({ state, copies }) => state === "unmapped" && copies.length > 0)
      .toSorted(byAge)
      .at(-1);
    if (!slot || !this.#pool.fit(slot, bytes)) return null;
    this.#dropped++;
    return slot;
  }

  #open(copy: SlotCopy, loop: Loop): void {
    this.#loop = loop;
    if (copy.frame < 0) copy.frame = this.#frameNow;
    this.#advance(copy.slot);
  }

  /** Maps a slot for its readers, or serves them where it is mapped. */
  #advance(slot: StagingSlot): void {
    if (slot.state === "mapped") this.#serve(slot);
    if (slot.state !== "unmapped") return;
    if (this.policy === "latest") {
      // One slot stays where it is, to be replaced.
      const onTheirWay = this.#pool.all.filter(({ state }) => state !== "unmapped").length;
      const most = Math.min(this.slots, Math.floor(this.maxBytes / slot.capacity)) - 1;
      if (onTheirWay >= most) return;
    }
    slot.map((error) => {
      if (!error) return this.#serve(slot);
      // A loss that is the reason is told a little later.
      setTimeout(() => {
        for (const { reader } of slot.copies) reader?.settle(true, error);
      });
    });
  }

  #serve(slot: StagingSlot): void {
    const { plan, number } = slot.copies.at(-1)!;
    const ran = slot.stamp === (number % STAMPS) + 1;
    for (const copy of slot.copies) {
      const { reader } = copy;
      if (!reader) continue;
      try {
        if (!ran)
          throw new Error("the copy of this ticket never ran: submit its encoder before the ticket is read");
        if (reader.into === null) {
          reader.settle(false, undefined);
        } else {
          const value = extract(plan, slot.data!, reader.into);
          this.#keep(copy, value);
          reader.settle(false, value);
        }
      } catch (error) {
        reader.settle(true, error);
      }
    }
  }

  #lend({ slot }: SlotCopy): ArrayBufferView {
    const { plan } = slot.copies.at(-1)!;
    const size = resultBytes(plan);
    if (isLendable(plan)) return viewOf(plan.as, slot.data!, plan.skip, size);
    if (this.#scratch.byteLength < size) this.#scratch = new ArrayBuffer(size);
    return extract(plan, slot.data!, viewOf(plan.as, this.#scratch, 0, size));
  }

  #keep(copy: SlotCopy, value: unknown): void {
    const { frame } = this.#loop!;
    // What arrives between frames goes on in the next one.
    this.#latency = this.#frameNow - copy.frame + (frame && isCurrent(frame) ? 0 : 1);
    // Maps may end in another order than they began.
    if (!this.#latest || this.#latest.copy.number <= copy.number) this.#latest = { value, copy };
  }

  #close(copy: SlotCopy, why: string): void {
    if (copy.closed) return;
    copy.closed = why;
    const { slot } = copy;
    slot.copies = slot.copies.filter((other) => other !== copy);
    if (slot.copies.length > 0) return;
    this.#pool.give(slot);
    this.#wake();
  }

  /** A slot is free, or will never be. */
  #wake(): void {
    for (const slot of this.#pool.all) if (slot.copies.some(({ reader }) => reader)) this.#advance(slot);
    for (const resolve of this.#waiting) resolve();
  }

  #makeStamps(): GPUBuffer {
    const buffer = this.device.createBuffer({
      label: "ReadbackRing numbers",
      size: STAMPS * 4,
      usage: COPY_SRC,
      mappedAtCreation: true,
    });
    new Uint32Array(buffer.getMappedRange()).forEach((_, index, all) => (all[index] = index + 1));
    buffer.unmap();
    return buffer;
  }

  get #frameNow(): number {
    return this.#loop?.frame?.index ?? 0;
  }

  /** Counts the turns of the event loop in which something was copied: a frame is one. */
  get #turnNow(): number {
    if (!this.#turnEnds) {
      this.#turnEnds = true;
      queueMicrotask(() => {
        this.#turn++;
        this.#turnEnds = false;
      });
    }
    return this.#turn;
  }
}

function byAge(one: StagingSlot, other: StagingSlot): number {
  return one.copies[0]!.number - other.copies[0]!.number;
}
