import { manualDriver, timerDriver, type Driver, type DriverHost, type ManualDriver } from "awaitframe";
import { checkDriver } from "awaitframe/testing";
import { describe, expect, test } from "vitest";
import { VirtualDriver } from "../../src/testing/virtual-driver.ts";

describe("the drivers of the kit pass:", () => {
  test("timerDriver", async () => {
    await expect(checkDriver(() => timerDriver({ interval: 4 }))).resolves.toBeUndefined();
  });

  test("manualDriver, called when it asks for it", async () => {
    const times = new Map<ManualDriver, number>();
    await expect(
      checkDriver(manualDriver, {
        pass: (driver, ms) => {
          for (let i = 0; i < ms; i++) {
            const time = (times.get(driver) ?? 0) + 1;
            times.set(driver, time);
            if (driver.frameRequested || driver.wakeTime <= time) driver.tick(time);
          }
        },
      }),
    ).resolves.toBeUndefined();
  });

  test("manualDriver, called all the time", async () => {
    await expect(
      checkDriver(manualDriver, {
        continuous: true,
        pass: (driver, ms) => {
          for (let i = 0; i < ms; i++) driver.tick(driver.now() + 1);
        },
      }),
    ).resolves.toBeUndefined();
  });

  test("that of a test loop", async () => {
    await expect(
      checkDriver(() => new VirtualDriver(10), {
        pass: (driver, ms) => {
          const end = driver.time + ms;
          while (driver.nextWanted <= end) driver.frame(driver.nextWanted);
          driver.time = end;
        },
      }),
    ).resolves.toBeUndefined();
  });
});

/** A driver on a clock of whole milliseconds; what is wrong with one is overridden. */
class Clockwork implements Driver {
  host: DriverHost | null = null;
  time = 0;
  frames = 0;
  wake = Number.POSITIVE_INFINITY;

  attach(host: DriverHost): void {
    if (this.host !== null) throw new Error("taken");
    this.host = host;
  }
  detach(): void {
    this.host = null;
    this.frames = 0;
    this.wake = Number.POSITIVE_INFINITY;
  }
  now(): number {
    return this.time;
  }
  requestFrame(): void {
    this.frames = 1;
  }
  requestWake(time: number): void {
    this.wake = time;
  }
  call(host: DriverHost): void {
    host.tick(this.time);
  }
  beat(): void {
    this.time++;
    if (this.frames > 0) this.frames--;
    else if (this.wake <= this.time) this.wake = Number.POSITIVE_INFINITY;
    else return;
    if (this.host) this.call(this.host);
  }
}

const checked = (make: () => Clockwork) =>
  checkDriver(make, {
    pass: (driver, ms) => {
      for (let i = 0; i < ms; i++) driver.beat();
    },
  });

test("one without a flaw passes", async () => {
  await expect(checked(() => new Clockwork())).resolves.toBeUndefined();
});

const FLAWS: Record<string, [string, () => Clockwork]> = {
  "calls on its own": [
    "calls nothing that was not asked for: calls: 80, asked for: 0",
    () =>
      new (class extends Clockwork {
        override beat() {
          this.frames = 1;
          super.beat();
        }
      })(),
  ],
  "counts requests": [
    "makes one frame for a request, however often it is made: calls: 2, asked for: 1",
    () =>
      new (class extends Clockwork {
        override requestFrame() {
          this.frames++;
        }
      })(),
  ],
  "makes no frames": [
    "makes one frame for a request, however often it is made: nothing came within 250 ms",
    () =>
      new (class extends Clockwork {
        override requestFrame() {}
      })(),
  ],
  "pumps where a frame was asked for": [
    "a requested frame is a tick, not a pump",
    () =>
      new (class extends Clockwork {
        override call(host: DriverHost) {
          host.pump(this.time);
        }
      })(),
  ],
  "calls inside the request": [
    "tick() inside the call that asks for it",
    () =>
      new (class extends Clockwork {
        override requestFrame() {
          this.host?.tick(this.time);
        }
      })(),
  ],
  "forgets what is asked for in a frame": [
    "makes another frame when asked in a frame: nothing came",
    () =>
      new (class extends Clockwork {
        override call(host: DriverHost) {
          super.call(host);
          this.frames = 0;
        }
      })(),
  ],
  "has another clock in its timestamps": [
    "when now() is",
    () =>
      new (class extends Clockwork {
        override call(host: DriverHost) {
          host.tick(this.time + 1e6);
        }
      })(),
  ],
  "has no clock": [
    "tick(NaN): a timestamp is a finite number",
    () =>
      new (class extends Clockwork {
        override call(host: DriverHost) {
          host.tick(Number.NaN);
        }
      })(),
  ],
  "goes back in time": [
    "makes another frame when asked in a frame: tick(-2) after -1",
    () =>
      new (class extends Clockwork {
        override call(host: DriverHost) {
          host.tick(-this.time);
        }
      })(),
  ],
  "wakes too early": [
    "wakes at a time, and not before: a wake-up came 20 ms too early",
    () =>
      new (class extends Clockwork {
        override requestWake(time: number) {
          super.requestWake(time - 20);
        }
      })(),
  ],
  "keeps the first of two wake-ups": [
    "wakes at a time, and not before: nothing came",
    () =>
      new (class extends Clockwork {
        override requestWake(time: number) {
          if (this.wake === Number.POSITIVE_INFINITY) super.requestWake(time);
        }
      })(),
  ],
  "takes -Infinity for nothing": [
    "wakes as soon as possible: nothing came",
    () =>
      new (class extends Clockwork {
        override requestWake(time: number) {
          if (time > 0) super.requestWake(time);
        }
      })(),
  ],
  "takes no wake-up back": [
    "forgets a wake-up that is taken back: calls: 1, asked for: 0",
    () =>
      new (class extends Clockwork {
        override requestWake(time: number) {
          if (time < Number.POSITIVE_INFINITY) super.requestWake(time);
        }
      })(),
  ],
  "calls after detach": [
    "forgets everything when detached, and can be attached again: tick() after detach()",
    () =>
      new (class extends Clockwork {
        override attach(host: DriverHost) {
          this.host ??= host;
        }
        override detach() {}
      })(),
  ],
  "remembers a request beyond detach": [
    "forgets everything when detached, and can be attached again: calls: 1, asked for: 0",
    () =>
      new (class extends Clockwork {
        override beat() {
          if (this.host !== null) super.beat();
        }
        override detach() {
          this.host = null;
        }
      })(),
  ],
  "serves several": [
    "a driver serves one loop: a second attach() must throw",
    () =>
      new (class extends Clockwork {
        override attach(host: DriverHost) {
          this.host = host;
        }
      })(),
  ],
};

test.each(Object.entries(FLAWS))("one that %s does not", async (_flaw, [message, make]) => {
  await expect(checked(make)).rejects.toThrow(message);
});
