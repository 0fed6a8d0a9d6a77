import type { Driver } from "../core/driver.ts";
import { DriverBench } from "./driver-bench.ts";

/** Options of {@link checkDriver}. */
export interface CheckDriverOptions<D extends Driver> {
  /**
   * Lets time pass for a driver that a test calls by hand. The default is real time, for drivers that call by
   * themselves.
   *
   * @param ms - How much, in milliseconds.
   */
  pass?: ((driver: D, ms: number) => void | Promise<void>) | undefined;
  /** How long a call that was asked for may take, in milliseconds: 250 by default. */
  patience?: number | undefined;
  /** Whether it makes frames that nobody asked for, as the loop of an engine does. */
  continuous?: boolean | undefined;
}

/** How far ahead a wake-up is asked for, in milliseconds, and how much too early a timer may be. */
const AHEAD = 40;
const EARLY = 2;

const CHECKS: Record<string, (bench: DriverBench<Driver>) => Promise<void>> = {
  "calls nothing that was not asked for": async (bench) => {
    await bench.expectCalls(0);
  },
  "makes one frame for a request, however often it is made": async (bench) => {
    bench.ask((driver) => driver.requestFrame());
    bench.ask((driver) => driver.requestFrame());
    await bench.until(1);
    bench.expect(bench.ticks > 0, "a requested frame is a tick, not a pump");
    await bench.expectCalls(1);
  },
  "makes another frame when asked in a frame": async (bench) => {
    bench.onCall = () => {
      if (bench.calls === 1) bench.ask((driver) => driver.requestFrame());
    };
    bench.ask((driver) => driver.requestFrame());
    await bench.until(2);
    await bench.expectCalls(2);
  },
  "wakes at a time, and not before": async (bench) => {
    const time = bench.driver.now() + AHEAD;
    bench.ask((driver) => driver.requestWake(time + 10_000));
    bench.ask((driver) => driver.requestWake(time));
    await bench.until(1);
    while (bench.continuous && bench.lastCall < time) await bench.until(bench.calls + 1);
    bench.expect(bench.lastCall >= time - EARLY, `a wake-up came ${time - bench.lastCall} ms too early`);
    await bench.expectCalls(1);
  },
  "wakes as soon as possible": async (bench) => {
    bench.ask((driver) => driver.requestWake(Number.NEGATIVE_INFINITY));
    await bench.until(1);
    await bench.expectCalls(1);
  },
  "forgets a wake-up that is taken back": async (bench) => {
    bench.ask((driver) => driver.requestWake(driver.now() + AHEAD));
    bench.ask((driver) => driver.requestWake(Number.POSITIVE_INFINITY));
    await bench.expectCalls(0);
  },
  "forgets everything when detached, and can be attached again": async (bench) => {
    bench.ask((driver) => driver.requestFrame());
    bench.ask((driver) => driver.requestWake(Number.NEGATIVE_INFINITY));
    bench.detach();
    await bench.expectCalls(0);
    bench.attach();
    await bench.expectCalls(0);
    bench.ask((driver) => driver.requestFrame());
    await bench.until(1);
  },
  "serves one loop": async (bench) => {
    let refused = false;
    try {
      bench.driver.attach({ tick() {}, pump() {} });
    } catch {
      refused = true;
    }
    bench.expect(refused, "a second attach() must throw");
  },
};

/**
 * Puts a driver of your own through what a loop expects of it: frames and wake-ups come when they were asked for, once,
 * never inside the call that asks, with timestamps on the clock of `now`, and not after `detach`. It needs no test
 * runner.
 *
 * @param make - Makes a driver; it is called for each check.
 * @throws Error that says what the driver does wrong.
 *
 * @example
 * ```ts
 * import { timerDriver } from "awaitframe";
 * import { checkDriver } from "awaitframe/testing";
 *
 * await checkDriver(() => timerDriver({ interval: 10 }));
 * ```
 */
export async function checkDriver<D extends Driver>(
  make: () => D,
  options: CheckDriverOptions<D> = {},
): Promise<void> {
  for (const [name, check] of Object.entries(CHECKS)) {
    const bench = new DriverBench(make(), options);
    try {
      bench.attach();
      await check(bench as unknown as DriverBench<Driver>);
    } catch (cause) {
      throw new Error(`a driver ${name}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    } finally {
      bench.close();
    }
  }
}
