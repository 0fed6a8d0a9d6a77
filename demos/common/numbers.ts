/**
 * The live numbers of a demo: a table, and a strip of its last frames. Each bar of the strip is a frame, as tall as the
 * time since the one before; an arc is a wait for the GPU, from the frame that asked to the frame that went on.
 */

import type { DemoReport, Span } from "./report.ts";

const every = 250;
const bar = 4;

export function showNumbers(into: HTMLElement, data: Readonly<DemoReport>, spans: readonly Span[]): void {
  const strip = document.createElement("canvas");
  strip.className = "strip";
  strip.setAttribute("role", "img");
  strip.setAttribute("aria-label", "The last frames as bars, waits for the GPU as arcs over them");
  const list = document.createElement("dl");
  const frames = row(list, "Frames drawn");
  const interval = row(list, "Between frames", "median and 99th percentile of the last frames");
  const readback = row(list, "Last readback");
  const latency = row(list, "Its latency");
  into.append(strip, list);

  for (const one of [readback, latency]) one.show(false);
  let seen = 0;
  let newest: unknown;
  const update = (): void => {
    const last = data.readbacks.at(-1);
    if (data.frames === seen && last === newest) return;
    frames.value.textContent = data.frames.toLocaleString("en");
    interval.value.textContent = `${ms(quantile(data.intervals, 0.5))} · ${ms(quantile(data.intervals, 0.99))}`;
    if (last && last !== newest) {
      for (const one of [readback, latency]) one.show(true);
      readback.value.textContent = `${last.label} ${last.value}`;
      latency.value.textContent = last.frames === 1 ? "1 frame" : `${last.frames} frames`;
    }
    seen = data.frames;
    newest = last;
    draw(strip, data, spans);
  };
  update();
  setInterval(update, every);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(strip, data, spans));
}

function row(list: HTMLElement, name: string, title = "") {
  const term = document.createElement("dt");
  term.textContent = name;
  term.title = title;
  const value = document.createElement("dd");
  value.textContent = "–";
  list.append(term, value);
  const show = (on: boolean): void => {
    term.hidden = value.hidden = !on;
  };
  return { value, show };
}

function draw(
  strip: HTMLCanvasElement,
  data: DemoReport,
  spans: readonly { from: number; to: number }[],
): void {
  const scale = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = strip;
  strip.width = Math.round(width * scale);
  strip.height = Math.round(height * scale);
  const context = strip.getContext("2d");
  if (!context || width === 0) return;
  context.scale(scale, scale);
  const style = getComputedStyle(strip);
  const [tick, accent] = [style.getPropertyValue("--tick"), style.getPropertyValue("--accent")];

  // The newest frame stands at the right edge.
  const x = (frame: number): number => width - (data.frames - frame + 0.5) * bar;
  const arcs = 18;
  const room = height - arcs;
  const shown = Math.min(data.intervals.length, Math.ceil(width / bar));
  context.fillStyle = tick;
  for (let back = 0; back < shown; back++) {
    const interval = data.intervals[data.intervals.length - 1 - back] ?? 0;
    // 60 frames a second fill a third; from 20 a second down they fill it all.
    const tall = Math.min(1, interval / 50) * room;
    context.fillRect(x(data.frames - back) - 1, height - tall, 2, tall);
  }
  context.strokeStyle = accent;
  context.lineWidth = 2;
  context.lineCap = "round";
  for (const { from, to } of spans) {
    if (x(to) < 0) continue;
    const wide = Math.max(x(to) - x(from), 3) / 2;
    context.beginPath();
    context.ellipse((x(from) + x(to)) / 2, arcs - 3, wide, arcs - 6, 0, Math.PI, 2 * Math.PI);
    context.stroke();
  }
}

function quantile(values: readonly number[], at: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * at)];
}

function ms(value: number | undefined): string {
  return value === undefined ? "–" : `${value.toFixed(1)} ms`;
}
