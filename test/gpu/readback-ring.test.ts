import { describe, expect } from "vitest";
import {
  all,
  DeviceLostError,
  nextFrame,
  ReadbackRing,
  race,
  sleep,
  spawn,
  type Operation,
  type ReadbackPolicy,
  type ReadbackRingOptions,
  type Task,
} from "awaitframe";
import { bufferOf, counting, macrotask, test } from "./fixture.ts";

const SOURCE = 4 | 8;

/** A source whose contents change with each copy, so that a result tells which snapshot it is. */
function snapshots<P extends ReadbackPolicy = "every">(
  device: GPUDevice,
  options: ReadbackRingOptions<P> = {},
  size = 16,
) {
  const ring = new ReadbackRing(device, options);
  const source = device.createBuffer({ size, usage: SOURCE });
  let count = 0;
  const copy = () => {
    device.queue.writeBuffer(source, 0, Uint32Array.of(++count));
    const encoder = device.createCommandEncoder();
    const ticket = ring.copyBuffer(encoder, source, { as: Uint32Array });
    const submit = () => device.queue.submit([encoder.finish()]);
    return { ticket, submit };
  };
  const take = () => {
    const { ticket, submit } = copy();
    submit();
    return ticket;
  };
  return { ring, source, copy, take };
}

/** How many buffers the device makes from here on. */
function countBuffers(device: GPUDevice): { made: number } {
  const create = device.createBuffer;
  const count = { made: 0 };
  device.createBuffer = (descriptor) => {
    count.made++;
    return create.call(device, descriptor);
  };
  return count;
}

