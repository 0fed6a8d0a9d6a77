/** An event target that counts its listeners. */
export class CountedTarget extends EventTarget {
  readonly #listeners = new Map<string, Set<EventListenerOrEventListenerObject>>();

  /** How many listen at present. */
  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }

  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void {
    if (listener !== null) {
      const set = this.#listeners.get(type) ?? new Set();
      this.#listeners.set(type, set.add(listener));
    }
    super.addEventListener(type, listener, options);
  }

  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void {
    if (listener !== null) this.#listeners.get(type)?.delete(listener);
    super.removeEventListener(type, listener, options);
  }

  /** Dispatches an event of this type. */
  fire(type: string): Event {
    const event = new Event(type, { cancelable: true });
    this.dispatchEvent(event);
    return event;
  }
}
