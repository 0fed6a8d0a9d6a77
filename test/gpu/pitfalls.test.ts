import { afterEach, beforeEach, describe, expect } from "vitest";
import {
  Loop,
  manualDriver,
  mapAsync,
  nextFrame,
  onSubmittedWorkDone,
  readBuffer,
  ReadbackRing,
  sleep,
  spawn,
  type Frame,
} from "awaitframe";
import { bufferOf, counting, macrotask, test } from "./fixture.ts";

// What goes wrong in real code that waits for the GPU, and what becomes of it here. What needs a canvas or a page is in
// pitfalls.page.test.ts.

const SOURCE = 4 | 8;
const STAGING = 1 | 8;

/** A copy of a source into a ring, submitted. */
function take(ring: ReadbackRing, source: GPUBuffer) {
  const encoder = ring.device.createCommandEncoder();
  const ticket = ring.copyBuffer(encoder, source);
  ring.device.queue.submit([encoder.finish()]);
  return ticket;
}

const unhandled: unknown[] = [];
const note = (event: PromiseRejectionEvent) => unhandled.push(event.reason);
const noteInNode = (reason: unknown) => unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  if (typeof window === "object") addEventListener("unhandledrejection", note);
  else process.on("unhandledRejection", noteInNode);
});

afterEach(() => {
  if (typeof window === "object") removeEventListener("unhandledrejection", note);
  else process.off("unhandledRejection", noteInNode);
});

test("a frame that waits does not overlap with the next", async ({ device, run }) => {
  const buffer = device.createBuffer({ size: 4, usage: STAGING });
  let running = 0;
  await run(function* () {
    for (let i = 0; i < 4; i++) {
      yield* nextFrame();
      expect(++running).toBe(1);
      yield* sleep(50);
      yield* mapAsync(buffer, GPUMapMode.READ);
      buffer.unmap();
      running--;
    }
  });
});

test("a read that begins before the submit does not spoil it", async ({ device, run }) => {
  const ring = new ReadbackRing(device);
  const source = bufferOf(device, counting(16), SOURCE);
  const bytes = await run(function* () {
    yield* nextFrame();
    const encoder = device.createCommandEncoder();
    const reader = yield* spawn(ring.copyBuffer(encoder, source).read());
    yield* nextFrame("render");
    device.queue.submit([encoder.finish()]);
    return yield* reader;
  });
  expect(bytes).toEqual(counting(16));
});

test("a second map of a busy buffer is an error of its caller alone", async ({ device, run }) => {
  const buffer = device.createBuffer({ size: 4, usage: STAGING });
  await run(function* () {
    const first = yield* spawn(mapAsync(buffer, GPUMapMode.READ));
    const second = yield* spawn(function* () {
      try {
        yield* mapAsync(buffer, GPUMapMode.READ);
        return "mapped";
      } catch (error) {
        return (error as Error).name;
      }
    });
    yield* first;
    expect(yield* second).toBe("OperationError");
    expect(buffer.mapState).toBe("mapped");
  });
});

test("reading in every frame makes no new buffer, however late the results are", async ({
  device,
  frames,
}) => {
  const ring = new ReadbackRing(device, { policy: "drop" });
  const source = bufferOf(device, counting(1024), SOURCE);
  const create = device.createBuffer;
  let made = 0;
  device.createBuffer = (descriptor) => {
    made++;
    return create.call(device, descriptor);
  };
  frames.loop.run(function* () {
    for (;;) {
      yield* nextFrame();
      const encoder = device.createCommandEncoder();
      const ticket = ring.copyBuffer(encoder, source);
      device.queue.submit([encoder.finish()]);
      if (ticket) yield* spawn(ticket.read());
    }
  });
  // No result arrives between frames that are run at once.
  for (let i = 0; i < 50; i++) frames.tick();
  expect([made, ring.inFlight, ring.dropped]).toEqual([3, 3, 46]);
});

test("where no frames come, waits for the GPU go on", async ({ device }) => {
  const driver = manualDriver();
  const loop = new Loop({ driver });
  const source = bufferOf(device, counting(16), SOURCE);
  const ring = new ReadbackRing(device);
  const task = loop.run(function* () {
    const buffer = device.createBuffer({ size: 4, usage: STAGING });
    yield* mapAsync(buffer, GPUMapMode.READ);
    yield* onSubmittedWorkDone(device.queue);
    const bytes = yield* readBuffer(device, source);
    return [bytes, yield* take(ring, source).borrow((view) => Uint8Array.from(view))];
  });
  // A hidden page: the driver pumps, and never ticks.
  for (let time = 0; task.state !== "done"; time++) {
    driver.pump(time);
    await macrotask();
  }
  expect(await task).toEqual([counting(16), counting(16)]);
});

