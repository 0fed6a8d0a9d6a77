import { describe, expect } from "vitest";
import {
  DeviceLostError,
  errorScope,
  mapAsync,
  nextFrame,
  once,
  readBuffer,
  requestAdapter,
  requestDevice,
} from "awaitframe";
import { bufferOf, counting, test } from "./fixture.ts";
import { expectDifference } from "./support/differences.ts";

// Each of these shows a row of docs/engines.md: first what the engine does, then what the kit makes of it.

const SOURCE = 4 | 8;
/** Firefox looks every 100 ms for what there is to tell. */
const TOLD = 300;

const staging = (device: GPUDevice) => device.createBuffer({ label: "staging", size: 16, usage: 1 | 8 });
const bad = (device: GPUDevice) => void device.createBuffer({ size: 4, usage: 0 });
const nameOf = (error: unknown) => (error as Error).name;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("one adapter gives one device, or two: what the engine says reaches the coroutine", async ({ run }) => {
  const adapter = await run(requestAdapter());
  const first = await run(requestDevice(adapter));
  const second = await run(requestDevice(adapter)).catch((error: unknown) => error as Error);
  expectDifference("a second device of one adapter", second instanceof Error ? second.name : "a device");
  if (second instanceof Error) expect(second.message).toMatch(/^requestDevice: /);
  else second.destroy();
  first.destroy();
});

describe("a lost device", () => {
  test("fails every map with DeviceLostError", async ({ device, run }) => {
    const theirs = staging(device);
    await run(readBuffer(device, bufferOf(device, counting(4), SOURCE)));
    const ours = staging(device);
    device.destroy();
    const name = await theirs.mapAsync(GPUMapMode.READ).then(String, nameOf);
    expectDifference("`mapAsync` after the loss of the device", name);
    await expect(run(mapAsync(ours, GPUMapMode.READ))).rejects.toBeInstanceOf(DeviceLostError);
  });

  test("is asked for nothing, and so has nothing to report", async ({ device, run, uncaptured }) => {
    const source = bufferOf(device, counting(4), SOURCE);
    await run(readBuffer(device, source));
    device.destroy();
    await device.lost;
    await expect(run(readBuffer(device, source))).rejects.toBeInstanceOf(DeviceLostError);
    await sleep(TOLD);
    expect(uncaptured).toEqual([]);
    await staging(device).mapAsync(GPUMapMode.READ).catch(nameOf);
    await sleep(TOLD);
    const told = uncaptured.splice(0).length > 0;
    expectDifference("use of a buffer that a lost device made", told ? "uncaptured error" : "no error");
  });
});

describe("mapAsync", () => {
  test("while it is pending: an error of the coroutine alone", async ({ device, frames, uncaptured }) => {
    const buffer = staging(device);
    const task = frames.loop.run(mapAsync(buffer, GPUMapMode.READ));
    const second = frames.loop.run(mapAsync(buffer, GPUMapMode.READ)).catch((error: unknown) => error);
    frames.tick();
    expect(await second).toMatchObject({ message: expect.stringMatching(/pending already/) });
    await sleep(TOLD);
    expect(uncaptured).toEqual([]);
    task.cancel();

    const pending = buffer.mapAsync(GPUMapMode.READ);
    await expect(buffer.mapAsync(GPUMapMode.READ)).rejects.toThrow(DOMException);
    await pending;
    await sleep(TOLD);
    const told = uncaptured.splice(0).length > 0;
    expectDifference("`mapAsync` while it is pending", told ? "rejected, uncaptured error" : "rejected");
  });

  test("and onSubmittedWorkDone: in the order that is guaranteed", async ({ device }) => {
    const buffers = [staging(device), staging(device)];
    for (let round = 0; round < 20; round++) {
      const order: string[] = [];
      const note = (what: string) => () => void order.push(what);
      device.queue.submit([]);
      await Promise.all([
        device.queue.onSubmittedWorkDone().then(note("d1")),
        ...buffers.map((buffer) => buffer.mapAsync(GPUMapMode.READ).then(note("m"))),
        device.queue.onSubmittedWorkDone().then(note("d2")),
      ]);
      for (const buffer of buffers) buffer.unmap();
      expect(order.at(-1)).toBe("d2");
      const told = order.join(" ").replaceAll(/\d/g, "");
      expectDifference("`onSubmittedWorkDone` d, two `mapAsync` m, d again", told);
    }
  });

  test("lends memory that stays the GPU's; a read gives memory of your own", async ({ device, run }) => {
    const buffer = staging(device);
    await buffer.mapAsync(GPUMapMode.READ);
    const range = buffer.getMappedRange(0, 16);
    let outcome = "transferred";
    try {
      structuredClone(range, { transfer: [range] });
    } catch (error) {
      outcome = nameOf(error);
    }
    expectDifference("transfer of mapped memory", outcome);
    buffer.unmap();

    const bytes = await run(readBuffer(device, bufferOf(device, counting(16), SOURCE)));
    const moved = structuredClone(bytes, { transfer: [bytes.buffer] });
    expect([...moved]).toEqual([...counting(16)]);
    expect(bytes).toHaveLength(0);
  });
});

