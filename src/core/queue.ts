/** First in, first out, in one array that keeps its memory: in the steady state of a loop nothing is allocated. */
export class Queue<T> {
  readonly #items: (T | null)[] = [];
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  push(item: T): void {
    this.#items[this.#tail++] = item;
  }

  /** Takes out the oldest item, or null if there is none. */
  shift(): T | null {
    const items = this.#items;
    const head = this.#head;
    if (head === this.#tail) return null;
    const item = items[head] as T;
    items[head] = null;
    if (head + 1 === this.#tail) this.#head = this.#tail = 0;
    else this.#head = head + 1;
    return item;
  }
}
