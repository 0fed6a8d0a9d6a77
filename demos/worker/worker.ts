import { closed, Loop, on, spawn, withDevice, type Operation, type Subscription } from "awaitframe";
import { ripples, type View } from "./ripples.ts";

/** To the worker: first its canvas with the whole view, then what has changed of the view. */
export type ToWorker = { canvas: OffscreenCanvas; view: View } | { view: Partial<View> };

/** From the worker: first whether it has WebGPU; then for each frame when it was drawn, in milliseconds since 1970. */
export interface Hello {
  hasWebGPU: boolean;
}
export interface Drawn {
  time: number;
}

new Loop().run(function* worker() {
  const messages = yield* on(globalThis, "message");
  // Not before now: a message that nobody listens for is lost.
  postMessage({ hasWebGPU: "gpu" in navigator } satisfies Hello);

  const first = yield* messages.next();
  if (first === closed) return;
  const { canvas, view } = first.data as { canvas: OffscreenCanvas; view: View };
  yield* spawn(follow(messages, view));
  const drawn = (): void => postMessage({ time: performance.timeOrigin + performance.now() } satisfies Drawn);
  yield* withDevice({}, (device) => ripples(device, canvas, view, drawn));
});

/** The page tells what can't be seen from here: the pointer, and how large the canvas is. */
function* follow(messages: Subscription<MessageEvent>, view: View): Operation<void> {
  while (true) {
    const message = yield* messages.next();
    if (message === closed) return;
    Object.assign(view, message.data.view);
  }
}
