import { CancelledError } from "../core/errors.ts";
import type { Operation } from "../core/operation.ts";
import { race } from "../core/race.ts";
import { spawn } from "../core/spawn.ts";
import { AsyncEvent } from "../events/async-event.ts";

type Body = (...args: unknown[]) => Operation<unknown>;

/** The versions of one body, as edits bring them. @internal */
export class Versions {
  /** Its last run ended with an error that no older version could make good. */
  hasFailed = false;

  private newest: Body | null = null;
  /** What ran until the newest came, to fall back to. */
  private proven: Body | null = null;
  private readonly edited = new AsyncEvent();

  /** @param tell - Shows the error of a version that was replaced; null when a next one has come. */
  constructor(private readonly tell: (error: { what: string; error: unknown } | null) => void) {}

  add<A extends unknown[]>(body: (...args: A) => Operation<unknown>): void {
    this.newest = body as Body;
    this.tell(null);
    this.edited.set();
    this.edited.clear();
  }

  /** Runs the newest version, and each that comes, until one ends. */
  *run(args: unknown[]): Operation<unknown> {
    let body = this.newest!;
    for (;;) {
      // A task: so that all that it has started ends with it.
      const task = yield* spawn(() => body(...args), { name: body.name });
      try {
        const result = yield* race([task, this.edited.wait()]);
        if (task.state === "done") return result;
        task.cancel();
        this.proven = body;
        body = this.newest!;
      } catch (error) {
        if (error instanceof CancelledError || !this.proven || this.proven === body) {
          this.hasFailed = true;
          throw error;
        }
        this.tell({ what: body.name, error });
        body = this.proven;
      }
    }
  }
}
