import type { Driver, DriverHost } from "../core/driver.ts";

/** Times lie on a grid of this many steps a millisecond. */
const STEPS = 2 ** 20;

/** A frame that is due this much later, in milliseconds, is due now: no less than one of these steps. */
const ROUNDING = 1e-6;

/**
 * A display with a virtual clock: its frames lie on a grid, and run when the test says so.
 *
 * @internal
 */
export class VirtualDriver implements Driver {
  time = 0;
  private host: DriverHost | null = null;
  private frameRequested = false;
  private wakeTime = Number.POSITIVE_INFINITY;
  /** The place on the grid of the next frame. */
  private next = 1;

  constructor(private readonly interval: number) {}

  attach(host: DriverHost): void {
    if (this.host !== null) throw new Error("this driver has a loop already: give each loop its own");
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
    return this.time;
  }

  requestFrame(): void {
    this.frameRequested = true;
  }

  requestWake(time: number): void {
    this.wakeTime = time;
  }

  /** Whether the loop has asked for nothing: neither for a frame nor for a wake-up. */
  get isIdle(): boolean {
    return !this.frameRequested && this.wakeTime === Number.POSITIVE_INFINITY;
  }

  /** When the next frame of the display is; never before now, however much time a task has spent. */
  get nextFrame(): number {
    return this.timeOf(this.nextPlace);
  }

  /** When the next frame is that the loop has asked for. */
  get nextWanted(): number {
    if (this.isIdle) return Number.POSITIVE_INFINITY;
    const place = this.nextPlace;
    if (this.frameRequested) return this.timeOf(place);
    return this.timeOf(Math.max(place, this.placeAt(this.wakeTime)));
  }

  /** Whether a time has come at another, but for rounding. */
  isDue(time: number, at: number): boolean {
    return time <= at + ROUNDING;
  }

  /** Lets a frame of the display pass by. */
  skip(): void {
    this.time = this.nextFrame;
    this.next = this.nextPlace + 1;
  }

  /** Runs the frame at a time of the grid, also if the loop has not asked for it. */
  frame(time: number): void {
    this.time = time;
    this.next = this.placeAt(time) + 1;
    this.frameRequested = false;
    this.wakeTime = Number.POSITIVE_INFINITY;
    this.host?.tick(time);
  }

  /** Wakes the loop without a frame. */
  pump(): void {
    this.wakeTime = Number.POSITIVE_INFINITY;
    this.host?.pump(this.time);
  }

  private get nextPlace(): number {
    return Math.max(this.next, this.placeAt(this.time));
  }

  /** The first place on the grid at or after a time. */
  private placeAt(time: number): number {
    return Math.ceil((time - ROUNDING) / this.interval);
  }

  /**
   * A product, not a sum, so that it is still exact after a day; and in steps in which differences are exact too, so
   * that at 60 fps `sleep(100)` takes six frames, and never seven.
   */
  private timeOf(place: number): number {
    return Math.round(place * this.interval * STEPS) / STEPS;
  }
}
