import { isIterable, isThenable } from "./operation.ts";

/** Names a value in an error message, with the likely mistake where there is one. @internal */
export function describe(value: unknown): string {
  try {
    // A task is thenable too.
    if (isThenable(value) && !isIterable(value)) return "a promise: wait for it with yield* until(promise)";
    if (typeof value === "function") return `the function ${value.name}: was it to be called?`;
    if (typeof value === "object" && value !== null) {
      // A generator's class has no name; an object may have no class.
      const name =
        value.constructor?.name || (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
      return `an object (${name ?? "no class"})`;
    }
    return typeof value === "string" ? `"${value}"` : String(value);
  } catch {
    return "an object that can't be looked into";
  }
}

/** What is thrown for an argument that is none of those which `rule` names. @internal */
export function wrong(rule: string, value: unknown): TypeError {
  return new TypeError(`${rule}, got ${describe(value)}`);
}

/**
 * What a listener can be added to: an `EventTarget`, an `AbortSignal`.
 *
 * @throws TypeError if it is none.
 * @internal
 */
export function checkedTarget<T extends object>(target: T, rule: string): T {
  if (typeof (target as { addEventListener?: unknown } | undefined)?.addEventListener !== "function")
    throw wrong(rule, target);
  return target;
}

/**
 * A number from 0 on, or above 0.
 *
 * @throws TypeError if it is no number; RangeError if it is NaN, negative, or 0 where it must be positive.
 * @internal
 */
export function checkedNumber(value: number, what: string, isPositive = false): number {
  const rule = `${what} takes a number ${isPositive ? "above" : "from"} 0`;
  if (typeof value !== "number") throw wrong(rule, value);
  if (!(isPositive ? value > 0 : value >= 0)) throw new RangeError(`${rule}, got ${value}`);
  return value;
}
