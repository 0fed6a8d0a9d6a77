import { onTestFinished, vi } from "vitest";

/** A stand-in for the page that an animation frame driver lives in: its clock, frames, timers and visibility. */
export interface FakePage {
  /** How many animation frames are asked for at present. */
  readonly framesRequested: number;
  /** How many timers run at present. */
  readonly timers: number;
  /** How many listen to the document at present. */
  readonly listeners: number;
  /** Whether animation frames come: not while the page is hidden, or its window covered. */
  framesCome: boolean;
  hide(): void;
  show(): void;
  /** Lets time pass: timers end, and frames come at 60 Hz where they do. */
  pass(ms: number): void;
}

/** Installs the stand-in for one test. Without `document`, it is a worker. */
export function fakePage({ document: hasDocument = true } = {}): FakePage {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const callbacks = new Map<number, FrameRequestCallback>();
  const messages: (() => void)[] = [];
  let ids = 0;
  let listeners = 0;
  let nextFrame = 0;

  class FakeDocument extends EventTarget {
    hidden = false;

    override addEventListener(...given: Parameters<EventTarget["addEventListener"]>): void {
      listeners++;
      super.addEventListener(...given);
    }

    override removeEventListener(...given: Parameters<EventTarget["removeEventListener"]>): void {
      listeners--;
      super.removeEventListener(...given);
    }
  }
  class FakeChannel {
    port1: { onmessage: (() => void) | null; close(): void } = {
      onmessage: null,
      close: () => {
        this.port1.onmessage = null;
      },
    };
    port2 = { postMessage: () => messages.push(() => this.port1.onmessage?.()) };
  }
  const document = hasDocument ? new FakeDocument() : undefined;
  vi.stubGlobal("document", document);
  vi.stubGlobal("MessageChannel", FakeChannel);
  vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => {
    callbacks.set(++ids, callback);
    return ids;
  });
  vi.stubGlobal("cancelAnimationFrame", (id: number) => callbacks.delete(id));
  onTestFinished(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const setHidden = (hidden: boolean) => {
    if (document === undefined) return;
    document.hidden = hidden;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  const runFrame = () => {
    const due = [...callbacks.values()];
    callbacks.clear();
    for (const callback of due) callback(performance.now());
  };
  const page: FakePage = {
    get framesRequested() {
      return callbacks.size;
    },
    get timers() {
      return vi.getTimerCount();
    },
    get listeners() {
      return listeners;
    },
    framesCome: true,
    hide: () => setHidden(true),
    show: () => setHidden(false),
    pass(ms) {
      const end = performance.now() + ms;
      while (performance.now() < end) {
        for (const deliver of messages.splice(0)) deliver();
        vi.advanceTimersByTime(1);
        if (performance.now() < nextFrame) continue;
        nextFrame = performance.now() + 16;
        if (page.framesCome && document?.hidden !== true) runFrame();
      }
    },
  };
  return page;
}
