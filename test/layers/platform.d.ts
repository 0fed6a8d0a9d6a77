// All that src/core may use besides the language: there in every browser, worker and server runtime.

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare const console: Record<"error" | "warn", (...data: unknown[]) => void>;
declare const performance: { now(): number };
declare const reportError: ((error: unknown) => void) | undefined;
declare function queueMicrotask(callback: () => void): void;
