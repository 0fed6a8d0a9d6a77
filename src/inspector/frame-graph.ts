import { element, mark, say } from "./dom.ts";
import type { FrameHistory } from "./frame-history.ts";

/** From one bar to the next, and how wide a bar is, in pixels of CSS. */
const STEP = 3;
const BAR = 2;

/** The colours, as properties of the style sheet. */
const COLOURS = ["interval", "good", "over", "late"] as const;

/** Lines so close, in parts of the height, leave no room for their labels beside each other. */
const CLOSE = 0.18;

/**
 * The last frames as bars: a pale one is as tall as the time since the frame before, the strong one in it as the time
 * that the loop worked. A line lies at the display's interval, a dashed one at the budget.
 *
 * What was drawn moves on, and only what is new is drawn. And it is drawn on the processor: to have the GPU do so little
 * costs more.
 */
export class FrameGraph {
  readonly #canvas = element("canvas", { role: "img" });
  readonly #display = line("display");
  readonly #budget = line("budget");
  readonly root = element("div", { class: "graph" }, this.#canvas, this.#display, this.#budget);
  readonly #context = this.#canvas.getContext("2d", { willReadFrequently: true });
  #colours: Partial<Record<(typeof COLOURS)[number], string>> = {};
  /** What the canvas shows: whose frames, up to which, and what time is as tall as it. */
  #shown: { frames: FrameHistory; total: number; most: number } | null = null;

  /** Says in words what there is to see. */
  describe(text: string): void {
    mark(this.#canvas, "aria-label", text);
  }

  /** Takes over the size and the colours that the page gives it now. */
  refresh(): void {
    const canvas = this.#canvas;
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    const style = getComputedStyle(canvas);
    let same = canvas.width === width && canvas.height === height;
    for (const name of COLOURS) {
      const colour = style.getPropertyValue(`--${name}`);
      same &&= this.#colours[name] === colour;
      this.#colours[name] = colour;
    }
    if (same) return;
    canvas.width = width;
    canvas.height = height;
    this.#shown = null;
  }

  /**
   * @param display - The display's interval, in ms.
   * @param budget - The loop's budget, in ms.
   */
  draw(frames: FrameHistory, display: number, budget: number): void {
    const context = this.#context;
    const { width, height } = this.#canvas;
    if (context === null || width === 0) return;
    // Rounded, so that it seldom changes.
    const most = Math.ceil(Math.max(2 * display, 1.5 * budget));
    const places = Math.floor(width / step());
    let fresh = places;
    const shown = this.#shown;
    if (shown !== null && shown.frames === frames && shown.most === most) {
      fresh = Math.min(places, frames.total - shown.total);
      context.globalCompositeOperation = "copy";
      context.drawImage(this.#canvas, -fresh * step(), 0);
      context.globalCompositeOperation = "source-over";
    } else {
      context.clearRect(0, 0, width, height);
    }
    this.#shown = { frames, total: frames.total, most };
    // The last one that was there may have gone on: an engine may run a frame in parts.
    const count = Math.min(fresh + 1, places, frames.length);
    for (let back = 0; back < count; back++) this.#bar(frames, back, most, display, budget);

    place(this.#display, display / most, display);
    place(this.#budget, budget / most, budget);
    mark(this.root, "class", Math.abs(display - budget) / most < CLOSE ? "graph close" : "graph");
  }

  #bar(frames: FrameHistory, back: number, most: number, display: number, budget: number): void {
    const context = this.#context!;
    const { width, height } = this.#canvas;
    const x = width - (back + 1) * step();
    const bar = Math.max(1, Math.round(BAR * devicePixelRatio));
    const fill = (ms: number, colour: string | undefined, least: number): void => {
      const tall = Math.max(least, Math.round(Math.min(1, ms / most) * height));
      context.fillStyle = colour ?? "";
      context.fillRect(x, height - tall, bar, tall);
    };
    const cost = frames.cost(back);
    context.clearRect(x, 0, bar, height);
    fill(frames.interval(back), this.#colours.interval, 0);
    // Even a frame that took no time to speak of was a frame.
    fill(cost, this.#colours[cost > display ? "late" : cost > budget ? "over" : "good"], 1);
  }
}

function step(): number {
  return Math.max(2, Math.round(STEP * devicePixelRatio));
}

function line(name: string): HTMLElement {
  return element("div", { class: `line ${name}`, "aria-hidden": "true" }, element("i"), element("span"));
}

function place(line: HTMLElement, at: number, ms: number): void {
  line.style.setProperty("--at", at.toFixed(3));
  say(line.lastElementChild!, ms.toFixed(1));
}
