export { checkDriver, type CheckDriverOptions } from "./check-driver.ts";
export { completions, type Completions, type CompletionsOptions } from "./completions.ts";
export type { CompletionSource } from "./completion-source.ts";
export type { Interposer } from "./interposer.ts";
export { recordCompletions, type CompletionRecorder, type RecordedCompletion } from "./record-completions.ts";
export { replayCompletions, type CompletionReplay } from "./replay-completions.ts";
export { testLoop, type IdleOptions, type TestLoop, type TestLoopOptions } from "./test-loop.ts";
