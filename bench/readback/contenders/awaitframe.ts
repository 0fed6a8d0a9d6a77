import { Loop, nextFrame, nudge, ReadbackRing, spawn, type Operation } from "awaitframe";
import { SLOTS, type Contender, type Run } from "../run.ts";
import { source } from "./device.ts";

/** The ring, read in one of its two ways. */
export function awaitframe(how: "borrow" | "read", nudged = false): (bytes: number) => Promise<Contender> {
  return async (bytes) => {
    const { device, buffer, workload } = await source(bytes);
    const loop = new Loop();
    const ring = new ReadbackRing(device, { slots: SLOTS, policy: "drop" });

    function* frames(run: Run): Operation<void> {
      while (run.begin((yield* nextFrame()).timestamp)) {
        while (run.wants(ring.inFlight)) {
          const encoder = device.createCommandEncoder();
          workload.encode(encoder, run.frame);
          const ticket = ring.copyBuffer(encoder, buffer, { as: Uint32Array });
          device.queue.submit([encoder.finish()]);
          if (ticket)
            yield* spawn(how === "borrow" ? ticket.borrow(run.ask()) : read(ticket.read(), run.ask()));
        }
      }
      while (ring.inFlight > 0) yield* nextFrame();
    }

    return {
      workload,
      run: (run) =>
        loop
          .run(function* () {
            if (nudged) yield* spawn(nudge(device));
            yield* frames(run);
          })
          .then(),
    };
  };
}

function* read(words: Operation<Uint32Array>, done: (words: Uint32Array) => void): Operation<void> {
  done(yield* words);
}
