// The page that is measured: it draws in every frame, with or without a readback on its way at all times.

import {
  CanvasSurface,
  Loop,
  nextFrame,
  ReadbackRing,
  requestAdapter,
  requestDevice,
  spawn,
  type Operation,
} from "awaitframe";

export interface Round {
  /** From frame to frame, in ms, by the timestamps of the frames. */
  intervals: number[];
  readbacks: number;
  /** Frames that ended with no readback on its way. */
  idleFrames: number;
  /** How many frames a readback took, on average. */
  latency: number;
}

declare global {
  /** Draws so many frames, with readbacks of so many bytes, or with none. */
  var framePace: ((frames: number, bytes: number) => Promise<Round>) | undefined;
}

const loop = new Loop();
const canvas = document.querySelector("canvas")!;

await loop.run(function* start() {
  const device = yield* requestDevice(yield* requestAdapter());
  const surface = new CanvasSurface(canvas, device);
  globalThis.framePace = (frames, bytes) => loop.run(round(device, surface, frames, bytes)).then();
});

function* round(device: GPUDevice, surface: CanvasSurface, frames: number, bytes: number): Operation<Round> {
  const ring = new ReadbackRing(device, { policy: "drop" });
  const source = device.createBuffer({
    size: Math.max(bytes, 4),
    usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  const intervals: number[] = [];
  const latencies: number[] = [];
  let idleFrames = 0;
  function* read(ticket: { borrow(use: (view: Uint8Array) => number): Operation<number> }): Operation<void> {
    yield* ticket.borrow((view) => view[0]!);
    latencies.push(ring.latency);
  }
  try {
    for (let last = Number.NaN, i = -10; i < frames; i++) {
      const frame = yield* nextFrame();
      // The first frames warm up.
      if (i >= 0) intervals.push(frame.timestamp - last);
      last = frame.timestamp;
      device.queue.writeBuffer(source, 0, Uint32Array.of(i));
      const encoder = device.createCommandEncoder();
      encoder.beginRenderPass(surface.renderPass(frame, { clearValue: [(i % 60) / 60, 0, 0, 1] })).end();
      const ticket = bytes > 0 ? ring.copyBuffer(encoder, source) : null;
      device.queue.submit([encoder.finish()]);
      if (ticket) yield* spawn(read(ticket));
      if (ring.inFlight === 0) idleFrames++;
    }
    const latency = latencies.reduce((sum, frames) => sum + frames, 0) / latencies.length;
    return { intervals, readbacks: latencies.length, idleFrames, latency };
  } finally {
    ring.destroy();
    source.destroy();
  }
}
