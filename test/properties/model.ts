import type { Suspend } from "awaitframe";
import { closed } from "awaitframe";
import { runAsync, show, type Coroutine, type Face } from "./body.ts";
import {
  BUDGET,
  CHANNELS,
  EVENTS,
  MAX_DELTA,
  SIGNALS,
  type Act,
  type Cleanup,
  type Operand,
  type Spawned,
  type Statement,
  type Turn,
  type Wait,
} from "./program.ts";
import { requests, TracedWorld, type Ending } from "./world.ts";

// The contract, once more, in the plainest way: lists that are searched and sorted, one object for each wait, and no
// thought of speed. What the kit does must be what this does.

interface Outcome {
  readonly failed: boolean;
  readonly value: unknown;
}

const ok = (value?: unknown): Outcome => ({ failed: false, value });
const fail = (value: unknown): Outcome => ({ failed: true, value });

/** An error of the kit's own, of which only the name counts. */
function kitError(name: string): Error {
  const error = new Error(name);
  error.name = name;
  return error;
}

/** One suspension. It settles at most once, and its outcome is taken at most once. */
interface Pending {
  state: "beginning" | "waiting" | "settled" | "taken" | "dropped";
  outcome: Outcome | null;
  readonly task: ModelTask;
  /** Goes on with the outcome. */
  take(outcome: Outcome): void;
  /** Takes the wait out of whatever it waits in. */
  undo(): void;
  /** Gives back an outcome that is not seen by anybody. */
  giveBack(): void;
  /** Whether it can't settle before that task has ended. */
  needs(task: ModelTask, asked: Set<ModelTask>): boolean;
  /** All parts of the combinator that it is a part of. */
  beside: Pending[];
}

interface ModelTask {
  /** What the program calls it. */
  readonly name: string;
  readonly parent: ModelTask | null;
  /** What it runs, once it has its first step. */
  readonly open: (task: ModelTask) => Iterator<unknown, unknown, unknown>;
  readonly children: ModelTask[];
  state: "ready" | "waiting" | "running" | "done" | "failed" | "cancelled";
  value: unknown;
  coroutine: Iterator<unknown, unknown, unknown> | null;
  pending: Pending | null;
  /** Its body has ended or is being unwound. */
  closing: boolean;
  /** Everything below it has ended too. */
  settled: boolean;
  cancelRequested: boolean;
  /** Errors of children, for its next waits. */
  childErrors: unknown[];
  /** The error of a child that was thrown into its wait, and that it has not seen yet. */
  thrownIn: unknown[];
  joiners: Pending[];
  /** Who asked for a promise. */
  promised: ((outcome: Outcome) => void)[] | null;
  isAsync: boolean;
  /** Of an async function: its waits among its children, and the deadline of the sleep that ended last. */
  waits: ModelTask[];
  resumedAt: number | null;
  aborted: boolean;
}

interface Timer {
  readonly pending: Pending;
  readonly deadline: number;
  readonly order: number;
  /** The turn in which it began. */
  readonly born: number;
}

interface Item {
  readonly item: string;
  readonly order: number;
}

interface ModelChannel {
  readonly capacity: number;
  items: Item[];
  takers: { pending: Pending; got: Item | null }[];
  senders: { pending: Pending; item: string }[];
  order: number;
  closed: boolean;
}

interface Registration {
  readonly source: number;
  readonly pending: Pending;
  readonly cleanup: Cleanup;
  /** Whether it has not been settled or cleaned up. */
  open: boolean;
  /** Whether its cleanup is there to be called. */
  begun: boolean;
  cleanups: number;
}

/** A wait whose operands are known: what is sent, and which task is meant. */
type Request =
  | Exclude<Wait, { of: unknown } | { wait: "send" | "join" }>
  | { wait: "send"; channel: number; item: string }
  | { wait: "join"; target: ModelTask }
  | { wait: "all" | "allSettled" | "race" | "any" | "timeout"; of: Request[] }
  | { wait: "body"; body: Statement[] }
  | ({ wait: "spawn" } & Spawned)
  | { wait: "end"; body: { pending: Pending | null } };

type Entry = { start: ModelTask } | { settled: Pending };

