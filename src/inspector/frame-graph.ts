import { element } from "./dom.ts";
import type { FrameHistory } from "./frame-history.ts";

/** From one bar to the next, and how wide a bar is, in pixels of CSS. */
const STEP = 3;
const BAR = 2;

/** The room at the right for what the lines mean. */
const GUTTER = 34;

/** The colours, as properties of the style sheet. */
const COLOURS = ["interval", "good", "over", "late", "line", "ink", "wait"] as const;

/**
 * The last frames as bars: a pale one is as tall as the time since the frame before, the strong one in it as the time
 * that the loop worked. A line lies at the display's interval, a dashed one at the budget.
 */
export class FrameGraph {
  readonly canvas = element("canvas", { role: "img", part: "graph" });
  readonly #context = this.canvas.getContext("2d");
  #colours: Partial<Record<(typeof COLOURS)[number], string>> = {};
  #font = "";

  /** Takes over the size and the colours that the page gives it now. */
  refresh(): void {
    const { clientWidth, clientHeight } = this.canvas;
    const width = Math.round(clientWidth * devicePixelRatio);
    const height = Math.round(clientHeight * devicePixelRatio);
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const style = getComputedStyle(this.canvas);
    this.#font = `500 9px ${style.fontFamily}`;
    for (const name of COLOURS) this.#colours[name] = style.getPropertyValue(`--${name}`);
  }

  /**
   * @param display - The display's interval, in ms.
   * @param budget - The loop's budget, in ms.
   */
  draw(frames: FrameHistory, display: number, budget: number): void {
    const context = this.#context;
    const scale = devicePixelRatio;
    const width = this.canvas.width / scale;
    const height = this.canvas.height / scale;
    if (context === null || width === 0) return;
    const colours = this.#colours;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);

    const most = Math.max(2 * display, 1.5 * budget);
    const tall = (ms: number): number => Math.min(1, ms / most) * height;
    const right = width - GUTTER;
    const shown = Math.min(frames.length, Math.floor(right / STEP));
    // One path for each colour: a page's frame has better things to do than to fill hundreds of rectangles.
    const [intervals, good, over, late] = [new Path2D(), new Path2D(), new Path2D(), new Path2D()];
    for (let back = 0; back < shown; back++) {
      const x = right - (back + 1) * STEP;
      const interval = tall(frames.interval(back));
      intervals.rect(x, height - interval, BAR, interval);
      const cost = frames.cost(back);
      const path = cost > display ? late : cost > budget ? over : good;
      // Even a frame that took no time to speak of was a frame.
      const worked = Math.max(1, tall(cost));
      path.rect(x, height - worked, BAR, worked);
    }
    const fill = (path: Path2D, colour = ""): void => {
      context.fillStyle = colour;
      context.fill(path);
    };
    fill(intervals, colours.interval);
    fill(good, colours.good);
    fill(over, colours.over);
    fill(late, colours.late);

    context.font = this.#font;
    context.textBaseline = "middle";
    const line = (ms: number, colour: string | undefined, dash: number[]): void => {
      const y = Math.round(height - tall(ms)) + 0.5;
      context.setLineDash(dash);
      context.strokeStyle = context.fillStyle = colour ?? "";
      context.beginPath();
      context.moveTo(0, y);
      context.lineTo(right, y);
      context.stroke();
      context.fillText(ms.toFixed(1), right + 5, Math.max(5, Math.min(height - 5, y)));
    };
    line(display, colours.ink, []);
    line(budget, colours.wait, [3, 3]);
  }
}
