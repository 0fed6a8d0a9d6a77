import { checkedNumber } from "../core/check.ts";
import type { Loop } from "../core/loop.ts";
import type { Operation } from "../core/operation.ts";
import { runningTask } from "../core/running.ts";
import { expected } from "./constants.ts";
import {
  align,
  checkStaging,
  planBuffer,
  planTexture,
  type BufferRead,
  type CopyPlan,
  type TextureRead,
} from "./copy-plan.ts";
import { follow, lives, type DeviceLife } from "./device-loss.ts";
import { KeptList } from "./kept-list.ts";
import { ReadbackTicket } from "./readback-ticket.ts";
import { Room } from "./room.ts";
import { StagingPool } from "./staging-pool.ts";
import { StagingSlot } from "./staging-slot.ts";
import type { TexelArray } from "./typed-view.ts";

/** What a {@link ReadbackRing} does when all its slots are taken. */
export type ReadbackPolicy = "every" | "latest" | "drop";

/** Options of a {@link ReadbackRing}. */
export interface ReadbackRingOptions<Policy extends ReadbackPolicy = ReadbackPolicy> {
  /** How many snapshots there can be at a time, each in a staging buffer of its own. Default: 3. */
  slots?: number | undefined;
  /**
   * When all slots are taken: `every`, the default, makes a copy an error, and `ready()` waits for a slot; `latest`
   * lets the copy replace the newest one that is not on its way yet, whose ticket then gives the newer data (read
   * each ticket in the frame of its copy, and only one source with such a ring); `drop` gives null instead of a ticket.
   */
  policy?: Policy | undefined;
  /** The most staging memory, in bytes; a copy needs 8 bytes more than its data. Default: no limit but the slots. */
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

/**
 * What a mark is until its copy has run. It tells a copy that ran from one whose encoder was never submitted, or whose
 * submit was refused: nothing else would. Copies to the same place use two marks in turn, so that one whose ticket was
 * given up, and that is submitted late, is not taken for the next.
 */
const MARK = /* @__PURE__ */ new Uint32Array([1]);

/** For so long nobody must have read, in ms, before `ready` takes it that a ticket was forgotten. */
const PATIENCE = 1000;

const GONE = "was lost: destroy() was called";

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
  readonly policy: Policy;
  /** How many snapshots there can be at a time. */
  readonly slots: number;
  /** How many snapshots nobody will see: dropped, replaced by newer ones, or given up since nobody read them. */
  dropped = 0;
  /** How many frames passed between the last delivered snapshot and its delivery. */
  latency = 0;
  /** @internal */
  readonly life: DeviceLife;

  /** Memory for a moment. @internal */
  scratch = new ArrayBuffer(0);

  readonly #pool: StagingPool;
  readonly #room: Room;
  #maxBytes: number;
  /** That of the last reader. */
  #loop: Loop | null = null;
  /** The copies that may still be read, oldest first. */
  readonly #open = new KeptList<ReadbackTicket>();
  #copies = 0;
  #lastBytes = 0;
  #lastRead = 0;
  #latest: ReadbackTicket | null = null;
  #latestValue: unknown;
  #advancing = false;

  /** @throws TypeError or RangeError for an option that is wrong; `latest` needs two slots. */
  constructor(device: GPUDevice, options: ReadbackRingOptions<Policy> = {}) {
    const {
      slots = 3,
      policy = "every" as Policy,
      maxBytes = Number.POSITIVE_INFINITY,
      quietTime = 5000,
    } = options;
    if (!["every", "latest", "drop"].includes(policy))
      throw new RangeError(`no policy "${String(policy)}": there are every, latest, drop`);
    const least = policy === "latest" ? 2 : 1;
    if (!(Number.isInteger(slots) && slots >= least))
      throw new RangeError(`${policy} needs a whole number of slots, ${least} or more, got ${slots}`);
    this.device = device;
    this.policy = policy;
    this.slots = slots;
    this.life = follow(device);
    this.#maxBytes = checkedNumber(maxBytes, "maxBytes", true);
    const list = Array.from({ length: slots }, () => new StagingSlot(this.life));
    this.#pool = new StagingPool(device, list, maxBytes, checkedNumber(quietTime, "quietTime", true));
    this.#room = new Room(this.life);
  }

