import { run, show, Thrown, type Coroutine, type World } from "./body.ts";
import type { Act, Program, Spawned, Statement, Step, Turn, Wait } from "./program.ts";

/** What is left to tell after a run, apart from the trace. */
export interface Ending {
  states: string[];
  promised: string[];
}

/** How many statements a whole run may take, and how many errors something is done about: each may cause another. */
const FUEL = 2000;
const ERRORS = 3;

/** What the kit's world and the model's have in common: the trace, and the numbers of things. */
export abstract class TracedWorld implements World {
  fuel = FUEL;
  bodies = 0;
  throws = 0;
  readonly trace: string[] = [];
  /** What promises of tasks have told. */
  readonly promised: string[] = [];
  /** Whether a `tick` or a `pump` is on. */
  inside = false;
  private errors = 0;
  private onError: Act | null = null;
  private items = 0;
  private values = 0;

  abstract act(act: Act): void;
  abstract wait(wait: Wait, me: string): Coroutine;
  abstract spawn(spawned: Spawned): Coroutine;
  /** Runs a frame, or a part of it. */
  abstract turn(step: Turn): void;
  /** The index of the frame that runs, or of the last one. */
  abstract get frameIndex(): number;
  /** What the loop asks of its driver. */
  abstract get requests(): string;
  abstract get ending(): Ending;

  log(line: string): void {
    this.trace.push(`${this.inside ? this.frameIndex : "out"}: ${line}`);
  }

  body(statements: Statement[]): ReturnType<typeof run> {
    return run(this, statements);
  }

  report(error: unknown, task: string): void {
    this.log(`error ${show(error)} of ${task}`);
    if (this.onError !== null && this.errors++ < ERRORS) this.act(this.onError);
  }

  thrown(): Thrown {
    return new Thrown(`E${this.throws++}`);
  }

  look(roots: number, states: string[]): void {
    this.log(`${roots} roots; ${states.join()}`);
  }

  nextItem(): string {
    return `i${this.items++}`;
  }

  nextValue(): string {
    return `v${this.values++}`;
  }

  /** Runs a program, and stops the loop. */
  play({ steps, onError }: Program): void {
    this.onError = onError;
    for (const step of steps) this.take(step);
    this.take({ do: "stop" });
  }

  /** As `play`, with time for the microtasks between the steps. */
  async playSlowly({ steps, onError }: Program): Promise<void> {
    this.onError = onError;
    for (const step of [...steps, { do: "stop" } as const]) {
      this.take(step);
      await new Promise((resolve) => setImmediate(resolve));
      this.microtasksDone();
    }
  }

  /** What followed the last step in microtasks is over. */
  protected microtasksDone(): void {}

  private take(step: Step): void {
    this.trace.push(`- ${step.do}`);
    if ("ms" in step && step.do !== "spend") {
      this.inside = true;
      this.turn(step);
      this.inside = false;
      if (step.do === "tick") this.trace.push(this.requests);
    } else {
      this.act(step);
    }
  }
}

/** What a loop asks for, as it stands in a trace. What is due by now is due, however long it has been. */
export function requests(frame: boolean, wake: number, now: number): string {
  return `asks ${frame ? "frame" : "no frame"}, wake ${wake <= now ? "at once" : wake}`;
}
