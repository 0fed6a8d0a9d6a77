import type { Driver, DriverHost } from "../core/driver.ts";
import type { CheckDriverOptions } from "./check-driver.ts";

/** How long nothing may come that was not asked for, in milliseconds. */
const QUIET = 80;

/** How often it is looked whether a call has come, in milliseconds. */
const STEP = 5;

/** A driver, and a host in the place of a loop that watches what it is called for. @internal */
export class DriverBench<D extends Driver> implements DriverHost {
  calls = 0;
  ticks = 0;
  /** The driver's time at the last call. */
  lastCall = Number.NEGATIVE_INFINITY;
  /** What the host does in a call. */
  onCall: () => void = () => {};
  readonly continuous: boolean;
  private readonly pass: (driver: D, ms: number) => void | Promise<void>;
  private readonly patience: number;
  private attached = false;
  private asking = false;
  private lastTimestamp = Number.NEGATIVE_INFINITY;
  /** What a call was wrong with. Kept for the check, since an error might end in the driver. */
  private problem: string | null = null;

  constructor(
    readonly driver: D,
    { pass = realTime, patience = 250, continuous = false }: CheckDriverOptions<D>,
  ) {
    this.pass = pass;
    this.patience = patience;
    this.continuous = continuous;
  }

  attach(): void {
    this.attached = true;
    this.driver.attach(this);
  }

  detach(): void {
    this.attached = false;
    this.driver.detach();
  }

  close(): void {
    if (this.attached) this.detach();
  }

  /** Asks the driver for something: it must not call back from inside. */
  ask(request: (driver: D) => void): void {
    this.asking = true;
    request(this.driver);
    this.asking = false;
  }

  tick(timestamp: number): void {
    this.ticks++;
    this.called("tick", timestamp);
  }

  pump(timestamp: number): void {
    this.called("pump", timestamp);
  }

  /** Waits until there have been so many calls. */
  async until(count: number): Promise<void> {
    for (let waited = 0; this.calls < count; waited += STEP) {
      this.expect(waited <= this.patience, `nothing came within ${this.patience} ms`);
      await this.wait(STEP);
    }
  }

  /** Waits for a while, in which it must stay at so many calls. */
  async expectCalls(count: number): Promise<void> {
    await this.wait(QUIET);
    this.expect(this.continuous || this.calls === count, `calls: ${this.calls}, asked for: ${count}`);
  }

  expect(holds: boolean, message: string): void {
    if (!holds) throw new Error(message);
  }

  private async wait(ms: number): Promise<void> {
    await this.pass(this.driver, ms);
    if (this.problem !== null) throw new Error(this.problem);
  }

  private called(kind: string, timestamp: number): void {
    this.problem ??= this.wrongWith(kind, timestamp);
    this.calls++;
    this.lastCall = this.driver.now();
    this.lastTimestamp = timestamp;
    if (!this.attached) return;
    // A loop says after each call anew what it waits for.
    this.ask((driver) => driver.requestWake(Number.POSITIVE_INFINITY));
    this.onCall();
  }

  private wrongWith(kind: string, timestamp: number): string | null {
    if (this.asking) return `${kind}() inside the call that asks for it`;
    if (!this.attached) return `${kind}() after detach()`;
    if (!Number.isFinite(timestamp)) return `${kind}(${timestamp}): a timestamp is a finite number`;
    if (timestamp < this.lastTimestamp) return `${kind}(${timestamp}) after ${this.lastTimestamp}`;
    const now = this.driver.now();
    if (Math.abs(now - timestamp) > this.patience) return `${kind}(${timestamp}) when now() is ${now}`;
    return null;
  }
}

function realTime(_driver: Driver, ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
