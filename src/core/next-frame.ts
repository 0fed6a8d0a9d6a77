import { Action } from "./action.ts";
import type { Frame } from "./frame.ts";
import type { Waiter } from "./waiter.ts";

/** The named parts of a frame, in the order in which they run. */
export const PHASES = ["update", "render", "after"] as const;

/** A named part of the frame: `update`, `render`, `after`, in that order. */
export type Phase = (typeof PHASES)[number];

/** Waits for one phase. Stateless: one object serves every task of every loop. @internal */
export class PhaseAction extends Action<Frame> {
  readonly name: string;

  constructor(
    phase: Phase,
    readonly index: number,
  ) {
    super();
    this.name = `nextFrame("${phase}")`;
  }

  begin(waiter: Waiter): void {
    waiter.loop.phases[this.index]!.push(waiter);
  }

  abort(waiter: Waiter): void {
    waiter.loop.phases[this.index]!.remove(waiter);
  }
}

/** One action for each phase. @internal */
export const PHASE_ACTIONS = /* @__PURE__ */ PHASES.map((phase, index) => new PhaseAction(phase, index));

const UPDATE = PHASE_ACTIONS[0] as PhaseAction;

/**
 * Waits for the next occurrence of a phase, and gives the frame. From `update`, `render` is still to come in the same
 * frame; from `update` or later, `update` is that of the next one. Waiting allocates nothing.
 *
 * @param phase - `"update"` (the default), `"render"` or `"after"`.
 * @throws RangeError if there is no such phase.
 *
 * @example
 * ```ts
 * import { nextFrame } from "awaitframe";
 *
 * function* spin(mesh: { angle: number }) {
 *   for (;;) mesh.angle += 0.001 * (yield* nextFrame()).delta;
 * }
 * ```
 */
export function nextFrame(phase?: Phase): Action<Frame> {
  if (phase === undefined) return UPDATE;
  const action = PHASE_ACTIONS[PHASES.indexOf(phase)];
  if (action === undefined)
    throw new RangeError(`no phase "${String(phase)}": there are ${PHASES.join(", ")}`);
  return action;
}