/** The world of programs in the model. */
export class ModelWorld extends TracedWorld {
  readonly tasks: ModelTask[] = [];
  readonly registrations: Registration[] = [];
  private readonly roots: ModelTask[] = [];
  private readonly events = Array.from({ length: EVENTS }, () => ({ set: false, waiters: [] as Pending[] }));
  private readonly channels = CHANNELS.map((capacity): ModelChannel => ({
    capacity,
    items: [],
    takers: [],
    senders: [],
    order: 0,
    closed: false,
  }));
  private readonly signals = Array.from({ length: SIGNALS }, () => ({
    aborted: false,
    tasks: [] as ModelTask[],
  }));

  /** Settled outside of turns, in order of arrival. */
  private arrived: Entry[] = [];
  /** Settled or started inside of a turn, in the order in which they became ready. */
  private ready: Entry[] = [];
  /** Started where there is no phase: for the next `update`. */
  private starting: Entry[] = [];
  private readonly phases: Pending[][] = [[], [], []];
  private timers: Timer[] = [];
  private timerCount = 0;

  private stage: "outside" | "delivering" | "phases" = "outside";
  private attached = false;
  /** How many stops are on the stack. */
  private stopping = 0;
  private paused = false;

  private turns = 0;
  private timestamp: number | null = null;
  private clock = 0;
  private elapsed = 0;
  /** The longest debt of a sleep that counts. */
  private oneFrame = 0;
  private frame: { index: number; time: number; delta: number; rawDelta: number } | null = null;
  private firstFrame = 0;
  private lastFrame = 0;
  /** Whether a promise has been settled in this turn: then what follows it is in the frame too. */
  private keepsOpen = false;
  /** Whether async functions that go on after the frame are in it. */
  private frameOpen = false;
  /** While a timer resumes a task: its deadline. */
  private resumedAt: number | null = null;
  private cpu = 0;
  private turnStart = 0;
  /** The driver's clock. */
  private time = 0;

  get frameIndex(): number {
    return this.frame?.index ?? -1;
  }

  get requests(): string {
    if (!this.attached) return "asks nothing";
    const due = this.arrived.length > 0 || (!this.paused && this.starting.length > 0);
    const deadlines = this.paused ? [] : this.timers.map((timer) => timer.deadline);
    const wake = due ? Number.NEGATIVE_INFINITY : Math.min(...deadlines) - this.clock + this.time;
    const frame = due || (!this.paused && this.phases.some((queue) => queue.length > 0));
    return requests(frame, wake, this.time);
  }

  get ending(): Ending {
    return { states: this.tasks.map(stateOf), promised: this.promised };
  }

  // --- turns ---

  turn(step: Turn): void {
    if (step.do === "step") {
      if (!this.paused) return;
      this.begin();
      this.timestamp ??= this.time;
      this.moveClock(step.ms);
      this.runFrame();
    } else {
      this.time += step.ms;
      if (!this.attached) return;
      this.begin();
      this.passTime();
      if (step.do === "pump") this.runPump();
      else if (this.paused) this.deliver();
      else this.runFrame();
    }
    this.stage = "outside";
    this.keepsOpen = false;
  }

  protected override microtasksDone(): void {
    this.frameOpen = false;
  }

  private begin(): void {
    this.turns++;
    this.stage = "delivering";
    this.turnStart = this.cpu;
  }

  /** Lets count what has passed since the last turn. */
  private passTime(): void {
    // Backwards is no time, and the first turn is where the clock begins.
    const passed = this.timestamp === null ? 0 : Math.max(0, this.time - this.timestamp);
    this.timestamp = this.time;
    this.moveClock(this.paused ? 0 : passed);
  }

  private moveClock(elapsed: number): void {
    this.clock += elapsed;
    // A single long gap is no frame; where they all are that long, it is one.
    this.oneFrame = Math.min(elapsed, Math.max(this.elapsed, MAX_DELTA));
    this.elapsed = elapsed;
  }

  private runFrame(): void {
    const rawDelta = this.frame === null ? 0 : this.clock - this.lastFrame;
    if (this.frame === null) this.firstFrame = this.clock;
    this.lastFrame = this.clock;
    const index = this.frameIndex + 1;
    const time = this.clock - this.firstFrame;
    const frame = { index, time, delta: Math.min(rawDelta, MAX_DELTA), rawDelta };
    this.frame = frame;

    this.deliver();
    this.endTimers();
    this.stage = "phases";
    this.ready.push(...this.starting.splice(0));
    for (const phase of this.phases) {
      for (const pending of phase.splice(0)) this.resume(pending, ok(frame));
      this.drain();
    }
    this.frameOpen = this.keepsOpen;
  }

