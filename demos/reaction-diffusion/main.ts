import {
  breathe,
  CanvasSurface,
  closed,
  Loop,
  nextFrame,
  on,
  once,
  race,
  readBuffer,
  sleep,
  spawn,
  withDevice,
  type Operation,
  type PointerPosition,
  type Subscription,
} from "awaitframe";
import { report } from "../common/report.ts";
import { createDish, height, width, type Cell, type Dish, type Stroke } from "./dish.ts";
import { outlines, smoothPath } from "./outlines.ts";

const canvas = document.querySelector("canvas")!;
const crosshair = document.querySelector<HTMLElement>(".crosshair")!;
const progress = document.querySelector("progress")!;
const status = document.querySelector<HTMLElement>(".status")!;
const download = document.querySelector<HTMLAnchorElement>("a.download")!;
const button = (name: string): HTMLButtonElement => document.querySelector(`button.${name}`)!;
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

interface Preset {
  feed: number;
  kill: number;
  /** The ground, the slopes, the crests, and the light that grazes them. */
  colours: [ground: number, slope: number, crest: number, light: number];
}

const presets: Record<string, Preset> = {
  coral: { feed: 0.0545, kill: 0.062, colours: [0x0b1026, 0xa3173b, 0xffb37a, 0x4a7dff] },
  cells: { feed: 0.0367, kill: 0.0649, colours: [0x07151a, 0x0f6b62, 0xd9f2b4, 0xff8a4c] },
  maze: { feed: 0.029, kill: 0.057, colours: [0x140a1f, 0x4b1e7a, 0xf2c14e, 0x35d0c0] },
  worms: { feed: 0.054, kill: 0.0635, colours: [0x0a0f14, 0x1b3f8f, 0xf4efe4, 0xff6a3d] },
  chaos: { feed: 0.026, kill: 0.051, colours: [0x0d0d12, 0x7a2f12, 0xffe0a6, 0x6f8cff] },
};

/** What feeds and colours the dish: follows the chosen preset softly. */
let chosen = presets["coral"]!;
const mixed = { feed: chosen.feed, kill: chosen.kill, colours: chosen.colours.map(linear) };

/** How many steps the substances have done; what the pointer has poured since the last frame, from cell to cell. */
export const state = { steps: 0, strokes: [] as Stroke[], drawing: { busy: false, frames: 0, longest: 0 } };

/** The field that was drawn as outlines last, and the drawing. */
export const drawn = { field: new Float32Array(), levels: [] as number[], svg: "" };

new Loop().run(withDevice({ onLost: report.lost }, reaction), { name: "reaction" });

function* reaction(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device);
  const dish = createDish(device, surface.format);
  dish.fill(scattered());
  yield* spawn(presses(surface));
  yield* spawn(keys(surface));
  yield* spawn(choices);
  yield* spawn(fresh(dish));
  yield* spawn(drawings(device, dish));
  yield* spawn(facts);

  while (true) {
    const frame = yield* nextFrame("render");
    follow(1 - Math.exp(-frame.delta / 400));
    // Eight steps in a frame of a display at 60 Hz; no more on a slower one, which may be slow for that.
    const steps = 2 * Math.min(Math.ceil(frame.delta / 4.2), 4);
    const encoder = device.createCommandEncoder();
    dish.set(surface, mixed);
    dish.react(encoder, steps, state.strokes.splice(0));
    dish.draw(encoder, surface.view(frame));
    device.queue.submit([encoder.finish()]);
    report.frame(frame);

    state.steps += steps;
    const { drawing } = state;
    if (!drawing.busy) continue;
    drawing.frames++;
    drawing.longest = Math.max(drawing.longest, frame.rawDelta);
  }
}

// The picture as a drawing of outlines, in slices between the frames.

function* drawings(device: GPUDevice, dish: Dish): Operation<never> {
  while (true) {
    yield* pressed("draw", "d");
    button("draw").disabled = true;
    button("cancel").disabled = false;
    download.hidden = true;
    state.drawing = { busy: true, frames: 0, longest: 0 };
    try {
      const end = yield* race([draw(device, dish), pressed("cancel", "Escape")]);
      status.textContent = end === "cancel" ? "Cancelled" : "Drawn";
    } finally {
      state.drawing.busy = false;
      button("draw").disabled = false;
      button("cancel").disabled = true;
    }
  }
}

function* draw(device: GPUDevice, dish: Dish): Operation<void> {
  const cells = yield* readBuffer(device, dish.cells, { as: Float32Array });
  const values = Float32Array.from({ length: width * height }, (_, i) => cells[2 * i + 1]!);
  const levels = Array.from({ length: 12 }, (_, i) => 0.04 + 0.03 * i);
  const paths: string[] = [];
  progress.max = levels.length;
  for (const [i, level] of levels.entries()) {
    progress.value = i;
    status.textContent = `Outline ${i + 1} of ${levels.length}`;
    let path = "";
    for (const ring of yield* outlines({ values, width, height }, level)) {
      path += smoothPath(ring);
      // Is this frame's time used up? Then on in the next one.
      yield* breathe();
    }
    paths.push(`<path fill="${css(shade((i + 1) / levels.length))}" d="${path}"/>`);
  }
  progress.value = levels.length;
  const box = `viewBox="0 0 ${10 * width} ${10 * height}"`;
  const ground = `<rect width="100%" height="100%" fill="${css(shade(0))}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${box}>${ground}${paths.join("")}</svg>`;
  Object.assign(drawn, { field: values, levels, svg });
  offer(svg);
}

function offer(svg: string): void {
  URL.revokeObjectURL(download.href);
  download.href = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  download.textContent = `Save pattern.svg, ${Math.ceil(svg.length / 1024)} kB`;
  download.hidden = false;
}

