import { describe, expect } from "vitest";
import {
  Channel,
  closed,
  GpuTimer,
  Loop,
  manualDriver,
  nextFrame,
  ReadbackRing,
  sleep,
  spawn,
  type Operation,
  type ReadbackTicket,
} from "awaitframe";
import { bufferOf, counting, macrotask, plainDevice, test } from "./fixture.ts";

const SOURCE = 4 | 8;

/** Copies a buffer whose first word counts the copies. */
function copies(device: GPUDevice, ring: ReadbackRing<"every"> | ReadbackRing<"latest">) {
  const source = device.createBuffer({ size: 16, usage: SOURCE });
  let count = 0;
  return (): ReadbackTicket<Uint32Array> => {
    device.queue.writeBuffer(source, 0, Uint32Array.of(++count));
    const encoder = device.createCommandEncoder();
    const ticket = ring.copyBuffer(encoder, source, { as: Uint32Array });
    device.queue.submit([encoder.finish()]);
    return ticket;
  };
}

/** Lets frames and the GPU go on until a task has ended. */
async function settled<T>(task: PromiseLike<T> & { state: string }, tick: () => void): Promise<T> {
  for (let i = 0; i < 2000 && (task.state === "waiting" || task.state === "ready"); i++) {
    await macrotask();
    tick();
  }
  return task;
}

describe("tickets that nobody reads", () => {
  test("hold up no ring that was never read", async ({ device, frames }) => {
    const ring = new ReadbackRing(device, { slots: 2 });
    const copy = copies(device, ring);
    const task = frames.loop.run(function* () {
      for (let i = 0; i < 5; i++) {
        copy();
        yield* nextFrame();
      }
      return yield* copy().read();
    });
    expect((await settled(task, frames.tick))[0]).toBe(6);
    expect(ring.dropped).toBe(4);
  });

  test("nor one where no frames come, as in a hidden page", async ({ device }) => {
    const driver = manualDriver();
    const loop = new Loop({ driver });
    const ring = new ReadbackRing(device, { slots: 2 });
    const copy = copies(device, ring);
    const task = loop.run(function* () {
      for (let i = 0; i < 5; i++) {
        copy();
        yield* sleep(1);
      }
      return yield* copy().read();
    });
    let time = 0;
    expect((await settled(task, () => driver.pump((time += 10))))[0]).toBe(6);
    loop.stop();
  });

  test("nor a timer whose times are asked for later", async ({ frames }) => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    const requiredFeatures: GPUFeatureName[] = adapter.features.has("timestamp-query")
      ? ["timestamp-query"]
      : [];
    const device = await adapter.requestDevice({ requiredFeatures });
    const timer = new GpuTimer(device);
    const measure = () => {
      const encoder = device.createCommandEncoder();
      encoder.beginComputePass(timer.pass("main")).end();
      timer.resolve(encoder);
      device.queue.submit([encoder.finish()]);
    };
    const task = frames.loop.run(function* () {
      for (let i = 0; i < 5; i++) {
        yield* nextFrame();
        measure();
      }
      measure();
      return yield* timer.read();
    });
    const times = await settled(task, frames.tick);
    expect(times.has("main")).toBe(timer.supported);
    device.destroy();
  });

  test("which a newer one was read instead of: another read goes on", async ({ device, frames }) => {
    const ring = new ReadbackRing(device, { slots: 2, policy: "latest" });
    const copy = copies(device, ring);
    frames.loop.run(() => copy().read());
    frames.tick();
    // Its map begins, and nothing arrives before the next frame.
    await Promise.resolve();
    const task = frames.loop.run(function* () {
      // Both are in one slot.
      const forgotten = copy();
      const newer = copy();
      yield* newer.read();
      yield* nextFrame();
      const [last] = yield* copy().read();
      return [last, yield* messageOf(forgotten.read())];
    });
    frames.tick();
    expect(await settled(task, frames.tick)).toEqual([
      4,
      "this ticket was given up: its data were read with an older ticket",
    ]);
    expect(ring.inFlight).toBe(0);
  });

  test("of a task that was cancelled before its first step: the slot is free at once", ({
    device,
    frames,
  }) => {
    const ring = new ReadbackRing(device, { slots: 1 });
    const copy = copies(device, ring);
    frames.loop.run(copy().read()).cancel();
    expect(ring.inFlight).toBe(0);
    frames.loop.run(copy().borrow(() => 0)).cancel();
    expect(ring.inFlight).toBe(0);
  });
});

