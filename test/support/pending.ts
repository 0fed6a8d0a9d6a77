import { action, type Action } from "awaitframe";

/** A wait that a test settles by hand. */
export interface Pending<T> {
  /** To be waited for once. */
  readonly wait: Action<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
  /** How often it was begun, and how often cleaned up. */
  readonly begun: number;
  readonly cleaned: number;
}

/** An action that settles when the test says so, and counts its cleanups. */
export function pending<T = void>(onCleanup: () => void = () => {}): Pending<T> {
  const counts = { begun: 0, cleaned: 0 };
  let settle: { resolve(value: T): void; reject(error: unknown): void } | null = null;
  const wait = action<T>((resolve, reject) => {
    counts.begun++;
    settle = { resolve, reject };
    return () => {
      counts.cleaned++;
      onCleanup();
    };
  }, "pending");
  return {
    wait,
    resolve: (value) => settle?.resolve(value),
    reject: (error) => settle?.reject(error),
    get begun() {
      return counts.begun;
    },
    get cleaned() {
      return counts.cleaned;
    },
  };
}

/** A wait that only a cancel ends. */
export function never(): Action<never> {
  return action<never>(() => {}, "never");
}
