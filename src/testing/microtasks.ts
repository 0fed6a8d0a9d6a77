/**
 * Waits until no microtask is left: whatever promises could settle has settled, however long their chain. It takes a
 * task of its own, and not one of `setTimeout`, which tests like to replace.
 *
 * @internal
 */
export function microtasksDone(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      // An open port would keep a Node process alive.
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
