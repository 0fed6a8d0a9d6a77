import { setMaxListeners } from "node:events";
import {
  action,
  all,
  allSettled,
  any,
  AsyncEvent,
  breathe,
  Channel,
  Loop,
  nextFrame,
  race,
  sleep,
  spawn,
  timeout,
  type Action,
  type Driver,
  type DriverHost,
  type Operation,
  type Runnable,
  type Task,
  type Wait as AsyncWait,
} from "awaitframe";
import { runAsync, show, Thrown, type Coroutine } from "./body.ts";
import {
  BUDGET,
  CHANNELS,
  EVENTS,
  MAX_DELTA,
  SIGNALS,
  type Act,
  type Operand,
  type Spawned,
  type Turn,
  type Wait,
} from "./program.ts";
import { requests, TracedWorld, type Ending } from "./world.ts";

const PHASES = ["update", "render", "after"] as const;

/** A wait for what comes from outside. */
interface Registration {
  readonly source: number;
  /** Whether it has not been settled or cleaned up. */
  open: boolean;
  /** Whether its beginning threw, so that there is nothing to clean up. */
  threw: boolean;
  cleanups: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A driver whose clock is that of the program. */
class ProgramDriver implements Driver {
  time = 0;
  cpu = 0;
  host: DriverHost | null = null;
  frameRequested = false;
  wakeTime = Number.POSITIVE_INFINITY;

  attach(host: DriverHost): void {
    this.host = host;
  }
  detach(): void {
    this.host = null;
    this.frameRequested = false;
    this.wakeTime = Number.POSITIVE_INFINITY;
  }
  now(): number {
    return this.time;
  }
  cpuTime(): number {
    return this.cpu;
  }
  requestFrame(): void {
    this.frameRequested = true;
  }
  requestWake(time: number): void {
    this.wakeTime = time;
  }
}

/** The world of programs in the kit itself. */
export class KitWorld extends TracedWorld {
  readonly driver = new ProgramDriver();
  readonly loop: Loop;
  readonly tasks: Task<unknown>[] = [];
  readonly registrations: Registration[] = [];
  /** How many promises of tasks were asked to tell. */
  asked = 0;
  private readonly events = Array.from({ length: EVENTS }, () => new AsyncEvent());
  private readonly channels = CHANNELS.map((capacity) => new Channel<string>(capacity));
  private readonly signals = Array.from({ length: SIGNALS }, () => new AbortController());

  constructor() {
    super();
    // A program may give a signal to any number of tasks.
    setMaxListeners(0, ...this.signals.map(({ signal }) => signal));
    this.loop = new Loop({
      driver: this.driver,
      maxDelta: MAX_DELTA,
      budget: BUDGET,
      onError: (error, task) => {
        this.report(error, task === null ? "driver" : /^t\d+$/.test(task.name) ? task.name : "child");
      },
    });
  }

  get frameIndex(): number {
    return this.loop.frame?.index ?? -1;
  }

  get requests(): string {
    if (this.driver.host === null) return "asks nothing";
    const { frameRequested, wakeTime, time } = this.driver;
    return requests(frameRequested, wakeTime, time);
  }

  get ending(): Ending {
    return { states: this.tasks.map((task) => task.state), promised: this.promised };
  }

  act(act: Act): void {
    const { loop } = this;
    switch (act.do) {
      case "set":
        this.events[act.event]?.set();
        break;
      case "clear":
        this.events[act.event]?.clear();
        break;
      case "close":
        this.channels[act.channel]?.close();
        break;
      case "cancel":
        this.task(act.task)?.cancel();
        break;
      case "then": {
        const task = this.task(act.task);
        if (task === undefined) break;
        const number = this.tasks.indexOf(task);
        this.asked++;
        task.then(
          (value) => this.promised.push(`t${number}: ${show(value)}`),
          (error: unknown) => this.promised.push(`t${number} failed: ${show(error)}`),
        );
        break;
      }
      case "run":
        this.tasks.push(loop.run(this.runnable(act), this.options(act.signal)));
        break;
      case "settle":
        for (const registration of this.registrations) {
          if (registration.source !== act.source || !registration.open) continue;
          registration.open = false;
          if (act.fail) registration.reject(this.thrown());
          else registration.resolve(this.nextValue());
        }
        break;
      case "settleAgain":
        for (const registration of this.registrations) {
          if (registration.open) continue;
          registration.resolve("again");
          registration.reject(new Thrown("again"));
        }
        break;
      case "abort":
        this.signals[act.signal]?.abort();
        break;
      case "spend":
        this.driver.cpu += act.ms;
        break;
      case "look":
        this.look(
          loop.tasks.length,
          this.tasks.map((task) => task.state),
        );
        break;
      default:
        loop[act.do]();
    }
  }

