import { expect } from "vitest";
import { DeviceLostError, ReadbackRing } from "awaitframe";
import { bufferOf, counting, macrotask, test } from "./fixture.ts";

test("a readback whose device is destroyed between its arrival and the frame fails with a DeviceLostError", async ({
  device,
  frames,
}) => {
  const source = bufferOf(device, counting(16), 4);
  const ring = new ReadbackRing(device, { slots: 1 });
  const encoder = device.createCommandEncoder();
  const ticket = ring.copyBuffer(encoder, source);
  device.queue.submit([encoder.finish()]);
  const task = frames.loop.run(ticket.read());
  const outcome = task.then(
    () => "read",
    (error: unknown) => error,
  );
  frames.tick();
  // Until the map has arrived, and nobody has heard of it.
  await device.queue.onSubmittedWorkDone();
  for (let i = 0; i < 20; i++) await macrotask();
  device.destroy();
  frames.tick();
  expect(await outcome).toBeInstanceOf(DeviceLostError);
});
