import { mapAsync, until, type Operation } from "awaitframe";
import { completions, testLoop } from "awaitframe/testing";
import { describe, expect, test } from "vitest";
import { fakeDevice } from "./fake-device.ts";

/** A task for each name that waits for its completion, and the order in which they came. */
function waiters(wrap: (name: string) => Promise<string>, names = ["a", "b", "c"]) {
  const order: string[] = [];
  const operations = names.map(function* (name): Operation<void> {
    order.push(yield* until(wrap(name)));
  });
  return { order, operations };
}

describe("by hand", () => {
  test("the second completes first", async () => {
    const { loop, advanceFrames } = testLoop();
    const gate = completions();
    const { order, operations } = waiters((name) => gate.wrap(Promise.resolve(name), name));
    for (const operation of operations) loop.run(operation);
    await advanceFrames(3);
    expect(order).toEqual([]);
    expect(gate.pending).toEqual(["a", "b", "c"]);
    await gate.release("b");
    await advanceFrames();
    expect(order).toEqual(["b"]);
    await gate.release(1);
    await advanceFrames();
    expect(order).toEqual(["b", "c"]);
    expect(gate.pending).toEqual(["a"]);
  });

  test("all at once, in a chosen order, the rest as asked for", async () => {
    const { loop, advanceFrames } = testLoop();
    const gate = completions();
    const { order, operations } = waiters((name) => gate.wrap(Promise.resolve(name), name));
    for (const operation of operations) loop.run(operation);
    await advanceFrames();
    await gate.releaseAll(["c"]);
    await advanceFrames();
    expect(order).toEqual(["c", "a", "b"]);
    expect(gate.pending).toEqual([]);
  });

  test("what is released waits until it has settled", async () => {
    const gate = completions();
    let settle = (_value: number) => {};
    const promise = gate.wrap(new Promise<number>((resolve) => (settle = resolve)), "slow");
    let passed = false;
    const released = gate.release("slow").then(() => (passed = true));
    await new Promise((resolve) => setTimeout(resolve));
    expect(passed).toBe(false);
    settle(5);
    await released;
    expect(await promise).toBe(5);
  });

  test("a rejection passes too, and is held back without an unhandled one", async () => {
    const gate = completions();
    const promise = gate.wrap(Promise.reject(new Error("no")), "bad");
    await new Promise((resolve) => setTimeout(resolve));
    void gate.release("bad");
    await expect(promise).rejects.toThrow("no");
  });

  test("the same label again gets a number", async () => {
    const gate = completions();
    for (let i = 0; i < 3; i++) void gate.wrap(Promise.resolve(), "ids");
    expect(gate.pending).toEqual(["ids", "ids 2", "ids 3"]);
  });

  test.each(["x", 2, -1])("there is no %s", async (which) => {
    const gate = completions();
    void gate.wrap(Promise.resolve(), "a");
    await expect(gate.release(which)).rejects.toThrow(`no completion ${which} is held back: there are a`);
    await gate.release(0);
    await expect(gate.release(0)).rejects.toThrow("there are none");
  });
});

describe("from a seed", () => {
  async function run(seed: number): Promise<{ order: string[]; trace: string[] }> {
    const gate = completions({ seed });
    const { loop, trace, runUntilIdle } = testLoop({ completions: gate, trace: true });
    const { order, operations } = waiters((name) => gate.wrap(Promise.resolve(name), name), [..."abcdefgh"]);
    operations.forEach((operation, index) => loop.run(operation, { name: `task ${index}` }));
    await runUntilIdle();
    return { order, trace };
  }

  test("all complete, in another order", async () => {
    const { order } = await run(1);
    expect(order.toSorted()).toEqual([..."abcdefgh"]);
    expect(order).not.toEqual([..."abcdefgh"]);
  });

  test("the same seed gives the same trace, byte for byte, another one another", async () => {
    const traces = await Promise.all([1, 1, 2, 3].map(async (seed) => (await run(seed)).trace.join("\n")));
    expect(traces[1]).toBe(traces[0]);
    expect(new Set(traces).size).toBe(3);
  });

  test("it takes some of them more than a frame", async () => {
    const { trace } = await run(1);
    const frames = new Set(trace.map((line) => line.split(" ")[0]));
    expect(frames.size).toBeGreaterThan(2);
  });

  test("releaseAll draws the order", async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const gate = completions({ seed });
      const order: string[] = [];
      for (const name of "abc") void gate.wrap(Promise.resolve(), name).then(() => order.push(name));
      await gate.releaseAll();
      orders.add(order.join(""));
    }
    expect(orders.size).toBe(6);
  });
});

describe("of a device", () => {
  test("the promises are held back, under the names of the methods and labels", async () => {
    const gate = completions();
    const device = gate.watch(fakeDevice());
    const buffer = device.createBuffer({ label: "ids", size: 16, usage: 9 });
    void buffer.mapAsync(1);
    void device.createBuffer({ size: 16, usage: 9 }).mapAsync(1);
    void device.queue.onSubmittedWorkDone();
    void device.createRenderPipelineAsync({ label: "sky" } as GPURenderPipelineDescriptor);
    void device.createComputePipelineAsync({} as GPUComputePipelineDescriptor);
    void device.createShaderModule({ label: "noise", code: "" }).getCompilationInfo();
    void device.popErrorScope();
    expect(gate.pending).toEqual([
      "mapAsync ids",
      "mapAsync",
      "onSubmittedWorkDone",
      "createRenderPipelineAsync sky",
      "createComputePipelineAsync",
      "getCompilationInfo noise",
      "popErrorScope fake",
    ]);
    await gate.releaseAll();
  });

  test("the second readback completes first", async () => {
    const { loop, advanceFrames } = testLoop();
    const gate = completions();
    const device = gate.watch(fakeDevice());
    const order: string[] = [];
    for (const label of ["first", "second"]) {
      const buffer = device.createBuffer({ label, size: 16, usage: 9 });
      loop.run(function* () {
        yield* mapAsync(buffer, 1);
        order.push(label);
      });
    }
    await advanceFrames();
    await gate.release("mapAsync second");
    await advanceFrames();
    await gate.releaseAll();
    await advanceFrames();
    expect(order).toEqual(["second", "first"]);
  });
});