describe("a ticket", () => {
  test("gives the snapshot of its place in the encoder, in an array of one's own", async ({
    device,
    run,
  }) => {
    const ring = new ReadbackRing(device);
    const [one, two] = [1, 2].map((value) => {
      const buffer = device.createBuffer({ size: 16, usage: SOURCE });
      device.queue.writeBuffer(buffer, 0, new Uint32Array(4).fill(value));
      return buffer;
    }) as [GPUBuffer, GPUBuffer];
    const values = await run(function* () {
      const encoder = device.createCommandEncoder();
      const before = ring.copyBuffer(encoder, one, { as: Uint32Array });
      encoder.copyBufferToBuffer(two, 0, one, 0, 16);
      const after = ring.copyBuffer(encoder, one, { offset: 4, size: 8, as: Uint32Array });
      device.queue.submit([encoder.finish()]);
      return yield* all([before.read(), after.read()]);
    });
    expect(values).toEqual([Uint32Array.of(1, 1, 1, 1), Uint32Array.of(2, 2)]);
    expect(ring.inFlight).toBe(0);
  });

  test("of a texture: tight rows, in the order of channels that is asked for", async ({ device, run }) => {
    const ring = new ReadbackRing(device);
    const texture = device.createTexture({ format: "bgra8unorm", size: [3, 2], usage: 1 | 2 });
    device.queue.writeTexture({ texture }, counting(24), { bytesPerRow: 12 }, [3, 2]);
    const swapped = counting(24).map((value) => value + [2, 0, -2, 0][value % 4]!);
    const read = (swizzle: boolean) =>
      run(function* () {
        const encoder = device.createCommandEncoder();
        const read = ring.copyTexture(encoder, texture, { swizzle });
        const borrowed = ring.copyTexture(encoder, texture, { swizzle });
        device.queue.submit([encoder.finish()]);
        return [yield* read.read(), yield* borrowed.borrow((view) => Uint8Array.from(view))];
      });
    expect(await read(false)).toEqual([counting(24), counting(24)]);
    expect(await read(true)).toEqual([swapped, swapped]);
  });

  test("reads into an array that is given", async ({ device, run }) => {
    const { take, ring } = snapshots(device);
    const into = new Uint8Array(20).subarray(3);
    await run(function* () {
      expect(yield* take().read(into)).toBe(into);
    });
    expect([...into.subarray(0, 5)]).toEqual([1, 0, 0, 0, 0]);
    await expect(run(() => take().read(new Uint8Array(15)))).rejects.toThrow(
      "16 bytes don't fit into an array of 15",
    );
    expect(ring.inFlight).toBe(0);
  });

  test("lends the mapped memory itself, inside the frame, and takes it back", async ({
    device,
    loop,
    run,
  }) => {
    const { take, ring } = snapshots(device);
    let kept: Uint32Array | undefined;
    const result = await run(function* () {
      yield* nextFrame();
      return yield* take().borrow((view) => {
        kept = view;
        expect(view.buffer.byteLength).toBeGreaterThan(16);
        return `${view.length} ${view[0]} ${loop.frame?.index}`;
      });
    });
    expect(result).toMatch(/^4 1 [1-9]\d*$/);
    expect(kept?.length).toBe(0);
    expect(ring.inFlight).toBe(0);
  });

  test("is refused a borrower that waits", async ({ device, run }) => {
    const { take, ring } = snapshots(device);
    expect(() => take().borrow(async () => {})).toThrow(/callback of borrow can't wait/);
    expect(() => take().borrow(function* () {})).toThrow(/callback of borrow can't wait/);
    await expect(run(take().borrow(() => Promise.resolve()))).rejects.toThrow(
      /callback of borrow can't wait/,
    );
    expect(ring.inFlight).toBe(2);
  });

  test("keeps no slot when the borrower throws", async ({ device, run }) => {
    const { take, ring } = snapshots(device, { slots: 1 });
    const borrower = () => {
      throw new Error("mine");
    };
    await expect(run(() => take().borrow(borrower))).rejects.toThrow("mine");
    expect((await run(() => take().read()))[0]).toBe(2);
    expect(ring.inFlight).toBe(0);
  });

  test.for([
    ["alone", (read: Operation<unknown>) => read],
    ["in a race", (read: Operation<unknown>) => race([read, sleep(60_000)])],
  ] as const)("may have a borrower that cancels its own task, %s", async ([, wrap], { device, loop }) => {
    const { take, ring } = snapshots(device, { slots: 1 });
    const notes: string[] = [];
    const task: Task<void> = loop.run(function* (): Operation<void> {
      try {
        yield* wrap(take().borrow(() => task.cancel()));
        notes.push("goes on");
        yield* nextFrame();
        notes.push("goes too far");
      } finally {
        notes.push("finally");
      }
    });
    await expect(task).rejects.toThrow(/cancelled/);
    expect(notes.filter((note) => note !== "goes on")).toEqual(["finally"]);
    expect(ring.inFlight).toBe(0);
  });

  test("can be read before the submit of the same frame", async ({ device, run }) => {
    const { copy } = snapshots(device);
    const value = await run(function* () {
      const { ticket, submit } = copy();
      const reader = yield* spawn(ticket.read());
      yield* nextFrame("render");
      submit();
      return yield* reader;
    });
    expect(value[0]).toBe(1);
  });

  test("is read once", async ({ device, run }) => {
    const { take, ring } = snapshots(device);
    await run(function* () {
      const ticket = take();
      const reader = yield* spawn(ticket.read());
      yield* nextFrame("after");
      expect(yield* messageOf(ticket.read())).toBe("this ticket was read already");
      yield* reader;
      expect(yield* messageOf(ticket.read())).toBe("this ticket was read already");
      ticket.cancel();
    });
    expect(ring.inFlight).toBe(0);
  });

  test("never submitted: an error, and its slot is free", async ({ device, run }) => {
    const { copy, take, ring } = snapshots(device, { slots: 1 });
    const message = /^readback: this copy never ran: submit its encoder .* which error the device reported$/;
    expect(await run(() => messageOf(copy().ticket.read()))).toMatch(message);
    expect(ring.inFlight).toBe(0);
    // The slot holds the marks of a copy that did not run: the next one is told apart.
    expect((await run(() => take().read()))[0]).toBe(2);
    expect(await run(() => messageOf(copy().ticket.borrow(() => 0)))).toMatch(/never ran/);
  });

  test("never submitted is told from another that had its slot, and is submitted late", async ({
    device,
    run,
  }) => {
    const { copy } = snapshots(device, { slots: 1 });
    const message = await run(function* () {
      const cancelled = copy();
      cancelled.ticket.cancel();
      const forgotten = copy();
      cancelled.submit();
      return yield* messageOf(forgotten.ticket.read());
    });
    expect(message).toMatch(/never ran/);
  });

  test("gives its own copy if a newer one, which was to replace it, is never submitted", async ({
    device,
    run,
  }) => {
    const { copy, take } = snapshots(device, { slots: 2, policy: "latest" });
    const values = await run(function* () {
      const first = yield* spawn(take().read());
      yield* nextFrame();
      const second = take();
      copy();
      return [(yield* first)[0], (yield* second.read())[0]];
    });
    expect(values).toEqual([1, 2]);
  });

  test("whose encoder is submitted twice: the device says so, and it is read all the same", async ({
    device,
    run,
    uncaptured,
  }) => {
    const { ring, source } = snapshots(device, { slots: 1 });
    const encoder = device.createCommandEncoder();
    const ticket = ring.copyBuffer(encoder, source);
    const commands = encoder.finish();
    device.queue.submit([commands]);
    device.queue.submit([commands]);
    expect(await run(ticket.read())).toHaveLength(16);
    await device.queue.onSubmittedWorkDone();
    expect(uncaptured.splice(0)).toHaveLength(1);
    expect(ring.inFlight).toBe(0);
  });

  test("cancelled: the slot is free at once, in every state", async ({ device, frames, run }) => {
    const { copy, take, ring } = snapshots(device, { slots: 1 });
    copy().ticket.cancel();
    expect(ring.inFlight).toBe(0);
    for (const turns of [0, 1, 3]) {
      const task = frames.loop.run(take().read());
      frames.tick();
      // After none, it has not been mapped yet; after one, it is pending; after some, mapped and not delivered.
      for (let i = 0; i < turns; i++) await macrotask();
      task.cancel();
      expect(ring.inFlight).toBe(0);
    }
    const late = take();
    late.cancel();
    expect(await run(() => messageOf(late.read()))).toBe("this ticket was cancelled");
    expect((await run(() => take().read()))[0]).toBe(6);
  });

  test("frees its slot when a race is lost", async ({ device, run }) => {
    const { take, ring } = snapshots(device);
    await run(function* () {
      yield* race([take().read(), nextFrame("render")]);
      expect(ring.inFlight).toBe(0);
      yield* race([take().borrow(() => 0), sleep(0)]);
      expect(ring.inFlight).toBe(0);
    });
  });

  test("fails with the device, be it read before or after", async ({ device, frames }) => {
    const { take, ring } = snapshots(device);
    const unread = take();
    const reads: Operation<unknown>[] = [take().read(), take().borrow(() => 0)];
    const tasks = reads.map((read) => frames.loop.run(read).catch((error: unknown) => error));
    frames.tick();
    device.destroy();
    tasks.push(frames.loop.run(unread.read()).catch((error: unknown) => error));
    tasks.push(frames.loop.run(ring.ready()).then(String, (error: unknown) => error) as never);
    frames.tick();
    for (const task of tasks) expect(await task).toBeInstanceOf(DeviceLostError);
    expect(() => take()).toThrow(DeviceLostError);
  });
});

describe("the policy", () => {
  test("every: a copy without a slot is an error, ready() waits for one", async ({ device, run }) => {
    const { take, ring } = snapshots(device, { slots: 2 });
    const values = await run(function* () {
      const readers = [];
      yield* nextFrame();
      readers.push(yield* spawn(take().read()), yield* spawn(take().read()));
      yield* nextFrame("render");
      expect(() => take()).toThrow("all slots are taken: yield* ring.ready() first");
      for (let i = 0; i < 6; i++) {
        yield* ring.ready();
        readers.push(yield* spawn(take().read()));
        expect(ring.inFlight).toBeLessThanOrEqual(2);
      }
      return yield* all(readers);
    });
    // The third copy was refused, after its number was written.
    expect(values.map(([value]) => value)).toEqual([1, 2, 4, 5, 6, 7, 8, 9]);
    expect(ring.dropped).toBe(0);
  });

  test("drop: null instead of a ticket, and counted", async ({ device, frames }) => {
    const { take, ring } = snapshots(device, { slots: 2, policy: "drop" });
    frames.loop.run(function* () {
      for (let i = 0; i < 5; i++) {
        const ticket = take();
        expect(ticket === null).toBe(i >= 2);
        if (ticket) yield* spawn(ticket.read());
        yield* nextFrame();
      }
    });
    for (let i = 0; i < 5; i++) frames.tick();
    expect([ring.inFlight, ring.dropped]).toEqual([2, 3]);
  });

  test("latest: new copies replace the newest that waits, the last one always arrives", async ({
    device,
    frames,
  }) => {
    const { take, ring } = snapshots(device, { slots: 2, policy: "latest" });
    const tasks = [];
    for (let i = 0; i < 6; i++) {
      tasks.push(frames.loop.run(take().read()).then(([value]) => value));
      frames.tick();
      // Its map begins; nothing arrives before the next tick.
      await Promise.resolve();
    }
    expect(ring.inFlight).toBe(2);
    while (ring.inFlight > 0) {
      await macrotask();
      frames.tick();
    }
    // The first was on its way; all others were for the data of the last.
    expect(await Promise.all(tasks)).toEqual([1, 6, 6, 6, 6, 6]);
    expect(ring.dropped).toBe(4);
    expect(ring.latest?.value).toEqual(Uint32Array.of(6, 0, 0, 0));
  });

  test("latest: a copy of another size takes the older tickets along", async ({ device, frames }) => {
    const ring = new ReadbackRing(device, { slots: 2, policy: "latest" });
    const source = bufferOf(device, counting(4096), SOURCE);
    const sizes = [16, 8, 4000, 100];
    const reads = sizes.map((size, index) => {
      const encoder = device.createCommandEncoder();
      const ticket = ring.copyBuffer(encoder, source, { size });
      device.queue.submit([encoder.finish()]);
      const task = frames.loop.run(ticket.read());
      frames.tick();
      // The newest one goes: the data that the others get are still its.
      if (index === 3) task.cancel();
      return task.then(
        ({ length }) => length,
        () => "cancelled",
      );
    });
    while (ring.inFlight > 0) {
      await macrotask();
      frames.tick();
    }
    expect(await Promise.all(reads)).toEqual([16, 100, 100, "cancelled"]);
  });

  test("latest: what nobody reads is replaced too", async ({ device, frames, run }) => {
    const { take, ring } = snapshots(device, { slots: 2, policy: "latest" });
    await run(() => take().read());
    for (let i = 0; i < 10; i++) {
      take();
      await run(nextFrame());
    }
    expect((await run(() => take().read()))[0]).toBe(12);
    expect(ring.inFlight).toBeLessThanOrEqual(2);
    frames.tick();
  });

  test("latest needs two slots", ({ device }) => {
    expect(() => new ReadbackRing(device, { slots: 1, policy: "latest" })).toThrow(RangeError);
    expect(() => new ReadbackRing(device, { slots: 0 })).toThrow(RangeError);
    expect(() => new ReadbackRing(device, { slots: Number.NaN })).toThrow(RangeError);
  });
});

test("an abandoned ticket loses its slot to a later frame, and says so", async ({ device, run }) => {
  const { take, ring } = snapshots(device, { slots: 2 });
  const message = await run(function* () {
    yield* take().read();
    yield* nextFrame();
    const abandoned = take();
    const kept = take();
    // In the same frame nobody had a chance to read them yet.
    expect(() => take()).toThrow(/all slots are taken/);
    yield* nextFrame();
    yield* ring.ready();
    const [value] = yield* take().read();
    expect(value).toBe(5);
    expect(yield* kept.read()).toHaveLength(4);
    return yield* messageOf(abandoned.read());
  });
  expect(message).toBe("this ticket was given up: a later frame needed its slot");
  expect([ring.dropped, ring.inFlight]).toEqual([1, 0]);
});

describe("memory", () => {
  test("in a steady state no buffer is created", async ({ device, run }) => {
    const { take, ring } = snapshots(device, {}, 1 << 16);
    const count = countBuffers(device);
    await run(function* () {
      for (let i = 0; i < 60; i++) {
        yield* nextFrame();
        yield* ring.ready();
        yield* spawn(take().borrow((view) => view[0]));
        if (i === 10) count.made = 0;
      }
    });
    expect(count.made).toBe(0);
    expect(ring.bytes).toBeLessThanOrEqual(3 * ((1 << 16) + 8));
  });

  test("grows with what is asked for, up to maxBytes", async ({ device, run }) => {
    const ring = new ReadbackRing(device, { slots: 3, maxBytes: 4096, policy: "drop" });
    const source = device.createBuffer({ size: 8192, usage: SOURCE });
    const copy = (size: number) => {
      const encoder = device.createCommandEncoder();
      const ticket = ring.copyBuffer(encoder, source, { size });
      device.queue.submit([encoder.finish()]);
      return ticket;
    };
    expect(() => copy(8192)).toThrow(/8200 bytes are beyond maxBytes, 4096/);
    const sizes = await run(function* () {
      const tickets = [copy(1000), copy(2000), copy(2000)];
      expect(tickets[2]).toBeNull();
      expect(ring.bytes).toBe(1008 + 2008);
      const read = yield* all([tickets[0]!.read(), tickets[1]!.read()]);
      // All of the memory in one slot.
      const big = copy(4000)!;
      expect(ring.bytes).toBe(4008);
      return [...read, yield* big.read()].map(({ length }) => length);
    });
    expect(sizes).toEqual([1000, 2000, 4000]);
  });

  test("is given back after a quiet time", async ({ device, run }) => {
    const { take, ring } = snapshots(device, { quietTime: 40 }, 4096);
    await run(() => take().read());
    expect(ring.bytes).toBe(4104);
    await expect.poll(() => ring.bytes).toBe(0);
    expect((await run(() => take().read()))[0]).toBe(2);
  });

  test("is not given back while it is in use", async ({ device, run }) => {
    // Longer than a read takes in the slowest engine, on a busy machine.
    const { take, ring } = snapshots(device, { quietTime: 600 }, 4096);
    const count = countBuffers(device);
    await run(function* () {
      for (const end = performance.now() + 1500; performance.now() < end;) yield* take().read();
    });
    expect(count.made).toBe(3);
    expect(ring.bytes).toBe(3 * 4104);
  });
});

test("latest: the value, its frame and its age; latency counts frames", async ({ device, run }) => {
  const { take, ring } = snapshots(device);
  expect(ring.latest).toBeNull();
  await run(function* () {
    yield* nextFrame();
    const frame = yield* nextFrame();
    yield* take().borrow((view) => view[0]! * 10);
    expect(ring.latest?.value).toBe(10);
    const { age } = ring.latest!;
    expect(age).toBe(ring.latency);
    expect(ring.latency).toBeGreaterThanOrEqual(1);
    // The first ticket of a ring does not know better: the loop is learnt from its reader, in the same frame.
    expect(ring.latest?.frame).toBe(frame.index);
    // That was before the phases of this frame.
    yield* nextFrame();
    yield* nextFrame();
    expect(ring.latest?.age).toBe(age + 1);
    const ticket = take();
    expect(ticket.frame).toBe(frame.index + age + 1);
  });
});

describe("destroy", () => {
  test("ends the reads in progress, and everything later", async ({ device, frames, run }) => {
    const { take, ring } = snapshots(device, { slots: 4, policy: "latest" });
    const reads = [take(), take(), take(), take()].map((ticket) =>
      frames.loop.run(ticket.read()).catch(() => "failed"),
    );
    const unread = snapshots(device).take();
    frames.tick();
    ring.destroy();
    ring.destroy();
    for (let i = 0; i < 20; i++) {
      await macrotask();
      frames.tick();
    }
    expect(await Promise.all(reads)).toEqual(["failed", "failed", "failed", "failed"]);
    expect(() => take()).toThrow(/this ring was lost: destroy\(\) was called/);
    await expect(run(ring.ready())).rejects.toThrow(/this ring was lost: destroy\(\) was called/);
    expect([ring.inFlight, ring.bytes]).toEqual([0, 0]);
    expect(await run(unread.read())).toHaveLength(4);
  });

  test("an unread ticket says why", async ({ device, run }) => {
    const { take, ring } = snapshots(device);
    const ticket = take();
    ring.destroy();
    expect(await run(() => messageOf(ticket.read()))).toMatch(/this ticket was lost: destroy/);
  });
});

function* messageOf(operation: Operation<unknown>): Operation<string> {
  try {
    yield* operation;
    return "no error";
  } catch (error) {
    return (error as Error).message;
  }
}
