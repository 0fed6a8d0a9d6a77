import type { Driver, DriverHost } from "awaitframe";

/** A driver that writes down what it is asked for, on a clock that the test moves. */
export class RecordingDriver implements Driver {
  /** Everything it was asked for since `asked` was called last. */
  #calls: string[] = [];
  host: DriverHost | null = null;
  /** What is wanted at present. */
  frameWanted = false;
  wakeTime = Number.POSITIVE_INFINITY;
  /** The clock of `now`, and that of the frame budget. */
  time = 0;
  cpu = 0;

  /** Takes what was asked for since the last call. */
  asked(): string[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }

  attach(host: DriverHost): void {
    this.#calls.push("attach");
    this.host = host;
  }

  detach(): void {
    this.#calls.push("detach");
    this.host = null;
    this.frameWanted = false;
    this.wakeTime = Number.POSITIVE_INFINITY;
  }

  now(): number {
    return this.time;
  }

  cpuTime(): number {
    return this.cpu;
  }

  requestFrame(): void {
    this.#calls.push("frame");
    this.frameWanted = true;
  }

  requestWake(time: number): void {
    this.#calls.push(`wake ${time}`);
    this.wakeTime = time;
  }

  /** Runs a frame, whether it was asked for or not. */
  tick(time: number): void {
    this.time = time;
    this.frameWanted = false;
    this.host?.tick(time);
  }

  pump(time: number): void {
    this.time = time;
    this.host?.pump(time);
  }
}
