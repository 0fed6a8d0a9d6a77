/** A second opinion, for tests: whether what is left out can be missed. */

import { nextFrame, readTexture, type Operation } from "awaitframe";
import type { vec3 } from "gl-matrix";
import { report } from "../common/report.ts";
import { answer, city, loop, shown, state, type Scene } from "./main.ts";

export interface OcclusionCheck {
  state: typeof state;
  lots: number;
  /** How many lots were drawn, and how many were left out since they are hidden, in the last frame. */
  counts(): { drawn: number; hidden: number };
  /** How many pixels of the next frame would be others if what is left out were drawn. */
  missing(): Promise<{ pixels: number; hidden: number; colours: number }>;
  /**
   * Of the lots in view that were asked about those that one wall alone hides, as geometry says; and how many of these
   * were left out.
   */
  behindOneWall(): { sure: number; leftOut: number };
  /** Moves the eye away at once, by so many metres along its street: how many lots were left out in the next frame. */
  jump(metres: number): Promise<number>;
}

declare global {
  // A global can be declared with `var` alone.
  var occlusionCheck: OcclusionCheck | undefined;
}

const [width, height] = [640, 400];

const check: OcclusionCheck = {
  state,
  lots: city.lots.length,

  counts: () => ({ drawn: shown!.drawn.length, hidden: shown!.hidden.length }),

  missing: () =>
    loop.run(function* missing() {
      yield* nextFrame("after");
      const { device, scene, drawn, hidden } = shown!;
      // Both at once: the view is that of this frame.
      const [some, all] = [drawn, [...drawn, ...hidden]].map((lots) => draw(device, scene, lots)) as [
        Operation<Uint32Array>,
        Operation<Uint32Array>,
      ];
      const [a, b] = [yield* some, yield* all];
      const pixels = a.reduce((sum, pixel, i) => sum + Number(pixel !== b[i]), 0);
      return { pixels, hidden: hidden.length, colours: new Set(a).size };
    }),

  behindOneWall() {
    const { drawn, hidden } = shown!;
    const walls = new Float32Array(city.walls);
    const sure = [...drawn, ...hidden].filter((lot) => {
      if (!answer!.asked[city.lots.indexOf(lot)]) return false;
      const corners = Array.from({ length: 8 }, (_, i) =>
        [0, 1, 2].map((axis) => (i & (1 << axis) ? lot.high : lot.low)[axis]!),
      );
      const own = ({ first, count }: typeof lot.walls, i: number): boolean => i >= first && i < first + count;
      for (let i = 0; i < walls.length / 8; i++) {
        if (own(lot.walls, i)) continue;
        // As much smaller as the question made it, and some more.
        const less = answer!.reach + 1.2;
        const [middle, half] = [walls.subarray(8 * i, 8 * i + 3), walls.subarray(8 * i + 4, 8 * i + 7)];
        if (half.some((size) => size <= less)) continue;
        const low = [0, 1, 2].map((axis) => (axis === 1 ? -1 : middle[axis]! - half[axis]! + less));
        const high = [0, 1, 2].map((axis) => middle[axis]! + half[axis]! - less);
        if (corners.every((corner) => isCrossed(answer!.eye, corner, low, high))) return true;
      }
      return false;
    });
    return { sure: sure.length, leftOut: sure.filter((lot) => hidden.includes(lot)).length };
  },

  jump: (metres) =>
    loop.run(function* jump() {
      yield* nextFrame();
      state.at[1] += metres;
      yield* nextFrame("after");
      return shown!.hidden.length;
    }),
};
globalThis.occlusionCheck = check;

report.drive(async () => {
  const { pixels } = await check.missing();
  if (pixels > 0) throw new Error(`${pixels} pixels are missing.`);
});

/** The picture of this frame once more, of these lots. */
function draw(device: GPUDevice, scene: Scene, lots: Parameters<Scene["draw"]>[2]): Operation<Uint32Array> {
  const format = navigator.gpu.getPreferredCanvasFormat();
  const { RENDER_ATTACHMENT, COPY_SRC } = GPUTextureUsage;
  const createTexture = (format: GPUTextureFormat, sampleCount: number, usage = 0): GPUTexture =>
    device.createTexture({ size: [width, height], format, sampleCount, usage: usage | RENDER_ATTACHMENT });
  const picture = createTexture(format, 1, COPY_SRC);
  const encoder = device.createCommandEncoder();
  scene.draw(
    encoder,
    {
      colorAttachments: [
        {
          view: createTexture(format, 4).createView(),
          resolveTarget: picture.createView(),
          loadOp: "clear",
          storeOp: "discard",
        },
      ],
      depthStencilAttachment: {
        view: createTexture("depth24plus", 4).createView(),
        depthClearValue: 1,
        depthLoadOp: "clear",
        depthStoreOp: "discard",
      },
    },
    lots,
  );
  device.queue.submit([encoder.finish()]);
  return readTexture(device, picture, { as: Uint32Array });
}

/** Whether the line from one point to another goes through a box on its way. */
function isCrossed(from: vec3, to: number[], low: number[], high: number[]): boolean {
  let [begin, end] = [0, 1];
  for (let axis = 0; axis < 3; axis++) {
    const [start, step] = [from[axis]!, to[axis]! - from[axis]!];
    const [a, b] = [(low[axis]! - start) / step, (high[axis]! - start) / step];
    begin = Math.max(begin, Math.min(a, b));
    end = Math.min(end, Math.max(a, b));
  }
  return begin < end;
}
