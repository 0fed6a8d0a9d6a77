import type { Frame } from "awaitframe";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { program } from "./arbitrary.ts";
import type { Coroutine } from "./body.ts";
import { KitWorld } from "./kit.ts";
import type { Program, Wait } from "./program.ts";

// What holds for any program, whatever the model says. See the model's test for how to run more programs.
const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 100);

/** Watches the order in which a phase resumes those who wait for it. */
class WatchedWorld extends KitWorld {
  readonly outOfOrder: string[] = [];
  readonly twice: string[] = [];
  /** Whether a task has waited for another: then both may report the same error. */
  joined = false;
  private begun = 0;
  private readonly lastBegun = new Map<string, number>();
  private readonly resumed = new Set<string>();

  override *wait(wait: Wait, me: string): Coroutine & Generator<never, unknown, unknown> {
    const place = this.begun++;
    this.joined ||= JSON.stringify(wait).includes("join");
    const result = yield* super.wait(wait, me) as Iterable<never, unknown, unknown>;
    if (wait.wait !== "frame") return result;
    const turn = `${(result as Frame).index} ${wait.phase}`;
    if ((this.lastBegun.get(turn) ?? -1) > place) this.outOfOrder.push(`${me} in ${turn}`);
    this.lastBegun.set(turn, place);
    if (this.resumed.has(`${me} ${turn}`)) this.twice.push(`${me} in ${turn}`);
    this.resumed.add(`${me} ${turn}`);
    return result;
  }
}

async function played(program: Program): Promise<WatchedWorld> {
  const world = new WatchedWorld();
  world.play(program);
  await null;
  await null;
  return world;
}

/** Each gives what breaks the rule. */
const RULES: Record<string, (world: WatchedWorld) => unknown[]> = {
  "a phase resumes its waiters in the order in which they came": ({ outOfOrder }) => outOfOrder,

  "no task steps twice in one phase": ({ twice }) => twice,

  "after a stop every task has ended": ({ loop, tasks }) => [
    ...loop.tasks,
    ...tasks.flatMap(({ children }) => children),
    ...tasks.filter(({ state }) => !["done", "failed", "cancelled"].includes(state)),
  ],

  "after a stop every promise has told": ({ asked, promised }) => (promised.length === asked ? [] : promised),

  "every wait is cleaned up, once": ({ registrations }) =>
    registrations.filter(({ threw, cleanups }) => cleanups !== (threw ? 0 : 1)),

  "a task reports an error once": ({ joined, trace }) => {
    if (joined) return [];
    const reports = trace.filter((line) => /: error E\d+ of t\d+$/.test(line));
    const errors = reports.map((line) => line.replace(/^.*: error/, ""));
    return errors.filter((error, index) => errors.indexOf(error) !== index);
  },

  "a stopped loop asks its driver for nothing": ({ driver: { host, frameRequested, wakeTime } }) =>
    host === null && !frameRequested && wakeTime === Number.POSITIVE_INFINITY ? [] : ["it asks"],

  "nothing is left that a frame after the stop would run": (world) => {
    const lines = world.trace.length;
    world.act({ do: "settleAgain" });
    world.loop.tick(world.driver.time + 1_000_000);
    world.loop.pump(world.driver.time + 2_000_000);
    return world.trace.slice(lines);
  },

  // Cleanups run where the cancel is called; but a wait ends in a frame.
  "no coroutine goes on outside of a frame": ({ trace }) =>
    trace.filter((line) => /^out: b\d+ (spawned|.+: )/.test(line)),
};

test.each(Object.entries(RULES))("%s", { timeout: 3_600_000 }, async (_name, broken) => {
  const holds = fc.asyncProperty(program, async (program) => {
    expect(broken(await played(program))).toEqual([]);
  });
  await fc.assert(holds, { numRuns: RUNS });
});