  private runPump(): void {
    // As in a frame: a pause begins with the next one.
    const { paused } = this;
    this.deliver();
    if (paused) return;
    this.endTimers();
    this.stage = "phases";
    this.ready.push(...this.starting.splice(0));
    this.drain();
  }

  private deliver(): void {
    for (const entry of this.arrived.splice(0)) this.takeTurn(entry);
    this.drain();
  }

  private endTimers(): void {
    const isDue = (timer: Timer) => timer.deadline <= this.clock && timer.born < this.turns;
    for (;;) {
      const [next] = this.timers
        .filter(isDue)
        .toSorted((a, b) => a.deadline - b.deadline || a.order - b.order);
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.resumedAt = next.deadline;
      this.resume(next.pending, ok());
      this.resumedAt = null;
    }
    this.drain();
  }

  private drain(): void {
    for (let entry = this.ready.shift(); entry !== undefined; entry = this.ready.shift())
      this.takeTurn(entry);
  }

  private takeTurn(entry: Entry): void {
    if ("start" in entry) {
      const task = entry.start;
      if (task.state !== "ready") return;
      task.coroutine = task.open(task);
      this.run(task, (coroutine) => coroutine.next());
    } else if (entry.settled.state === "settled") {
      entry.settled.state = "taken";
      entry.settled.take(entry.settled.outcome as Outcome);
    }
  }

  // --- suspensions ---

  private resume(pending: Pending, outcome: Outcome): void {
    if (pending.state !== "waiting") return;
    // What belongs to the same combinator and has settled before counts before.
    if (pending.beside.some((other) => other.state === "settled")) {
      this.settle(pending, outcome);
      return;
    }
    pending.state = "taken";
    pending.take(outcome);
  }

  private settle(pending: Pending, outcome: Outcome): void {
    if (pending.state !== "beginning" && pending.state !== "waiting") return;
    const waiting = pending.state === "waiting";
    pending.state = "settled";
    pending.outcome = outcome;
    if (waiting) this.enqueue({ settled: pending });
  }

  private enqueue(entry: Entry): void {
    if (this.stage === "outside") this.arrived.push(entry);
    else this.ready.push(entry);
  }

  private drop(pending: Pending): void {
    const { state } = pending;
    if (state === "taken" || state === "dropped") return;
    pending.state = "dropped";
    if (state === "settled") pending.giveBack();
    else pending.undo();
  }

  /** Begins a wait that somebody holds from the start. If it is settled then, its outcome is there at once. */
  private beginWait(
    request: Request,
    task: ModelTask,
    hold: (pending: Pending) => void,
    take: (outcome: Outcome) => void,
  ): Pending {
    const pending: Pending = {
      state: "beginning",
      outcome: null,
      task,
      take,
      undo: () => {},
      giveBack: () => {},
      needs: () => false,
      beside: [],
    };
    hold(pending);
    this.enter(request, pending);
    if (pending.state === "beginning") pending.state = "waiting";
    return pending;
  }

  private enter(request: Request, pending: Pending): void {
    switch (request.wait) {
      case "frame":
        enlist(pending, this.phases[request.phase] as Pending[]);
        break;
      case "sleep":
        this.sleep(pending, request.ms);
        break;
      case "breathe":
        if (this.cpu - this.turnStart < BUDGET) this.settle(pending, ok());
        // In the next frame, but no sleep: what sleeps then sleeps from then on.
        else this.addTimer(pending, Number.NEGATIVE_INFINITY);
        break;
      case "event": {
        const event = this.events[request.event] as { set: boolean; waiters: Pending[] };
        if (event.set) this.settle(pending, ok());
        else enlist(pending, event.waiters);
        break;
      }
      case "send":
        this.send(this.channels[request.channel] as ModelChannel, request.item, pending);
        break;
      case "receive":
        this.receive(this.channels[request.channel] as ModelChannel, pending);
        break;
      case "outside":
        this.outside(request, pending);
        break;
      case "join":
        this.join(request.target, pending);
        break;
      case "body": {
        const child = this.create("child", pending.task, () => this.body(request.body));
        pending.needs = (task, asked) => needs(child, task, asked);
        this.enlistJoiner(child, pending);
        const { undo } = pending;
        pending.undo = () => {
          undo();
          this.cancel(child);
        };
        break;
      }
      case "spawn":
        this.settle(pending, ok(this.start(pending.task, request)));
        break;
      case "end":
        request.body.pending = pending;
        break;
      default:
        this.combine(request.wait, request.of, pending);
    }
  }

