import type { CompletionSource } from "./completion-source.ts";
import { hold, Interposer } from "./interposer.ts";
import type { RecordedCompletion } from "./record-completions.ts";

/** Lets completions pass in the order of a recording. See {@link replayCompletions}. */
export class CompletionReplay extends Interposer implements CompletionSource {
  private readonly held = new Map<string, () => Promise<void>>();
  private readonly acts = new Map<string, () => void>();
  private place = 0;

  /** @internal */
  constructor(private readonly log: readonly RecordedCompletion[]) {
    super();
  }

  /** What of the recording has not happened yet. Empty at the end of a test that did all that the page did. */
  get left(): readonly RecordedCompletion[] {
    return this.log.slice(this.place);
  }

  /** Says what to do where the recording has a `note`. */
  on(label: string, act: () => void): void {
    this.acts.set(label, act);
  }

  /** As in {@link CompletionSource}. */
  get isPending(): boolean {
    return this.next !== null;
  }

  /** As in {@link CompletionSource}: called by the test loop. */
  async deliver(frame: number, idle: boolean): Promise<void> {
    let mayBeEarly = idle;
    for (let { next } = this; next !== null; { next } = this) {
      // Only where nothing else brings the loop on to the frame of the recording.
      if ((this.log[this.place]?.frame ?? 0) > frame && !mayBeEarly) return;
      mayBeEarly = false;
      this.place++;
      await next();
    }
    if (this.place < this.log.length) return;
    // The page went on after the recording.
    for (const [label, pass] of this.held) {
      this.held.delete(label);
      await pass();
    }
  }

  /** @internal */
  protected interpose<T>(promise: PromiseLike<T>, label: string): Promise<T> {
    return hold(promise, (pass) => this.held.set(label, pass));
  }

  /** What makes the next entry happen, or null: there is none, or it has not been asked for yet. */
  private get next(): (() => void | Promise<void>) | null {
    const entry = this.log[this.place];
    if (entry === undefined) return null;
    const { label, note = false } = entry;
    if (note) return this.acts.get(label) ?? (() => {});
    const pass = this.held.get(label);
    return pass === undefined ? null : () => (this.held.delete(label), pass());
  }
}

/**
 * Lets a test see completions in the order of a recording, and before the same frames; later if they are asked for
 * later, and earlier where the loop has nothing else to run frames for. Pass it to {@link testLoop} as `completions`.
 * What the recording does not know waits for its end.
 *
 * @param log - Of {@link recordCompletions}.
 *
 * @example
 * ```ts
 * import { requestAdapter, requestDevice } from "awaitframe";
 * import { replayCompletions, testLoop, type RecordedCompletion } from "awaitframe/testing";
 *
 * async function replayed(log: RecordedCompletion[]) {
 *   const replay = replayCompletions(log);
 *   replay.on("pointerdown", () => dispatchEvent(new Event("pointerdown")));
 *   const { loop, runUntilIdle } = testLoop({ completions: replay });
 *   loop.run(function* app() {
 *     const device = replay.watch(yield* requestDevice(yield* requestAdapter()));
 *     console.log(device.label);
 *   });
 *   await runUntilIdle();
 *   console.assert(replay.left.length === 0);
 * }
 * ```
 */
export function replayCompletions(log: readonly RecordedCompletion[]): CompletionReplay {
  return new CompletionReplay(log);
}