  turn(step: Turn): void {
    const { driver, loop } = this;
    if (step.do === "step") {
      if (loop.paused) loop.step(step.ms);
      return;
    }
    driver.time += step.ms;
    if (step.do === "tick") driver.frameRequested = false;
    driver.host?.[step.do](driver.time);
  }

  *spawn(spawned: Spawned): Operation<unknown> & Coroutine {
    const child = yield* spawn(this.runnable(spawned), this.options(spawned.signal));
    this.tasks.push(child);
    return child;
  }

  wait(wait: Wait, _me: string): Coroutine {
    return this.operation(wait) as Coroutine;
  }

  private runnable({ body, isAsync }: Spawned): Runnable<unknown> {
    if (!isAsync) return () => this.body(body);
    return (wait: AsyncWait) =>
      runAsync(
        this,
        {
          get aborted() {
            return wait.signal.aborted;
          },
          wait: (on) => wait(this.operation(on)),
          spawn: (spawned) =>
            this.tasks.push(wait.spawn(this.runnable(spawned), this.options(spawned.signal))),
        },
        body,
      );
  }

  private operation(operand: Operand): Operation<unknown> {
    if ("body" in operand) return this.body(operand.body);
    switch (operand.wait) {
      case "frame":
        return nextFrame(PHASES[operand.phase]);
      case "sleep":
        return sleep(operand.ms);
      case "event":
        return (this.events[operand.event] as AsyncEvent).wait();
      case "send":
        return (this.channels[operand.channel] as Channel<string>).send(this.nextItem());
      case "receive":
        return (this.channels[operand.channel] as Channel<string>).receive();
      case "outside":
        return this.outside(operand);
      case "join":
        return this.task(operand.task) as Task<unknown>;
      case "breathe":
        return breathe();
      case "timeout":
        return timeout(operand.ms, this.operation(operand.of));
      default: {
        const combine = { all, allSettled, race, any }[operand.wait] as (
          of: Operation<unknown>[],
        ) => Action<unknown>;
        return combine(operand.of.map((one) => this.operation(one)));
      }
    }
  }

  private outside({ source, start, cleanup }: Extract<Wait, { wait: "outside" }>): Action<unknown> {
    return action((resolve, reject) => {
      const registration: Registration = {
        source,
        open: true,
        threw: start === "throw",
        cleanups: 0,
        resolve,
        reject,
      };
      this.registrations.push(registration);
      if (start === "throw") {
        registration.open = false;
        throw this.thrown();
      } else if (start === "resolve" || start === "reject") {
        registration.open = false;
        if (start === "resolve") resolve(this.nextValue());
        else reject(this.thrown());
      } else if (start !== null) {
        this.act(start);
      }
      return () => {
        registration.open = false;
        registration.cleanups++;
        this.log(`cleanup of outside ${source}`);
        if (cleanup === "throw") throw this.thrown();
        if (cleanup !== null) this.act(cleanup);
      };
    });
  }

  private task(number: number): Task<unknown> | undefined {
    return this.tasks[number % this.tasks.length];
  }

  private options(signal: number | null): { name: string; signal?: AbortSignal } {
    const name = `t${this.tasks.length}`;
    return signal === null ? { name } : { name, signal: (this.signals[signal] as AbortController).signal };
  }
}
