import type { Loop } from "../core/loop.ts";
import type { Task } from "../core/task.ts";
import { element, icon, mark, say } from "./dom.ts";
import { FrameGraph } from "./frame-graph.ts";
import { movable } from "./movable.ts";
import { PerformanceTracks } from "./performance-tracks.ts";
import { probe, type InspectedLoop, type Observer } from "./probe.ts";
import { RingTable } from "./ring-table.ts";
import { STYLE } from "./style.ts";
import { TaskDetail } from "./task-detail.ts";
import { TaskGrid } from "./task-grid.ts";
import { TaskTree } from "./task-tree.ts";

/** From one look to the next, in ms: at least, and at most. */
const EVERY = 200;
const RARELY = 1000;

/** The part of the time that looks may take: with very many tasks they come less often. */
const SHARE = 0.005;

/** From one drawing of the graph to the next, in ms: more often would be pleasant, and make the page draw more. */
const DRAW_EVERY = 45;

/**
 * Of the last frames, the part whose interval tells that of the display: what is longer has missed a frame. No display
 * is slower than the other, in ms.
 */
const SHORT = 0.1;
const SLOWEST = 1000 / 30;

const ICONS = {
  mark: "M1.5 9.5v4M5.8 9.5v4M10.2 9.5v4M14.5 9.5v4M1.5 6.5c0-5.5 13-5.5 13 0",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  resume: "M5 3.5l7.5 4.5L5 12.5z",
  step: "M4 3.5L10.5 8 4 12.5zM12.5 3.5v9",
  record: "M8 4.2a3.8 3.8 0 1 0 0 7.6a3.8 3.8 0 1 0 0-7.6z",
  collapse: "M4 8.5h8",
  expand: "M4 10l4-4 4 4",
  close: "M4.5 4.5l7 7M11.5 4.5l-7 7",
};

/** Where there is no DOM, the module can still be loaded. */
const Base = (globalThis.HTMLElement ?? Object) as typeof HTMLElement;

/**
 * `<awaitframe-inspector>`: see {@link inspect}. In the page it shows every loop that runs; taken out of the page, it
 * leaves nothing behind. The attribute `collapsed` leaves only its title.
 */
export class InspectorElement extends Base implements Observer {
  static readonly observedAttributes = ["collapsed"];