  private sleep(pending: Pending, ms: number): void {
    // Timestamps jitter by less than a millisecond. Where no frames were asked for, a gap is no frame.
    const most = Math.min(this.oneFrame + 1, ms + MAX_DELTA);
    const follows = this.resumedAt !== null && this.clock - this.resumedAt <= most;
    this.addTimer(pending, (follows ? (this.resumedAt as number) : this.clock) + ms);
  }

  private addTimer(pending: Pending, deadline: number): void {
    const timer: Timer = { pending, deadline, order: this.timerCount++, born: this.turns };
    this.timers.push(timer);
    pending.undo = () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  private outside({ source, start, cleanup }: Extract<Wait, { wait: "outside" }>, pending: Pending): void {
    const registration: Registration = { source, cleanup, pending, open: true, begun: false, cleanups: 0 };
    this.registrations.push(registration);
    pending.undo = () => this.cleanUp(registration);
    if (start === "throw") {
      registration.open = false;
      this.settle(pending, fail(this.thrown()));
      return;
    } else if (start === "resolve" || start === "reject") {
      registration.open = false;
      this.settle(pending, start === "resolve" ? ok(this.nextValue()) : fail(this.thrown()));
    } else if (start !== null) {
      this.act(start);
    }
    registration.begun = true;
    // Settled or dropped while it began.
    if (pending.state !== "beginning") this.cleanUp(registration);
  }

  private cleanUp(registration: Registration): void {
    if (!registration.begun) return;
    const { cleanup, source, pending } = registration;
    registration.begun = false;
    registration.open = false;
    registration.cleanups++;
    this.log(`cleanup of outside ${source}`);
    if (cleanup === "throw") this.report(this.thrown(), pending.task.name);
    else if (cleanup !== null) this.act(cleanup);
  }

  private join(target: ModelTask, pending: Pending): void {
    // A circle of tasks that wait for each other's end would never end.
    if (needs(target, pending.task)) {
      this.settle(pending, fail(kitError("Error")));
      return;
    }
    pending.needs = (task, asked) => needs(target, task, asked);
    if (target.settled) this.settle(pending, outcomeOf(target));
    else this.enlistJoiner(target, pending);
  }

  private enlistJoiner(target: ModelTask, pending: Pending): void {
    target.joiners.push(pending);
    pending.undo = () => {
      target.joiners = target.joiners.filter((other) => other !== pending);
    };
  }

  private combine(
    kind: "all" | "allSettled" | "race" | "any" | "timeout",
    of: Request[],
    whole: Pending,
  ): void {
    const parts: Pending[] = [];
    const results: unknown[] = of.map(() => undefined);
    let left = of.length;
    let decided = false;

    /** Ends what has not ended, newest first, and gives back what has come for nothing. */
    const endAll = (giveBack: boolean) => {
      decided = true;
      for (const part of parts.toReversed()) {
        this.drop(part);
        if (giveBack) giveBackTaken(part);
      }
    };
    const decide = (outcome: Outcome) => {
      if (decided) return;
      endAll(outcome.failed);
      if (whole.state === "beginning") this.settle(whole, outcome);
      else this.resume(whole, outcome);
    };
    const arrive = (part: Pending, index: number, outcome: Outcome) => {
      part.outcome = outcome;
      const { failed, value } = outcome;
      left--;
      switch (kind) {
        case "race":
          decide(outcome);
          break;
        case "timeout":
          decide(index === 0 ? outcome : fail(kitError("TimeoutError")));
          break;
        case "all":
          results[index] = value;
          if (failed) decide(outcome);
          else if (left === 0) decide(ok(results));
          break;
        case "allSettled":
          results[index] = failed ? { status: "rejected", reason: value } : { status: "fulfilled", value };
          if (left === 0) decide(ok(results));
          break;
        case "any":
          results[index] = value;
          if (!failed) decide(outcome);
          else if (left === 0) decide(fail(new AggregateError(results)));
      }
    };

    whole.needs = (task, asked) => {
      const open = parts.filter(
        (part) => part.state === "beginning" || part.state === "waiting" || part.state === "settled",
      );
      const inNeed = open.filter((part) => part.state === "waiting" && part.needs(task, asked));
      return kind === "all" || kind === "allSettled" ? inNeed.length > 0 : inNeed.length === open.length;
    };
    whole.undo = () => endAll(true);
    whole.giveBack = () => parts.toReversed().forEach(giveBackTaken);
    for (const [index, request] of of.entries()) {
      const part: Pending = this.beginWait(
        request,
        whole.task,
        (pending) => {
          pending.beside = parts;
          parts.push(pending);
        },
        (outcome) => arrive(part, index, outcome),
      );
      if (part.state === "settled") {
        part.state = "taken";
        arrive(part, index, part.outcome as Outcome);
      }
      if (decided) return;
    }
  }

  // --- channels ---

  private send(channel: ModelChannel, item: string, pending: Pending): void {
    if (channel.closed) {
      this.settle(pending, fail(kitError("ChannelClosedError")));
    } else if (channel.takers.length > 0 || channel.items.length < channel.capacity) {
      this.put(channel, { item, order: channel.order++ });
      this.settle(pending, ok());
    } else {
      const sender = { pending, item };
      channel.senders.push(sender);
      pending.undo = () => {
        channel.senders = channel.senders.filter((other) => other !== sender);
      };
    }
  }

  /** Puts an item at its place, or hands it to who waits for one. */
  private put(channel: ModelChannel, item: Item): void {
    // After the end, one that has heard of it but has not gone on can still get an item that comes back.
    const canTake = ({ pending }: { pending: Pending }) => !channel.closed || pending.state === "settled";
    const taker = channel.takers.find(canTake);
    channel.takers = channel.takers.filter((other) => other !== taker);
    if (taker === undefined) {
      channel.items = [...channel.items, item].toSorted((a, b) => a.order - b.order);
    } else {
      taker.got = item;
      if (channel.closed) taker.pending.outcome = ok(item.item);
      else this.settle(taker.pending, ok(item.item));
    }
  }

  private receive(channel: ModelChannel, pending: Pending): void {
    const taker: { pending: Pending; got: Item | null } = { pending, got: null };
    pending.undo = () => {
      channel.takers = channel.takers.filter((other) => other !== taker);
    };
    pending.giveBack = () => {
      if (taker.got !== null) this.put(channel, taker.got);
    };
    const accept = () => {
      const sender = channel.senders.shift() as { pending: Pending; item: string };
      channel.items.push({ item: sender.item, order: channel.order++ });
      this.settle(sender.pending, ok());
    };
    if (channel.items.length === 0 && channel.senders.length > 0) accept();
    const item = channel.items.shift();
    if (item !== undefined) {
      taker.got = item;
      this.settle(pending, ok(item.item));
      while (channel.senders.length > 0 && channel.items.length < channel.capacity) accept();
    } else if (channel.closed) {
      this.settle(pending, ok(closed));
    } else {
      channel.takers.push(taker);
    }
  }

  // --- tasks ---

  private create(name: string, parent: ModelTask | null, open: ModelTask["open"]): ModelTask {
    const task: ModelTask = {
      name,
      parent,
      open,
      children: [],
      state: "ready",
      value: undefined,
      coroutine: null,
      pending: null,
      closing: false,
      settled: false,
      cancelRequested: false,
      childErrors: [],
      thrownIn: [],
      joiners: [],
      promised: null,
      isAsync: false,
      waits: [],
      resumedAt: null,
      aborted: false,
    };
    (parent?.children ?? this.roots).push(task);
    if (name === "wait") return task;
    if (this.stage === "phases") this.ready.push({ start: task });
    else this.starting.push({ start: task });
    return task;
  }

  /** Starts what the program calls a task. */
  private start(parent: ModelTask | null, { body, signal, isAsync }: Spawned): ModelTask {
    const open = (task: ModelTask) => (isAsync ? this.asyncBody(task, body) : this.body(body));
    const task = this.create(`t${this.tasks.length}`, parent, open);
    task.isAsync = isAsync;
    this.tasks.push(task);
    const followed = this.signals[signal ?? -1];
    if (followed?.aborted === true) this.cancel(task);
    else followed?.tasks.push(task);
    return task;
  }

  /** To the loop, an async function is a coroutine that waits once, for its end. */
  private *asyncBody(task: ModelTask, body: Statement[]): Generator<Request, unknown, unknown> {
    const face: Face = {
      get aborted() {
        return task.aborted;
      },
      wait: (wait) => this.asyncWait(task, wait),
      spawn: (spawned) => {
        if (task.closing) throw kitError("CancelledError");
        this.start(task, spawned);
      },
    };
    return yield { wait: "end", body: this.promiseEnd(task, runAsync(this, face, body)) };
  }

  /** A wait of an async function begins at the call, and ends with its task. */
  private asyncWait(task: ModelTask, wait: Wait): Promise<unknown> {
    const request = this.requestOf(wait);
    const refusal = this.refusal(task);
    if (refusal) return refusal;
    const { child, result } = this.beginAsyncWait(task, request);
    if (!child.settled || this.stage !== "outside" || this.frameOpen) return result;
    // What has settled at once outside of a frame is told in the next turn.
    const end: Request = { wait: "end", body: this.promiseEnd(task, result) };
    return this.refusal(task) ?? this.beginAsyncWait(task, end).result;
  }

  /** What an async function hears at once that is cancelled, or whose child has failed. */
  private refusal(task: ModelTask): Promise<never> | null {
    if (task.childErrors.length > 0) return Promise.reject(task.childErrors.shift() as Error);
    return task.closing ? Promise.reject(kitError("CancelledError")) : null;
  }

  private beginAsyncWait(task: ModelTask, request: Request): { child: ModelTask; result: Promise<unknown> } {
    const child = this.create("wait", task, function* () {
      return yield request;
    });
    const result = new Promise<unknown>((resolve, reject) => {
      child.promised = [({ failed, value }) => (failed ? reject(value as Error) : resolve(value))];
    });
    task.waits.push(child);
    child.coroutine = child.open(child);
    this.resumedAt = task.resumedAt;
    this.run(child, (coroutine) => coroutine.next());
    this.resumedAt = null;
    return { child, result };
  }

  /** A wait for a promise of an async function, which ends it outside of a turn. */
  private promiseEnd(task: ModelTask, promise: Promise<unknown>): { pending: Pending | null } {
    const end: { pending: Pending | null } = { pending: null };
    promise.then(
      (value) => end.pending !== null && this.settle(end.pending, ok(value)),
      (error: unknown) => {
        if (end.pending !== null && end.pending.state !== "dropped") this.settle(end.pending, fail(error));
        // What the cancel itself has made fail is no news.
        else if (show(error) !== "CancelledError") this.report(error, task.name);
      },
    );
    return end;
  }

  /** Steps a task until it waits or has ended. */
  private run(
    task: ModelTask,
    first: (coroutine: Iterator<unknown, unknown>) => IteratorResult<unknown>,
  ): void {
    let step = first;
    for (;;) {
      task.state = "running";
      let result: IteratorResult<unknown, unknown>;
      try {
        result = step(task.coroutine as Iterator<unknown, unknown>);
      } catch (error) {
        this.end(task, "failed", error);
        return;
      }
      if (result.done === true) {
        this.end(task, "done", result.value);
        return;
      }
      if (task.cancelRequested) {
        this.unwind(task);
        return;
      }
      if (task.childErrors.length > 0) {
        step = stepWith(fail(task.childErrors.shift()));
        continue;
      }
      const pending = this.beginWait(
        result.value as Request,
        // What a wait of an async function starts belongs to the function's task.
        task.name === "wait" ? (task.parent as ModelTask) : task,
        (begun) => {
          // Its own code has let go: what begins the wait may cancel it.
          task.pending = begun;
          task.state = "waiting";
        },
        (outcome) => {
          task.pending = null;
          this.run(task, stepWith(outcome));
        },
      );
      if (pending.state !== "settled") return;
      pending.state = "taken";
      task.pending = null;
      step = stepWith(pending.outcome as Outcome);
    }
  }

  private cancel(task: ModelTask): void {
    if (task.closing) return;
    if (task.state === "running") task.cancelRequested = true;
    else this.unwind(task);
  }

  private cancelAll(tasks: ModelTask[]): void {
    for (const task of tasks.toReversed()) this.cancel(task);
  }

  private end(task: ModelTask, state: "done" | "failed", value: unknown): void {
    task.closing = true;
    this.cancelAll(task.children);
    this.finish(task, state, value);
  }

  private unwind(task: ModelTask, state: "cancelled" | "failed" = "cancelled", value?: unknown): void {
    task.closing = true;
    task.state = "running";
    if (task.pending !== null) this.drop(task.pending);
    task.pending = null;
    this.cancelAll(task.children);
    task.aborted = true;
    while (task.coroutine !== null) {
      try {
        if (task.coroutine.return?.().done === true) break;
        this.report(kitError("Error"), task.name);
      } catch (error) {
        this.report(error, task.name);
        break;
      }
    }
    this.finish(task, state, value);
  }

  private finish(task: ModelTask, state: "done" | "failed" | "cancelled", value: unknown): void {
    task.state = state;
    task.value = value;
    for (const error of [...task.thrownIn.splice(0), ...task.childErrors.splice(0)]) {
      // There is no next wait: the error is the task's own, or nobody's.
      if (task.state === "done") {
        task.state = "failed";
        task.value = error;
      } else {
        this.report(error, task.name);
      }
    }
    if (task.children.length === 0) this.settleTask(task);
  }

  private settleTask(task: ModelTask): void {
    task.settled = true;
    const { parent } = task;
    const siblings = parent?.children ?? this.roots;
    siblings.splice(siblings.indexOf(task), 1);
    const { joiners } = task;
    task.joiners = [];
    for (const joiner of joiners) this.settle(joiner, outcomeOf(task));
    if (task.promised !== null && this.stage !== "outside") this.keepsOpen = true;
    this.keepPromises(task);
    if (task.state === "failed" && joiners.length === 0 && task.promised === null) {
      if (parent === null) this.report(task.value, task.name);
      else this.childFailed(parent, task);
    }
    if (parent !== null && isEnded(parent) && parent.children.length === 0 && !parent.settled)
      this.settleTask(parent);
  }

  private childFailed(task: ModelTask, child: ModelTask): void {
    if (task.closing) {
      this.report(child.value, child.name);
    } else if (task.isAsync) {
      // All that it waits for fails; if that is nothing, what it waits for next.
      if (task.waits.length === 0) task.childErrors.push(child.value);
      for (const wait of task.waits) if (!wait.closing) this.unwind(wait, "failed", child.value);
    } else if (task.pending?.state === "waiting") {
      const { pending } = task;
      const error = child.value;
      // On its way, but not seen yet.
      task.thrownIn.push(error);
      const thrown: Pending = {
        ...pending,
        state: "waiting",
        take: (outcome) => {
          task.thrownIn = [];
          pending.take(outcome);
        },
        undo: () => {},
        giveBack: () => {},
        needs: () => false,
      };
      task.pending = thrown;
      this.drop(pending);
      this.settle(thrown, fail(error));
    } else {
      task.childErrors.push(child.value);
    }
  }

  private keepPromises(task: ModelTask): void {
    // The next wait of an async function begins where its last one ended.
    if (task.name === "wait" && task.parent !== null) {
      task.parent.resumedAt = this.resumedAt;
      task.parent.waits = task.parent.waits.filter((wait) => wait !== task);
    }
    for (const tell of task.promised?.splice(0) ?? []) tell(outcomeOf(task));
  }

  // --- what programs do ---

  act(act: Act): void {
    switch (act.do) {
      case "set": {
        const event = this.events[act.event] as { set: boolean; waiters: Pending[] };
        event.set = true;
        for (const waiter of event.waiters.splice(0)) this.settle(waiter, ok());
        break;
      }
      case "clear":
        (this.events[act.event] as { set: boolean }).set = false;
        break;
      case "close": {
        const channel = this.channels[act.channel] as ModelChannel;
        if (channel.closed) break;
        channel.closed = true;
        for (const { pending } of channel.senders.splice(0)) {
          this.settle(pending, fail(kitError("ChannelClosedError")));
        }
        for (const { pending } of channel.takers) this.settle(pending, ok(closed));
        break;
      }
      case "cancel": {
        const task = this.task(act.task);
        if (task !== undefined) this.cancel(task);
        break;
      }
      case "then": {
        const task = this.task(act.task);
        if (task === undefined) break;
        const name = `t${this.tasks.indexOf(task)}`;
        if (task.settled && task.promised === null && this.stage !== "outside") this.keepsOpen = true;
        const tell = ({ failed, value }: Outcome) => {
          this.promised.push(failed ? `${name} failed: ${show(value)}` : `${name}: ${show(value)}`);
        };
        if (isEnded(task) && !task.settled && task.children.length === 0) {
          // Asked while it reports what its end leaves over: it has its outcome, and does not wait for who asks.
          if (this.stage !== "outside") this.keepsOpen = true;
          tell(outcomeOf(task));
          break;
        }
        (task.promised ??= []).push(tell);
        if (task.settled) this.keepPromises(task);
        break;
      }
      case "run": {
        const task = this.start(null, act);
        if (this.stopping > 0) this.cancel(task);
        else this.attached = true;
        break;
      }
      case "settle":
        for (const registration of this.registrations) {
          if (registration.source !== act.source || !registration.open) continue;
          registration.open = false;
          const outcome = act.fail ? fail(this.thrown()) : ok(this.nextValue());
          this.cleanUp(registration);
          this.settle(registration.pending, outcome);
        }
        break;
      case "abort": {
        const signal = this.signals[act.signal] as { aborted: boolean; tasks: ModelTask[] };
        signal.aborted = true;
        for (const task of signal.tasks.splice(0)) this.cancel(task);
        break;
      }
      case "spend":
        this.cpu += act.ms;
        break;
      case "pause":
      case "resume":
        // Between turns too, a pause takes no more time away than its own.
        if (this.paused !== (act.do === "pause") && this.stage === "outside" && this.timestamp !== null) {
          this.passTime();
        }
        this.paused = act.do === "pause";
        break;
      case "start":
        this.attached = true;
        break;
      case "look":
        this.look(this.roots.length, this.tasks.map(stateOf));
        break;
      case "settleAgain":
        // It makes no difference.
        break;
      case "stop":
        this.stopping++;
        this.cancelAll(this.roots);
        this.stopping--;
        this.attached = false;
    }
  }

  *spawn(spawned: Spawned): Coroutine & Generator<Suspend, unknown, unknown> {
    return yield { wait: "spawn", ...spawned } as Request as never;
  }

  *wait(wait: Wait): Coroutine & Generator<Suspend, unknown, unknown> {
    return yield this.requestOf(wait) as never;
  }

  private requestOf(operand: Operand): Request {
    if ("body" in operand) return { wait: "body", body: operand.body };
    switch (operand.wait) {
      case "send":
        return { ...operand, item: this.nextItem() };
      case "join":
        return { wait: "join", target: this.task(operand.task) as ModelTask };
      case "timeout":
        return { wait: "timeout", of: [this.requestOf(operand.of), { wait: "sleep", ms: operand.ms }] };
      case "all":
      case "allSettled":
      case "race":
      case "any":
        return { wait: operand.wait, of: operand.of.map((one) => this.requestOf(one)) };
      default:
        return operand;
    }
  }

  private task(number: number): ModelTask | undefined {
    return this.tasks[number % this.tasks.length];
  }
}

function enlist(pending: Pending, list: Pending[]): void {
  list.push(pending);
  pending.undo = () => {
    const place = list.indexOf(pending);
    if (place >= 0) list.splice(place, 1);
  };
}

function giveBackTaken(part: Pending): void {
  if (part.state !== "taken" || part.outcome?.failed === true) return;
  part.giveBack();
  part.giveBack = () => {};
}

/** The state as the kit tells it: what waits and has its outcome is ready. */
/** Whether a task is another one, or can't end before it. */
function needs(task: ModelTask, other: ModelTask, asked = new Set<ModelTask>()): boolean {
  if (task === other) return true;
  if (asked.has(task) || task.pending?.state !== "waiting") return false;
  return task.pending.needs(other, asked.add(task));
}

function stateOf({ state, pending }: ModelTask): ModelTask["state"] {
  return state === "waiting" && pending?.state === "settled" ? "ready" : state;
}

function isEnded({ state }: ModelTask): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

function outcomeOf(task: ModelTask): Outcome {
  if (task.state === "done") return ok(task.value);
  return fail(task.state === "cancelled" ? kitError("CancelledError") : task.value);
}

function stepWith({ failed, value }: Outcome) {
  return (coroutine: Iterator<unknown, unknown>): IteratorResult<unknown> =>
    failed ? (coroutine.throw as (error: unknown) => IteratorResult<unknown>)(value) : coroutine.next(value);
}
