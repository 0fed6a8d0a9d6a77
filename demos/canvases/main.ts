import {
  all,
  AsyncEvent,
  CanvasSurface,
  CancelledError,
  Loop,
  nextFrame,
  once,
  race,
  spawn,
  until,
  windowDriver,
  withDevice,
  type Operation,
} from "awaitframe";
import wgsl from "../../shaders/canvases.wgsl?raw";
import { report } from "../common/report.ts";

const find = <E extends HTMLElement>(selector: string): E => document.querySelector<E>(selector)!;

/** What each canvas has: its place on the page, and where it is shown now. */
export const tiles = [...document.querySelectorAll<HTMLElement>(".tile")].map((element) => ({
  element,
  picture: element.dataset["picture"]!,
  /** Its own loop, which it has at all times; whether that is used is chosen below. */
  own: new Loop(),
  /** The window that it was moved to, if there is one. */
  window: undefined as { popup: Window; canvas: HTMLCanvasElement; loop: Loop } | undefined,
  open: true,
  paused: false,
  /** In milliseconds. */
  time: 0,
  painted: 0,
  /** Something of this was changed. */
  changed: new AsyncEvent(),
}));
type Tile = (typeof tiles)[number];

/** Whether one loop drives all canvases on the page, or each has one of its own. */
export const state = { loops: "one" as "one" | "each", devices: 0 };

const page = new Loop();
const reopened = new AsyncEvent();

page.run(function* app() {
  for (const tile of tiles) {
    yield* spawn(pausing(tile));
    yield* spawn(moving(tile));
  }
  yield* spawn(choosing);
  yield* spawn(reopening);
  // Four canvases share a device, two another one. What happens to a device is its own canvases' business.
  yield* spawn(studio(tiles.slice(0, 4)));
  yield* spawn(studio(tiles.slice(4)));
  while (true) {
    yield* nextFrame("after");
    tell();
    report.frameOf(page.frame!, tiles);
  }
});

/** A device for as long as one of its canvases is open. */
function* studio(tiles: Tile[]): Operation<never> {
  while (true) {
    yield* withDevice({ onLost: report.lost }, function* (device) {
      state.devices++;
      try {
        const painter = createPainter(device);
        while (tiles.some(({ open }) => open)) {
          const exhibits = tiles.filter(({ open }) => open).map((tile) => exhibit(tile, painter));
          yield* race([all(exhibits), reopened.wait()]);
        }
      } finally {
        state.devices--;
      }
    });
    while (tiles.every(({ open }) => !open)) yield* reopened.wait();
  }
}

/** A canvas, until it is closed. */
function* exhibit(tile: Tile, painter: Painter): Operation<void> {
  tile.element.hidden = false;
  yield* race([hang(tile, painter), once(tile.element.querySelector(".close")!, "click")]);
  tile.open = false;
  tile.element.hidden = true;
  tile.window?.popup.close();
}

/** Paints it in whatever loop it belongs to, and again in another one when that has changed. */
function* hang(tile: Tile, painter: Painter): Operation<never> {
  while (true) {
    const canvas = tile.window?.canvas ?? tile.element.querySelector("canvas")!;
    const loop = tile.window?.loop ?? (state.loops === "each" ? tile.own : page);
    const painting = loop.run(paint(tile, canvas, painter), { name: tile.picture });
    try {
      yield* race([until(painting), tile.changed.wait()]);
    } catch (error) {
      // Its window was closed, which stopped that loop. It goes back to the page.
      if (!(error instanceof CancelledError)) throw error;
      tile.window = undefined;
      tile.element.classList.remove("away");
    } finally {
      painting.cancel();
    }
  }
}

function* paint(tile: Tile, canvas: HTMLCanvasElement, painter: Painter): Operation<never> {
  const surface = new CanvasSurface(canvas, painter.device);
  const { draw, destroy } = painter.prepare(tile.picture, surface.format);
  try {
    while (true) {
      const frame = yield* nextFrame("render");
      if (!tile.paused) tile.time += frame.delta;
      draw(surface.view(frame), surface.width, surface.height, tile.time);
      tile.painted++;
      // While nothing moves, no frame is asked for.
      if (tile.paused) yield* race([tile.changed.wait(), once(window, "resize")]);
    }
  } finally {
    destroy();
    surface.destroy();
  }
}

function* pausing(tile: Tile): Operation<never> {
  const button = tile.element.querySelector<HTMLButtonElement>(".pause")!;
  while (true) {
    yield* once(button, "click");
    tile.paused = !tile.paused;
    button.setAttribute("aria-pressed", String(tile.paused));
    change(tile);
  }
}

/** Another window has frames of its own: the driver takes them from there. */
function* moving(tile: Tile): Operation<never> {
  while (true) {
    yield* once(tile.element.querySelector(".move")!, "click");
    const popup = open("", "", "popup,width=480,height=360");
    if (!popup) continue;
    const { document } = popup;
    document.title = `${tile.picture} · awaitframe`;
    document.body.style.cssText = "margin: 0; background: #0b0d12; overflow: hidden";
    const canvas = document.body.appendChild(document.createElement("canvas"));
    canvas.style.cssText = "display: block; width: 100vw; height: 100vh";
    addEventListener("pagehide", () => popup.close());
    tile.window = { popup, canvas, loop: new Loop({ driver: windowDriver(popup) }) };
    tile.element.classList.add("away");
    change(tile);
  }
}

function* choosing(): Operation<never> {
  const button = find<HTMLButtonElement>(".loops");
  while (true) {
    yield* once(button, "click");
    state.loops = state.loops === "one" ? "each" : "one";
    button.setAttribute("aria-pressed", String(state.loops === "each"));
    tiles.forEach(change);
  }
}

function* reopening(): Operation<never> {
  while (true) {
    yield* once(find(".reopen"), "click");
    for (const tile of tiles) tile.open = true;
    reopened.set();
    reopened.clear();
  }
}

function change(tile: Tile): void {
  tile.changed.set();
  tile.changed.clear();
}

function tell(): void {
  const open = tiles.filter(({ open }) => open);
  const windows = open.filter(({ window }) => window).length;
  const inPage = open.length - windows;
  const loops = windows + (state.loops === "each" ? inPage : Math.min(1, inPage));
  const facts = { open: open.length, "loops-running": loops, devices: state.devices, windows: windows + 1 };
  for (const [name, value] of Object.entries(facts)) {
    const cell = find(`.facts .${name}`);
    if (cell.textContent !== String(value)) cell.textContent = String(value);
  }
}

type Painter = ReturnType<typeof createPainter>;

/** What the canvases of a device share. */
function createPainter(device: GPUDevice) {
  const module = device.createShaderModule({ code: wgsl });
  return {
    device,
    prepare(picture: string, format: GPUTextureFormat) {
      const pipeline = device.createRenderPipeline({
        layout: "auto",
        vertex: { module, entryPoint: "whole" },
        fragment: { module, entryPoint: picture, targets: [{ format }] },
      });
      const buffer = device.createBuffer({
        size: 16,
        usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      });
      const bindings = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: { buffer } }],
      });
      const draw = (view: GPUTextureView, width: number, height: number, time: number): void => {
        device.queue.writeBuffer(buffer, 0, new Float32Array([width, height, time / 1000, 0]));
        const encoder = device.createCommandEncoder();
        const pass = encoder.beginRenderPass({
          colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }],
        });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.draw(3);
        pass.end();
        device.queue.submit([encoder.finish()]);
      };
      return { draw, destroy: () => buffer.destroy() };
    },
  };
}