  /** How many slots are taken. */
  get inFlight(): number {
    return this.#pool.inUse;
  }

  /** The staging memory that there is, in bytes. */
  get bytes(): number {
    return this.#pool.bytes;
  }

  /** The newest snapshot that has been read, or null. An array that was read `into` stays its owner's. */
  get latest(): LatestReadback | null {
    const latest = this.#latest;
    return latest && { value: this.#latestValue, frame: latest.frame, age: ageOf(latest) };
  }

  /**
   * Waits until there is a slot for a copy of the last one's size. Should nobody read for a second, the oldest ticket
   * that was not read is given up for it.
   *
   * @throws {@link DeviceLostError}; Error if the ring was destroyed.
   */
  *ready(): Operation<void> {
    const since = performance.now();
    while (!this.#has(this.#lastBytes, since)) {
      const timer = setTimeout(() => this.#room.open(), PATIENCE);
      try {
        yield* this.#room;
      } finally {
        clearTimeout(timer);
      }
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
    return this.#copy(encoder, planBuffer(source, options), lives.get(source));
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
    this.#maxBytes = 0;
    for (const ticket of this.#open.list().toReversed()) {
      if (ticket.state) ticket.slot.fail(new Error(`this ring ${GONE}`));
      else this.close(ticket, GONE);
    }
    this.#pool.destroy();
    this.#room.open();
  }

  #copy(
    encoder: GPUCommandEncoder,
    plan: CopyPlan,
    life: DeviceLife | undefined = this.life,
  ): TicketOf<Policy, ArrayBufferView> {
    expected("GPUCommandEncoder", encoder, "copyBufferToBuffer");
    if (life !== this.life) throw new TypeError("this buffer is of another device than the ring");
    const trailer = align(plan.bytes, 8);
    const bytes = trailer + 8;
    checkStaging(this.device, bytes);
    const has = this.#has(bytes);
    this.#lastBytes = bytes;
    const slot = has ? (this.#pool.take(bytes) ?? this.#replaceable(bytes)) : null;
    if (!slot) {
      if (this.policy !== "drop") throw new Error("all slots are taken: yield* ring.ready() first");
      this.dropped++;
      return null as TicketOf<Policy, ArrayBufferView>;
    }
    if (slot.copies) {
      this.#pool.fit(slot, bytes);
      this.dropped++;
    }
    const mark = trailer + 4 * (slot.parity ^= 1);
    try {
      plan.encode(encoder, slot.buffer!);
      encoder.clearBuffer(slot.buffer!, mark, 4);
      this.device.queue.writeBuffer(slot.buffer!, mark, MARK);
    } catch (error) {
      if (!slot.copies) this.#pool.give(slot);
      throw error;
    }
    const ring = this as unknown as ReadbackRing<never>;
    const loop = runningTask()?.loop ?? this.#loop;
    const ticket = new ReadbackTicket(ring, slot, plan, mark, this.#copies++, loop);
    slot.newest = ticket;
    slot.end = bytes;
    slot.copies++;
    this.#open.push(ticket);
    return ticket;
  }

  /** A value was made of a copy. @internal */
  keep(ticket: ReadbackTicket, value: unknown): void {
    this.latency = ageOf(ticket);
    // Maps may end in another order than they began.
    if (this.#latest && this.#latest.number > ticket.number) return;
    this.#latest = ticket;
    this.#latestValue = value;
  }

  /** A copy is done with its slot. @internal */
  close(ticket: ReadbackTicket, why: string): void {
    if (!this.#open.remove(ticket)) return;
    ticket.state = why;
    const { slot } = ticket;
    if (--slot.copies === 0) {
      this.#pool.give(slot);
      this.#room.open();
    } else if (slot.data && slot.readers.size === 0) {
      this.#closeUnread(slot);
    }
    this.#hasRead();
    this.#advanceLater();
  }

  /** With `latest`: who has not begun to read what has come would hold it for good. */
  #closeUnread(slot: StagingSlot): void {
    const unread = this.#open.find((other) => other.slot === slot && !other.state);
    if (unread) this.close(unread, "was given up: its data were read with an older ticket");
  }

  /** It matters only where nothing may be lost. */
  #hasRead(): void {
    if (this.policy === "every") this.#lastRead = performance.now();
  }

  /**
   * Whether a copy of so many bytes can be made, be it that older ones which nobody reads are given up for it.
   *
   * @param since - From when on it is waited for that: so long, nobody is hurried.
   */
  #has(bytes: number, since?: number): boolean {
    if (this.life.error) throw this.life.error;
    const isLatest = this.policy === "latest";
    // Two: one is on its way while the other is replaced.
    const needed = isLatest ? bytes * 2 : bytes;
    const most = this.#maxBytes;
    if (needed > most) {
      const what = `${bytes} bytes${isLatest ? ", twice," : ""}`;
      throw new RangeError(most ? `${what} are beyond maxBytes, ${most}` : `this ring ${GONE}`);
    }
    const canWait = since !== undefined && performance.now() < Math.max(since, this.#lastRead) + PATIENCE;
    while (!this.#pool.has(bytes)) {
      if (isLatest && this.#replaceable(bytes)) return true;
      const abandoned = canWait ? null : this.#open.find(isAbandoned);
      if (!abandoned) return false;
      this.dropped++;
      this.close(abandoned, "was given up: a later frame needed its slot");
    }
    return true;
  }

  /** The slot of the newest copy that is not on its way: a newer copy goes there too, and is for all its tickets. */
  #replaceable(bytes: number): StagingSlot | null {
    const open = this.#open;
    for (let i = open.length - 1; i >= 0; i--) {
      const { slot } = open.at(i);
      if (!slot.begun) return this.#pool.canFit(slot, bytes) ? slot : null;
    }
    return null;
  }

  /** A reader waits in this loop. @internal */
  advance(loop: Loop): void {
    this.#loop = loop;
    this.#hasRead();
    for (let i = 0; i < this.#open.length; i++) {
      const ticket = this.#open.at(i);
      if (ticket.loop) continue;
      ticket.loop = loop;
      ticket.madeIn = loop.frame?.index ?? -1;
      ticket.turn = loop.turns;
    }
    this.#advanceLater();
  }

  /** Maps the slots that somebody waits for, once the code that runs now has returned: it may still have to submit. */
  #advanceLater(): void {
    if (!this.#advancing) queueMicrotask(this.#advance);
    this.#advancing = true;
  }

  readonly #advance = (): void => {
    this.#advancing = false;
    const open = this.#open;
    for (let i = 0; i < open.length; i++) {
      const { slot } = open.at(i);
      if (slot.begun || slot.readers.size === 0) continue;
      // With `latest` there is always one that can be replaced.
      const spare =
        this.policy !== "latest" ||
        this.#pool.has(this.#lastBytes) ||
        open.find((other) => other.slot !== slot && !other.slot.begun);
      if (spare) slot.map();
    }
  };
}

/** How many frames ago a copy was made. */
function ageOf({ loop, frame }: ReadbackTicket): number {
  return (loop?.frame?.index ?? -1) - frame;
}

/** Who reads a ticket begins to do so in the turn of the loop in which it was made. */
function isAbandoned({ state, loop, turn }: ReadbackTicket): boolean {
  return !state && loop !== null && loop.turns !== turn;
}
