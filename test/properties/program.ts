/** A wait of a program. Tasks are named by a number: that of one of the tasks there are, counted round. */
export type Wait =
  | { wait: "frame"; phase: 0 | 1 | 2 }
  | { wait: "sleep"; ms: number }
  | { wait: "event"; event: number }
  | { wait: "send"; channel: number }
  | { wait: "receive"; channel: number }
  | { wait: "outside"; source: number; start: Start; cleanup: Cleanup }
  | { wait: "join"; task: number }
  | { wait: "breathe" }
  | { wait: "all" | "allSettled" | "race" | "any"; of: Operand[] }
  | { wait: "timeout"; ms: number; of: Operand };

/** What beginning to wait for the outside does at once. */
export type Start = null | "resolve" | "reject" | "throw" | Act;

/** What cleaning up after that does. */
export type Cleanup = null | "throw" | Act;

/** What a combinator takes: a wait, or a body that becomes a child. */
export type Operand = Wait | { body: Statement[] };

/** What can be done in a body, and from outside. */
export type Act =
  | { do: "set" | "clear"; event: number }
  | { do: "close"; channel: number }
  | { do: "cancel"; task: number }
  | { do: "then"; task: number }
  | ({ do: "run" } & Spawned)
  | { do: "settle"; source: number; fail: boolean }
  | { do: "settleAgain" | "look" }
  | { do: "abort"; signal: number }
  | { do: "spend"; ms: number }
  | { do: "pause" | "resume" | "stop" | "start" };

/** What a task is made of. */
export interface Spawned {
  body: Statement[];
  signal: number | null;
  /** Whether it is an async function. */
  isAsync: boolean;
}

export type Statement =
  | Act
  | { do: "wait"; on: Wait }
  /** In an async function: begins to wait, and goes on. */
  | { do: "float"; on: Wait }
  | ({ do: "spawn" } & Spawned)
  | { do: "throw" }
  | { do: "return" }
  | { do: "repeat"; times: number; body: Statement[] }
  | { do: "call"; body: Statement[] }
  | { do: "try"; body: Statement[]; catch: Statement[] | null; finally: Statement[] | null };

/** What happens from outside, one after the other. */
export type Step = Act | Turn;

/** A frame, or a part of one; and how much later than the last one it comes. */
export type Turn = { do: "tick" | "pump" | "step"; ms: number };

/** A whole run: what the outside does, from a loop that has no tasks, and what is done about the first errors. */
export interface Program {
  steps: Step[];
  onError: Act | null;
}

export const EVENTS = 2;
/** The capacities of the channels. */
export const CHANNELS = [0, 1, 2];
export const SOURCES = 2;
export const SIGNALS = 2;

/** The loop's limits. */
export const MAX_DELTA = 100;
export const BUDGET = 8;