describe("uncaptured errors", () => {
  test("a wait for them takes its listener away, by cancel and by signal", async ({
    device,
    frames,
    uncaptured,
  }) => {
    let calls = 0;
    const plain = new AbortController();
    device.addEventListener("uncapturederror", () => calls++, { signal: plain.signal });
    plain.abort();

    let asked = 0;
    const filter = () => ++asked < 0;
    const aborted = new AbortController();
    const cancelled = frames.loop.run(once(device, "uncapturederror", { filter }));
    const stopped = frames.loop
      .run(once(device, "uncapturederror", { filter, signal: aborted.signal }))
      .catch(nameOf);
    frames.tick();
    cancelled.cancel();
    aborted.abort();
    frames.tick();
    expect(await stopped).toBe("AbortError");

    bad(device);
    await device.queue.onSubmittedWorkDone();
    await sleep(TOLD);
    expect(uncaptured.splice(0)).toHaveLength(1);
    expect(asked).toBe(0);
    const option = calls > 0 ? "ignored" : "removes the listener";
    expectDifference("the option `signal` of a device's `addEventListener`", option);
  });

  test("that repeat: errorScope gives each of them", async ({ device, run, uncaptured }) => {
    for (let i = 0; i < 3; i++) bad(device);
    await device.queue.onSubmittedWorkDone();
    await sleep(TOLD);
    const events = { 1: "one event", 3: "three events" }[uncaptured.splice(0).length] ?? "other";
    expectDifference("the same uncaptured error three times", events);
    for (let i = 0; i < 3; i++) {
      const error = await run(errorScope(device, "validation", () => bad(device)));
      expect(error).toBeInstanceOf(GPUValidationError);
    }
  });

  test("may wait for the queue to be used; errorScope does not", async ({ device, run, uncaptured }) => {
    bad(device);
    await sleep(TOLD);
    const told = uncaptured.splice(0).length > 0;
    expectDifference("an uncaptured error, and the queue not used", told ? "an event" : "no event");
    const error = await run(errorScope(device, "validation", () => bad(device)));
    expect(error).toBeInstanceOf(GPUValidationError);
    await sleep(TOLD);
    expect(uncaptured.splice(0)).toHaveLength(told ? 0 : 1);
  });
});

test("frames come from the page, or from timers", async ({ run }) => {
  const animated = typeof requestAnimationFrame === "function";
  expectDifference("where frames come from", animated ? "requestAnimationFrame" : "timers");
  const indexes = await run(function* () {
    const first = yield* nextFrame();
    const second = yield* nextFrame();
    return [first.index, second.index];
  });
  expect(indexes[1]).toBe(indexes[0]! + 1);
});
