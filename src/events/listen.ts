import { checkedTarget, wrong } from "../core/check.ts";

/** The event that a target dispatches under a name: that of its `on…` property, else `Event`. */
export type EventOf<Target, Type extends string> = `on${Type}` extends keyof Target
  ? NonNullable<Target[`on${Type}`]> extends (event: infer E, ...rest: never[]) => unknown
    ? E extends Event
      ? E
      : Event
    : Event
  : Event;

/** Options of {@link once} and {@link on}. */
export interface ListenOptions<E extends Event> {
  /** Calls `preventDefault()` in the listener itself: when the coroutine goes on, it is too late for that. */
  prevent?: boolean | undefined;
  /** Only events for which it returns true count, and only those are prevented. */
  filter?: ((event: E) => boolean) | undefined;
}

/** Adds a listener, and returns what removes it. @internal */
export function listen<E extends Event>(
  target: EventTarget,
  type: string,
  { prevent = false, filter }: ListenOptions<E>,
  take: (event: E) => void,
  fail: (error: unknown) => void,
): () => void {
  const listener = (event: Event) => {
    try {
      if (filter && !filter(event as E)) return;
    } catch (error) {
      fail(error);
      return;
    }
    if (prevent) event.preventDefault();
    take(event as E);
  };
  // The browser takes touch and wheel listeners of the document as passive unless told otherwise.
  target.addEventListener(type, listener, { passive: !prevent });
  return () => target.removeEventListener(type, listener);
}

/** @internal */
export function checkListening(what: string, target: EventTarget, type: string, filter: unknown): void {
  checkedTarget(target, `${what}() takes an event target`);
  if (typeof type !== "string") throw wrong(`${what}() takes the name of an event`, type);
  if (filter !== undefined && typeof filter !== "function") throw wrong("filter takes a function", filter);
}
