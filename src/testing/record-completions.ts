import type { Loop } from "../core/loop.ts";
import { Interposer } from "./interposer.ts";

/** One line of a recording. */
export interface RecordedCompletion {
  /** What arrived. */
  readonly label: string;
  /** The frame that it was delivered to. */
  readonly frame: number;
  /** Whether it is a note, and no promise. */
  readonly note?: true;
}

/** Writes down in which order completions arrive. See {@link recordCompletions}. */
export class CompletionRecorder extends Interposer {
  /** What has arrived so far, in order: plain data, for `JSON.stringify`. */
  readonly log: RecordedCompletion[] = [];

  /** @internal */
  constructor(private readonly loop: Pick<Loop, "frame">) {
    super();
  }

  /** Writes down that something else has happened: an event, say. A replay does it again with `on`. */
  note(label: string): void {
    this.log.push({ label, frame: this.nextFrame, note: true });
  }

  /** @internal */
  protected interpose<T>(promise: PromiseLike<T>, label: string): Promise<T> {
    return Promise.resolve(promise).finally(() => this.log.push({ label, frame: this.nextFrame }));
  }

  private get nextFrame(): number {
    return (this.loop.frame?.index ?? -1) + 1;
  }
}

/**
 * Writes down in a live page in which order completions arrive, and before which frame, so that a test can see the same
 * with {@link replayCompletions}.
 *
 * @example
 * ```ts
 * import { Loop, requestAdapter, requestDevice } from "awaitframe";
 * import { recordCompletions } from "awaitframe/testing";
 *
 * const loop = new Loop();
 * const recorder = recordCompletions(loop);
 * addEventListener("pointerdown", () => recorder.note("pointerdown"));
 * loop.run(function* app() {
 *   const device = recorder.watch(yield* requestDevice(yield* requestAdapter()));
 *   console.log(device.label);
 * });
 * addEventListener("pagehide", () => localStorage.setItem("log", JSON.stringify(recorder.log)));
 * ```
 */
export function recordCompletions(loop: Pick<Loop, "frame">): CompletionRecorder {
  return new CompletionRecorder(loop);
}
