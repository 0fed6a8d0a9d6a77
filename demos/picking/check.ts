/**
 * A second opinion, for tests and for running without a display: finds the crystal under a texel on the CPU, by a ray
 * through the same scene at the same time, and sees that the GPU gave the same one.
 */

import { mat4, vec3 } from "gl-matrix";
import { report } from "../common/report.ts";
import { camera, count, eye, picked, place, shown } from "./main.ts";

const canvas = document.querySelector("canvas")!;

/** Height of a crystal to its width, as in the shader. */
const tall = 1.6;

export interface PickingCheck {
  picked: typeof picked;
  /** The number of the crystal, or 0; undefined where an edge runs through the texel: there both may be right. */
  crystalAt(texel: readonly [x: number, y: number], time: number): number | undefined;
  /** Where crystal `i` was drawn last, in CSS pixels of the page. */
  whereIs(i: number): { x: number; y: number };
}

declare global {
  // A global can be declared with `var` alone.
  var pickingCheck: PickingCheck | undefined;
}

const check: PickingCheck = {
  picked,

  crystalAt([x, y], time) {
    const corners = [0.02, 0.98].flatMap((dx) => [0.02, 0.98].map((dy) => cast(x + dx, y + dy, time)));
    return corners.every((id) => id === corners[0]) ? corners[0] : undefined;
  },

  whereIs(i) {
    const model = mat4.create();
    place(model, i, shown);
    const [x, y] = vec3.transformMat4(
      vec3.create(),
      mat4.getTranslation(vec3.create(), model),
      view(),
    ) as number[];
    const box = canvas.getBoundingClientRect();
    return { x: box.left + (0.5 + 0.5 * x!) * box.width, y: box.top + (0.5 - 0.5 * y!) * box.height };
  },
};
globalThis.pickingCheck = check;

report.drive(async () => {
  for (const i of [0, 40, 80, 120, 160, 200]) {
    const before = report.data.readbacks.length;
    const { x, y } = check.whereIs(i);
    canvas.dispatchEvent(new PointerEvent("pointerdown", { clientX: x, clientY: y }));
    while (report.data.readbacks.length === before) await new Promise((resolve) => setTimeout(resolve, 20));
    const expected = check.crystalAt(picked.texel, picked.time);
    if (expected !== undefined && expected !== picked.id) {
      throw new Error(`At ${picked.texel} the GPU found crystal ${picked.id}, the CPU ${expected}.`);
    }
  }
});

function view(): mat4 {
  const view = mat4.create();
  camera(view, canvas.width / canvas.height);
  return view;
}

/** The number of the nearest crystal on the ray through a point of the picture. */
function cast(x: number, y: number, time: number): number {
  const at: vec3 = [(2 * x) / canvas.width - 1, 1 - (2 * y) / canvas.height, 1];
  const far = vec3.transformMat4(vec3.create(), at, mat4.invert(mat4.create(), view())!);
  const model = mat4.create();
  let nearest = { id: 0, distance: 1 };
  for (let i = 0; i < count; i++) {
    place(model, i, time);
    const toLocal = mat4.invert(mat4.create(), model)!;
    const from = vec3.transformMat4(vec3.create(), eye, toLocal);
    const to = vec3.transformMat4(vec3.create(), far, toLocal);
    const distance = enter(from as number[], to as number[]);
    if (distance < nearest.distance) nearest = { id: i + 1, distance };
  }
  return nearest.id;
}

/** How far along the way from `a` to `b` the crystal begins, as a part of it; infinite if it is not met. */
function enter(a: readonly number[], b: readonly number[]): number {
  let [first, last] = [0, 1];
  for (let face = 0; face < 8; face++) {
    const normal = [face & 1 ? -1 : 1, (face & 2 ? -1 : 1) / tall, face & 4 ? -1 : 1];
    const along = (p: readonly number[]): number => normal.reduce((sum, n, axis) => sum + n * p[axis]!, 0);
    const [start, slope] = [along(a), along(b) - along(a)];
    const crossing = (1 - start) / slope;
    if (slope < 0) first = Math.max(first, crossing);
    else last = Math.min(last, crossing);
  }
  return first < last ? first : Infinity;
}
