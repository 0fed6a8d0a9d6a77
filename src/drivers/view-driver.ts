import type { DriverHost } from "../core/driver.ts";
import { FrameDriver, type FrameSource } from "./frame-driver.ts";

/** What shows frames elsewhere than in this page: a headset's session, another window. */
export interface View {
  /** What it is called in an error. */
  readonly name: string;
  /** Whether it shows no frames now. */
  isHidden(): boolean;
  /** Whether it will never show any again. */
  isOver(): boolean;
  /** Tells when one of these may have changed; it ends with the signal. */
  watch(changed: () => void, signal: AbortSignal): void;
}

/** Frames of a view that can be over, and then ends the loop: a wait for a frame would last for ever. */
export class ViewDriver extends FrameDriver {
  readonly #view: View;
  #watching: AbortController | null = null;

  constructor(source: FrameSource, view: View) {
    super(source);
    this.#view = view;
  }

  override attach(host: DriverHost): void {
    if (this.#view.isOver()) {
      // Whoever waits for the loop's tasks is told, too.
      setTimeout(() => host.stop?.());
      throw new Error(`${this.#view.name} is over, it gives no frames any more`);
    }
    super.attach(host);
    const watching = (this.#watching = new AbortController());
    const { signal } = watching;
    this.#view.watch(() => {
      this.schedule();
      // Not inside of the event: whoever else waits for it is told first, and goes on once more.
      if (this.#view.isOver()) setTimeout(() => signal.aborted || end(host, this.now()));
    }, signal);
  }

  override detach(): void {
    this.#watching?.abort();
    this.#watching = null;
    super.detach();
  }

  protected override isHidden(): boolean {
    return this.#view.isHidden() || this.#view.isOver();
  }
}

function end(host: DriverHost, now: number): void {
  host.pump(now);
  host.stop?.();
}
