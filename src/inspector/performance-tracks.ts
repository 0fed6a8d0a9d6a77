import type { Action } from "../core/action.ts";
import { WAITING } from "../core/status.ts";
import type { Waiter } from "../core/waiter.ts";
import { GpuAction } from "../gpu/gpu-action.ts";
import { ReadbackTicket } from "../gpu/readback-ticket.ts";
import type { InspectedLoop, Observer } from "./probe.ts";

/** How many entries stay in the page's own list, for `performance.getEntriesByType("measure")`. */
const KEPT = 1000;

/** The colours that the panel knows. */
type Colour = "primary" | "primary-dark" | "secondary" | "tertiary" | "error";

/** A wait that has not ended. */
interface OpenWait {
  readonly waiter: Waiter;
  readonly record: unknown;
  readonly name: string;
  readonly track: string;
  readonly colour: Colour;
  readonly task: string;
  readonly path: string;
  readonly start: number;
  readonly frame: number;
}

/**
 * Writes frames, and waits for the GPU and for promises, into tracks of the browser's Performance panel, by User Timing
 * with `detail.devtools`. A wait's entry ends with the frame in which its task goes on.
 */
export class PerformanceTracks implements Observer {
  #waits: OpenWait[] = [];
  /** The names of the entries that are kept, oldest first. */
  #names: string[] = [];

  frame({ loop, number }: InspectedLoop, start: number, end: number): void {
    this.#endWaits(loop, start);
    const { index, delta, rawDelta } = loop.frame!;
    const cost = end - start;
    const colour =
      cost > Math.max(rawDelta, loop.budget) ? "error" : cost > loop.budget ? "primary-dark" : "primary";
    this.#write(`frame ${index}`, start, end, track("Frames", number), colour, [
      ["work", ms(cost)],
      ["since the last frame", ms(rawDelta)],
      ["delta", ms(delta)],
      ["budget", ms(loop.budget)],
    ]);
  }

  wait(waiter: Waiter, action: Action<unknown>): void {
    const isGpu = action instanceof GpuAction || action instanceof ReadbackTicket;
    if (!isGpu && action.name !== "until") return;
    this.#waits.push({
      waiter,
      record: waiter.record,
      name: action.name,
      track: isGpu ? "GPU waits" : "Promises",
      colour: isGpu ? "tertiary" : "secondary",
      task: waiter.task.name,
      path: waiter.task.path.join(" › "),
      start: performance.now(),
      frame: waiter.loop.frame?.index ?? 0,
    });
  }

  /** Takes its entries back from the page's list. What the panel has recorded stays there. */
  clear(): void {
    for (const name of this.#names) performance.clearMeasures(name);
    this.#names = [];
    this.#waits = [];
  }

  /** Writes the waits that were over when a frame began, or ended in it. */
  #endWaits(loop: Waiter["loop"], now: number): void {
    const index = loop.frame!.index;
    this.#waits = this.#waits.filter((wait) => {
      const { waiter, record, name, start, frame, path, colour } = wait;
      if (waiter.loop !== loop || (waiter.status === WAITING && waiter.record === record)) return true;
      // One that ended in the frame in which it began has held nothing up.
      if (now > start) {
        const frames = index - frame;
        this.#write(`${name} · ${wait.task}`, start, now, wait.track, colour, [
          ["task", path],
          ["frames", `${frames}, from ${frame} to ${index}`],
        ]);
      }
      return false;
    });
  }

  #write(
    name: string,
    start: number,
    end: number,
    track: string,
    color: Colour,
    properties: [name: string, value: string][],
  ): void {
    const devtools = {
      dataType: "track-entry",
      track,
      trackGroup: "awaitframe",
      color,
      properties,
      tooltipText: name,
    };
    performance.measure(name, { start, end, detail: { devtools } });
    // The list would grow for as long as the page is open.
    if (this.#names.push(name) > KEPT) performance.clearMeasures(this.#names.shift());
  }
}

function track(name: string, loop: number): string {
  return loop === 1 ? name : `${name}, loop ${loop}`;
}

function ms(time: number): string {
  return `${time.toFixed(2)} ms`;
}
