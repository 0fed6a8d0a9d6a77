/** What tells a test loop before each frame which completions have arrived. */
export interface CompletionSource {
  /** Whether a later frame may bring one, whatever the loop asks for. */
  readonly isPending: boolean;
  /**
   * Lets pass what arrives before a frame.
   *
   * @param frame - The index of the frame to come.
   * @param idle - Whether the loop has asked for nothing, so that only a completion can bring it on.
   */
  deliver(frame: number, idle: boolean): Promise<void>;
}