  readonly #tree = new TaskTree();
  readonly #graph = new FrameGraph();
  readonly #grid = new TaskGrid(
    this.#tree,
    (task) => this.#cancel(task),
    () => this.#look(),
  );
  readonly #detail = new TaskDetail();
  readonly #rings = new RingTable();
  readonly #tracks = new PerformanceTracks();
  readonly #rate = element("span");
  readonly #name = element("div", { class: "title" }, element("b", {}, "awaitframe"), this.#rate);
  readonly #numbers = element("div", { class: "numbers" });
  readonly #status = element("div", { role: "status", class: "unseen" });
  readonly #grip = button("grip", ICONS.mark, "Move the inspector: drag it, or use the arrow keys");
  readonly #pause = button("pause", ICONS.pause, "Pause");
  readonly #step = button("step", ICONS.step, "Step one frame");
  readonly #record = button("switch", ICONS.record, "Write to the Performance panel");
  readonly #fold = button("fold", ICONS.collapse, "Collapse");
  readonly #close = button("close", ICONS.close, "Close");
  readonly #body = element(
    "div",
    {},
    this.#graph.root,
    this.#numbers,
    this.#grid.root,
    this.#detail.root,
    this.#rings.root,
  );

  /** The loops that were asked for: these are shown first, and also while they have no tasks. */
  readonly #asked = new Set<Loop>();
  #inspected: InspectedLoop | undefined;
  /** The display's interval, in ms, as far as the frames tell. */
  #display = 1000 / 60;
  /** What is taken back when it leaves the page. */
  #leave: (() => void)[] = [];
  #stopTracks: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drawing = 0;
  /** When the graph was drawn last. */
  #drawn = 0;

  constructor() {
    super();
    const header = element(
      "header",
      {},
      this.#grip,
      this.#name,
      this.#pause,
      this.#step,
      this.#record,
      this.#fold,
      this.#close,
    );
    const panel = element("section", { class: "panel", "aria-label": "awaitframe inspector" });
    panel.append(header, this.#body, this.#status);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(panel);

    this.#record.setAttribute("role", "switch");
    this.#pause.addEventListener("click", () => this.#togglePause());
    this.#step.addEventListener("click", () => this.#stepFrame());
    this.#record.addEventListener("click", () => (this.tracks = !this.tracks));
    this.#fold.addEventListener("click", () => (this.collapsed = !this.collapsed));
    this.#close.addEventListener("click", () => this.remove());
    movable(this, header, this.#grip);
  }

  /** Whether only its title is shown. */
  get collapsed(): boolean {
    return this.hasAttribute("collapsed");
  }

  set collapsed(collapsed: boolean) {
    this.toggleAttribute("collapsed", collapsed);
  }

  /** Whether frames and waits are written into the browser's Performance panel. */
  get tracks(): boolean {
    return this.#stopTracks !== null;
  }

  set tracks(on: boolean) {
    if (on === this.tracks) return;
    this.#stopTracks?.();
    this.#stopTracks = null;
    if (on && this.isConnected) {
      const stop = probe.observe(this.#tracks);
      this.#stopTracks = () => {
        stop();
        this.#tracks.clear();
      };
    }
    mark(this.#record, "aria-checked", String(this.tracks));
  }

  /** Shows a loop first, and from now on, though it may have no tasks yet. */
  inspect(loop: Loop): void {
    this.#asked.add(loop);
    if (this.isConnected) this.#look();
  }

  /** @internal */
  connectedCallback(): void {
    const page = new AbortController();
    const { signal } = page;
    document.addEventListener("visibilitychange", () => this.#look(), { signal });
    addEventListener("resize", () => this.#graph.refresh(), { signal });
    this.#leave = [probe.observe(this), () => page.abort()];
    mark(this.#record, "aria-checked", "false");
    this.#graph.refresh();
    this.#look();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.tracks = false;
    for (const leave of this.#leave) leave();
    this.#leave = [];
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    this.#inspected = undefined;
  }

  /** @internal */
  attributeChangedCallback(): void {
    const { collapsed } = this;
    mark(this.#body, "hidden", collapsed ? "" : null);
    name(this.#fold, collapsed ? ICONS.expand : ICONS.collapse, collapsed ? "Expand" : "Collapse");
    if (this.isConnected) this.#look();
  }

  /** A frame of a loop is over: draws the graph with the page's next frame, and asks for none while nothing runs. */
  frame(inspected: InspectedLoop, _start: number, end: number): void {
    if (inspected !== this.#inspected || this.#drawing !== 0 || end < this.#drawn + DRAW_EVERY) return;
    if (this.collapsed) return;
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  /** Looks at everything, writes it, and comes back a little later. Never inside of a frame of a loop. */
  #look(): void {
    clearTimeout(this.#timer);
    if (!this.isConnected || document.hidden) return;
    const start = performance.now();
    const loops = this.#loops();
    const selected = this.#grid.selected?.inspected;
    this.#inspected = selected && loops.includes(selected) ? selected : loops[0];
    this.#writeTitle(loops.length);
    if (!this.collapsed) {
      this.#grid.show(this.#tree.look(loops, start));
      this.#detail.show(this.#grid.selected);
      this.#rings.show(probe.rings);
      this.#graph.refresh();
      this.#draw();
    }
    const cost = performance.now() - start;
    this.#timer = setTimeout(() => this.#look(), Math.min(RARELY, Math.max(EVERY, cost / SHARE)));
  }

  #loops(): InspectedLoop[] {
    const found = probe.loops;
    const asked = [...this.#asked].map((loop) => probe.find(loop));
    return [...asked, ...found.filter((inspected) => !asked.includes(inspected))];
  }

  #writeTitle(loops: number): void {
    const inspected = this.#inspected;
    const { loop, frames, number } = inspected ?? {};
    mark(this.#pause, "disabled", loop ? null : "");
    mark(this.#step, "disabled", loop?.paused ? null : "");
    mark(this.#pause, "aria-pressed", String(loop?.paused === true));
    name(this.#pause, loop?.paused ? ICONS.resume : ICONS.pause, loop?.paused ? "Resume" : "Pause");
    if (!frames || !loop) {
      say(this.#rate, "no loop runs");
      return;
    }
    this.#display = Math.min(SLOWEST, frames.quantile("interval", SHORT) || this.#display);
    const interval = frames.quantile("interval", 0.5);
    const rate = interval > 0 ? `${Math.round(1000 / interval)} fps` : "–";
    const which = loops > 1 ? `loop ${number} · ` : "";
    say(this.#rate, which + (loop.paused ? `paused at ${loop.frame?.index ?? "–"}` : rate));
    const numbers = [
      ["frame", (loop.frame?.index ?? 0).toLocaleString("en")],
      ["interval", `${interval.toFixed(1)} ms`],
      ["work", `${frames.quantile("cost", 0.5).toFixed(1)} ms`],
      ["p99", `${frames.quantile("cost", 0.99).toFixed(1)} ms`],
    ] as const;
    numbers.forEach(([label, value], index) => {
      const cell =
        this.#numbers.children[index] ??
        this.#numbers.appendChild(element("span", {}, `${label} `, element("b")));
      say(cell.lastElementChild!, value);
    });
    const text = `Frame times: ${numbers.map((pair) => pair.join(" ")).join(", ")}`;
    this.#graph.describe(text);
  }

  #draw(): void {
    if (this.#inspected === undefined) return;
    this.#drawn = performance.now();
    const { frames, loop } = this.#inspected;
    this.#graph.draw(frames, this.#display, loop.budget);
  }

  #togglePause(): void {
    const loop = this.#inspected?.loop;
    if (loop?.paused) loop.resume();
    else loop?.pause();
    this.#look();
  }

  #stepFrame(): void {
    const loop = this.#inspected?.loop;
    if (loop?.paused) loop.step();
    this.#look();
  }

  #cancel(task: Task<unknown>): void {
    task.cancel();
    say(this.#status, `${task.name} was cancelled`);
    this.#look();
  }
}

function button(className: string, path: string, label: string): HTMLButtonElement {
  const made = element("button", { type: "button", class: className });
  name(made, path, label);
  return made;
}

/** What a button shows, and what it is called. */
function name(made: HTMLButtonElement, path: string, label: string): void {
  if (made.title === label) return;
  made.title = label;
  made.setAttribute("aria-label", label);
  made.replaceChildren(icon(path));
}