describe("under load", () => {
  test("what is dropped is counted, and the last value stays", async ({ device, frames }) => {
    const ring = new ReadbackRing(device, { slots: 2, policy: "drop" });
    const source = bufferOf(device, counting(4), SOURCE);
    let copies = 0;
    let reads = 0;
    frames.loop.run(function* () {
      for (;;) {
        yield* nextFrame();
        copies++;
        const encoder = device.createCommandEncoder();
        const ticket = ring.copyBuffer(encoder, source);
        device.queue.submit([encoder.finish()]);
        if (!ticket) continue;
        yield* spawn(function* () {
          yield* ticket.read();
          reads++;
        });
      }
    });
    const missing: number[] = [];
    for (let i = 0; i < 200 || reads < 3; i++) {
      frames.tick();
      if (reads > 0 && ring.latest === null) missing.push(i);
      if (i % 4 === 3) await macrotask();
    }
    expect(missing).toEqual([]);
    expect(ring.latest?.value).toEqual(counting(4));
    expect(reads + ring.dropped + ring.inFlight).toBe(copies);
    expect(ring.dropped).toBeGreaterThan(0);
  });

  test("frames go on while a sibling waits for the GPU", async ({ device, run }) => {
    const buffer = device.createBuffer({ size: 4, usage: STAGING });
    const drawn = await run(function* () {
      let waits = 0;
      yield* spawn(function* () {
        for (;;) {
          yield* mapAsync(buffer, GPUMapMode.READ);
          buffer.unmap();
          waits++;
        }
      });
      const seen: Frame[] = [];
      while (waits < 10) seen.push(yield* nextFrame());
      return seen.map(({ index }) => index);
    });
    // Every one of them, and at least one for each wait.
    expect(drawn.length).toBeGreaterThanOrEqual(10);
    expect(drawn).toEqual(drawn.map((_, i) => drawn[0]! + i));
  });
});

test("cancelled waits leave no unhandled rejection", async ({ device, frames }) => {
  const source = bufferOf(device, counting(16), SOURCE);
  const ring = new ReadbackRing(device, { slots: 100 });
  for (let i = 0; i < 20; i++) {
    const buffer = device.createBuffer({ size: 4, usage: STAGING });
    const tasks = [
      mapAsync(buffer, GPUMapMode.READ),
      readBuffer(device, source),
      take(ring, source).read(),
      take(ring, source).borrow(() => 0),
    ].map((wait) => frames.loop.run<unknown>(wait));
    frames.tick();
    if (i % 2) await macrotask();
    for (const task of tasks) task.cancel();
    if (i % 3 === 0) buffer.destroy();
  }
  await device.queue.onSubmittedWorkDone();
  await macrotask();
  expect(unhandled).toEqual([]);
  expect(ring.inFlight).toBe(0);
});

describe("a buffer that goes before the submit that needs it", () => {
  test("readBuffer has submitted when it returns", async ({ device, run }) => {
    const source = bufferOf(device, counting(16), SOURCE);
    const read = readBuffer(device, source);
    source.destroy();
    expect(await run(read)).toEqual(counting(16));
  });

  test("a ring that grows keeps the old memory until the frame has submitted", async ({ device, run }) => {
    const ring = new ReadbackRing(device, { slots: 1 });
    const source = bufferOf(device, counting(4096), SOURCE);
    const bytes = await run(function* () {
      yield* nextFrame();
      const encoder = device.createCommandEncoder();
      ring.copyBuffer(encoder, source, { size: 16 }).cancel();
      const ticket = ring.copyBuffer(encoder, source, { size: 4096 });
      device.queue.submit([encoder.finish()]);
      return yield* ticket.read();
    });
    expect(bytes).toHaveLength(4096);
  });
});

test("after a long gap, delta is short and rawDelta tells the truth", () => {
  const driver = manualDriver();
  const loop = new Loop({ driver });
  const deltas: number[][] = [];
  loop.run(function* () {
    for (;;) {
      const { delta, rawDelta } = yield* nextFrame();
      deltas.push([delta, rawDelta]);
    }
  });
  for (const time of [0, 16, 60_016, 60_032]) driver.tick(time);
  expect(deltas).toEqual([
    [16, 16],
    [100, 60_000],
    [16, 16],
  ]);
});

test("one throw is reported once, and ends neither the loop nor the readbacks", async ({ device }) => {
  const driver = manualDriver();
  const reported: unknown[] = [];
  const loop = new Loop({ driver, onError: (error) => reported.push(error) });
  const ring = new ReadbackRing(device);
  const source = bufferOf(device, counting(4), SOURCE);
  loop.run(function* () {
    yield* take(ring, source).borrow(() => {
      throw new Error("mine");
    });
  });
  let frames = 0;
  const reader = loop.run(function* () {
    for (; frames < 200; frames++) yield* nextFrame();
    return yield* take(ring, source).read();
  });
  for (let time = 0; reader.state !== "done"; time += 16) {
    driver.tick(time);
    if (time % 64 === 0) await macrotask();
  }
  expect(reported.map((error) => (error as Error).message)).toEqual(["mine"]);
  expect([frames, ring.inFlight]).toEqual([200, 0]);
});

test("tickets that nobody reads take no slot for good", async ({ device, run }) => {
  const ring = new ReadbackRing(device, { slots: 2 });
  const source = bufferOf(device, counting(4), SOURCE);
  await run(function* () {
    yield* take(ring, source).read();
    for (let i = 0; i < 50; i++) {
      yield* nextFrame();
      take(ring, source);
    }
    yield* nextFrame();
    expect(yield* take(ring, source).read()).toHaveLength(4);
  });
  expect(ring.inFlight).toBeLessThanOrEqual(1);
  expect(ring.dropped).toBeGreaterThanOrEqual(49);
});