function* facts(): Operation<never> {
  while (true) {
    yield* sleep(250);
    const { frames, longest } = state.drawing;
    fact("steps").textContent = state.steps.toLocaleString("en");
    fact("frames").textContent = frames === 0 ? "–" : `${frames}, the longest ${longest.toFixed(1)} ms`;
  }
}

// What the visitor does.

// At once: when a coroutine goes on, a short tap may be over, and then there is nothing to capture any more.
canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));

/** Each finger gets a coroutine of its own. */
function* presses(surface: CanvasSurface): Operation<void> {
  const presses = yield* on(canvas, "pointerdown");
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    const from = cellAt(surface, press);
    state.strokes.push([...from, ...from]);
    if (canvas.hasPointerCapture(press.pointerId)) yield* spawn(stroke(surface, from, press.pointerId));
  }
}

function* stroke(surface: CanvasSurface, from: Cell, finger: number): Operation<void> {
  const own = { filter: ({ pointerId }: PointerEvent) => pointerId === finger };
  const moves = yield* on(canvas, "pointermove", own);
  yield* race([pour(surface, from, moves), once(canvas, "lostpointercapture", own)]);
}

function* pour(surface: CanvasSurface, from: Cell, moves: Subscription<PointerEvent>): Operation<void> {
  while (true) {
    const move = yield* moves.next();
    if (move === closed) return;
    const to = cellAt(surface, move);
    state.strokes.push([...from, ...to]);
    from = to;
  }
}

/** The same by keyboard: the arrow keys move a crosshair, Enter pours. */
function* keys(surface: CanvasSurface): Operation<void> {
  const steps = new Map([
    ["ArrowLeft", [-12, 0]],
    ["ArrowRight", [12, 0]],
    ["ArrowUp", [0, -12]],
    ["ArrowDown", [0, 12]],
    ["Enter", [0, 0]],
  ]);
  let [x, y] = [0.5 * canvas.clientWidth, 0.5 * canvas.clientHeight];
  const presses = yield* on(canvas, "keydown", { filter: ({ key }) => steps.has(key), prevent: true });
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    const [right = 0, down = 0] = steps.get(press.key) ?? [];
    x = Math.min(Math.max(x + right, 0), canvas.clientWidth);
    y = Math.min(Math.max(y + down, 0), canvas.clientHeight);
    crosshair.hidden = false;
    crosshair.style.translate = `${x}px ${y}px`;
    const { left, top } = canvas.getBoundingClientRect();
    const cell = cellAt(surface, { clientX: left + x, clientY: top + y });
    if (press.key === "Enter") state.strokes.push([...cell, ...cell]);
  }
}

/** The dish covers the canvas, as in the shader. */
function cellAt(surface: CanvasSurface, event: PointerPosition): Cell {
  const [x, y] = surface.pixelAt(event);
  const scale = Math.min(width / surface.width, height / surface.height);
  return [(x - surface.width / 2) * scale + width / 2, (y - surface.height / 2) * scale + height / 2];
}

function* choices(): Operation<never> {
  const names = Object.keys(presets);
  while (true) {
    const name = yield* race(names.map((name, i) => pressed(name, String(i + 1))));
    chosen = presets[name]!;
    for (const other of names) button(other).setAttribute("aria-pressed", String(other === name));
  }
}

function* fresh(dish: Dish): Operation<never> {
  while (true) {
    yield* pressed("again", "r");
    dish.fill(scattered());
    state.steps = 0;
  }
}

/** Waits for a button or its key; gives its name. */
function* pressed(name: string, key: string): Operation<string> {
  const own = (event: KeyboardEvent): boolean => event.key === key && !event.ctrlKey && !event.metaKey;
  yield* race([once(button(name), "click"), once(window, "keydown", { filter: own })]);
  return name;
}

function follow(part: number): void {
  mixed.feed += (chosen.feed - mixed.feed) * part;
  mixed.kill += (chosen.kill - mixed.kill) * part;
  mixed.colours = mixed.colours.map((colour, i) => mix(colour, linear(chosen.colours[i]!), part));
}

// Colours: three parts from 0 to 1, in proportion to light.

function linear(rgb: number): number[] {
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255].map((part) => (part / 255) ** 2);
}

function mix(a: number[], b: number[], part: number): number[] {
  return a.map((value, i) => value + (b[i]! - value) * part);
}

/** From the ground, 0, by the slope to the crest, 1. */
function shade(height: number): number[] {
  const [ground, slope, crest] = mixed.colours as [number[], number[], number[]];
  return height < 0.5 ? mix(ground, slope, 2 * height) : mix(slope, crest, 2 * height - 1);
}

function css(colour: number[]): string {
  return `rgb(${colour.map((part) => Math.round(255 * Math.sqrt(part)))})`;
}

/** A dish of the first substance, with a few drops of the second. */
function scattered(): Float32Array<ArrayBuffer> {
  const cells = new Float32Array(2 * width * height).fill(1);
  for (let i = 1; i < cells.length; i += 2) cells[i] = 0;
  for (let drop = 0; drop < 60; drop++) {
    const [x, y] = [Math.random() * width, Math.random() * height];
    const radius = 2 + 5 * Math.random();
    for (let j = Math.floor(y - radius); j < y + radius; j++) {
      for (let i = Math.floor(x - radius); i < x + radius; i++) {
        const cell = ((j + height) % height) * width + ((i + width) % width);
        if (Math.hypot(i - x, j - y) < radius) cells.set([0.4, 0.4], 2 * cell);
      }
    }
  }
  return cells;
}