describe("every: nothing is missing", () => {
  test("where tickets are read one after the other, some frames later", async ({ device, frames }) => {
    const ring = new ReadbackRing(device, { slots: 3 });
    const copy = copies(device, ring);
    const tickets = new Channel<ReadbackTicket<Uint32Array>>(3);
    const film = frames.loop.run(function* () {
      yield* spawn(function* camera(): Operation<void> {
        for (let i = 0; i < 10; i++) {
          yield* ring.ready();
          yield* nextFrame();
          yield* tickets.send(copy());
        }
        tickets.close();
      });
      const seen: number[] = [];
      for (;;) {
        const ticket = yield* tickets.receive();
        if (ticket === closed) return seen;
        seen.push((yield* ticket.read())[0]!);
        yield* sleep(50);
      }
    });
    expect(await settled(film, frames.tick)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(ring.dropped).toBe(0);
  });

  test("but a ticket that is forgotten for a second does not hold it up for ever", async ({
    device,
    frames,
  }) => {
    const ring = new ReadbackRing(device, { slots: 1 });
    const copy = copies(device, ring);
    const task = frames.loop.run(function* () {
      const forgotten = copy();
      yield* nextFrame();
      const since = performance.now();
      yield* ring.ready();
      return [performance.now() - since, yield* messageOf(forgotten.read())];
    });
    const [waited, message] = await settled(task, frames.tick);
    expect(waited).toBeGreaterThan(900);
    expect(message).toMatch(/given up/);
  });

  test("ready() asks for no frames, and goes on in a pause, as what comes from outside does", async ({
    device,
  }) => {
    let asked = 0;
    const driver = manualDriver();
    const requestFrame = driver.requestFrame.bind(driver);
    driver.requestFrame = () => {
      asked++;
      requestFrame();
    };
    const loop = new Loop({ driver });
    const ring = new ReadbackRing(device, { slots: 1 });
    const copy = copies(device, ring);
    let isReady = false;
    const reader = loop.run(copy().read());
    loop.run(function* () {
      yield* ring.ready();
      isReady = true;
    });
    driver.tick(0);
    asked = 0;
    loop.pause();
    for (let i = 0; i < 2000 && reader.state !== "done"; i++) {
      await macrotask();
      // Only what has arrived asks for a frame.
      if (driver.frameRequested) driver.tick(1);
    }
    expect(isReady).toBe(true);
    expect(asked).toBe(1);
    loop.stop();
  });
});

test("latest and its age count in the loop of each copy", async ({ device, frames }) => {
  const other = new Loop({ driver: manualDriver() });
  for (let i = 0; i < 20; i++) other.tick(i);
  const ring = new ReadbackRing(device);
  const copy = copies(device, ring);
  await settled(
    frames.loop.run(() => copy().read()),
    frames.tick,
  );
  const task = other.run(function* () {
    yield* nextFrame();
    const ticket = copy();
    for (let i = 0; i < 5; i++) yield* nextFrame();
    const [value] = yield* ticket.read();
    return [value, ring.latest!.frame - ticket.frame, ring.latest!.age >= 5, ring.latency];
  });
  let time = 20;
  const [value, off, late, latency] = await settled(task, () => other.tick(time++));
  expect([value, off, late]).toEqual([2, 0, true]);
  expect(latency).toBeGreaterThanOrEqual(5);
  other.stop();
});

test("latest: a copy that was refused keeps nobody waiting", async ({ device, frames }) => {
  const ring = new ReadbackRing(device, { slots: 2, policy: "latest", maxBytes: 200 });
  const source = bufferOf(device, counting(1024), SOURCE);
  const copy = (size: number) => {
    const encoder = device.createCommandEncoder();
    const ticket = ring.copyBuffer(encoder, source, { size });
    device.queue.submit([encoder.finish()]);
    return ticket;
  };
  const ticket = copy(16);
  expect(() => copy(1024)).toThrow(/beyond maxBytes/);
  expect(await settled(frames.loop.run(ticket.read()), frames.tick)).toHaveLength(16);
  await settled(frames.loop.run(ring.ready()), frames.tick);
});

test("latest: ready() waits for what a copy found no memory for", async ({ device, frames }) => {
  const ring = new ReadbackRing(device, { slots: 3, policy: "latest", maxBytes: 1000 });
  const source = bufferOf(device, counting(1024), SOURCE);
  const copy = (size: number) => {
    const encoder = device.createCommandEncoder();
    const ticket = ring.copyBuffer(encoder, source, { size });
    device.queue.submit([encoder.finish()]);
    return ticket;
  };
  let refused = 0;
  const task = frames.loop.run(function* () {
    for (const size of [400, 400, 100, 400, 16, 400]) {
      let ticket: ReadbackTicket | undefined;
      while (ticket === undefined) {
        yield* ring.ready();
        try {
          ticket = copy(size);
        } catch {
          refused++;
        }
      }
      yield* spawn(ticket.read());
      yield* nextFrame();
    }
    return ring.bytes;
  });
  expect(await settled(task, frames.tick)).toBeLessThanOrEqual(1000);
  expect(refused).toBeLessThan(7);
});

test("a ring that is destroyed when its data have arrived says so to those who are yet to go on", async ({
  device,
  frames,
}) => {
  const ring = new ReadbackRing(device);
  const copy = copies(device, ring);
  const task = frames.loop.run(() => messageOf(copy().read()));
  frames.tick();
  await device.queue.onSubmittedWorkDone();
  for (let i = 0; i < 50 && task.state === "waiting"; i++) await macrotask();
  ring.destroy();
  expect(await settled(task, frames.tick)).toBe("this ring was lost: destroy() was called");
});

test("what one device has made is not copied for another one's ring", async ({ device }) => {
  const other = await plainDevice();
  const ring = new ReadbackRing(device);
  // The kit has seen it.
  const others = new ReadbackRing(other);
  const foreign = other.createBuffer({ size: 16, usage: SOURCE });
  expect(() => ring.copyBuffer(device.createCommandEncoder(), foreign)).toThrow(/another device/);
  expect([ring.inFlight, others.inFlight]).toEqual([0, 0]);
  other.destroy();
});

function* messageOf(operation: Operation<unknown>): Operation<string> {
  try {
    yield* operation;
    return "no error";
  } catch (error) {
    return (error as Error).message;
  }
}
