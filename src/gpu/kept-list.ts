/**
 * A short list that keeps its memory: an array that is emptied and filled in every frame would give it back, and take it
 * again, each time.
 *
 * @internal
 */
export class KeptList<T> {
  length = 0;
  readonly #items: (T | null)[] = [];

  at(index: number): T {
    return this.#items[index]!;
  }

  push(item: T): void {
    this.#items[this.length++] = item;
  }

  /** Whether it was there. */
  remove(item: T): boolean {
    const items = this.#items;
    const index = items.indexOf(item);
    if (index < 0) return false;
    items.copyWithin(index, index + 1, this.length);
    items[--this.length] = null;
    return true;
  }

  /** The first that passes, or null. */
  find(test: (item: T) => boolean): T | null {
    for (let i = 0; i < this.length; i++) if (test(this.#items[i]!)) return this.#items[i]!;
    return null;
  }

  /** Those that are there now. */
  list(): T[] {
    return this.#items.slice(0, this.length) as T[];
  }
}
