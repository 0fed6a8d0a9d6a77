/** What PixiJS draws: the sky, and birds folded of paper. */

import { Container, GpuProgram, Mesh, MeshGeometry, Shader, Sprite, Texture, UniformGroup } from "pixi.js";
import wgsl from "../../shaders/pixi.wgsl?raw";

export const count = 360;
const tints = [0xfff6e6, 0xfff6e6, 0xffe2c4, 0xff9a5c, 0xfff6e6, 0x9cc4ff];

/** A bird, and how it flies: in pixels, and pixels in a millisecond. */
export interface Bird {
  sprite: Sprite;
  velocity: { x: number; y: number };
  /** Beats its wings faster the more it has to fly. */
  effort: number;
}

export function createBirds(): { layer: Container; birds: Bird[] } {
  const texture = paperBird();
  const layer = new Container();
  const birds = Array.from({ length: count }, (_, i) => {
    const sprite = new Sprite({ texture, anchor: 0.5, tint: tints[i % tints.length]! });
    layer.addChild(sprite);
    return { sprite, velocity: { x: 0, y: 0 }, effort: 0 };
  });
  return { layer, birds };
}

export function createSky() {
  const uniforms = new UniformGroup({
    aspect: { value: 1, type: "f32" },
    time: { value: 0, type: "f32" },
  });
  const shader = new Shader({
    gpuProgram: GpuProgram.from({
      vertex: { source: wgsl, entryPoint: "corner" },
      fragment: { source: wgsl, entryPoint: "evening" },
    }),
    resources: { sky: uniforms },
  });
  const geometry = new MeshGeometry({
    positions: new Float32Array([-1, -1, 3, -1, -1, 3]),
    uvs: new Float32Array(6),
    indices: new Uint32Array([0, 1, 2]),
  });
  const mesh = new Mesh({ geometry, shader });
  return { mesh, uniforms: uniforms.uniforms };
}

/** A bird that flies to the right, folded of a sheet: two wings, one of them in the shade. */
function paperBird(): Texture {
  const canvas = Object.assign(document.createElement("canvas"), { width: 96, height: 64 });
  const context = canvas.getContext("2d")!;
  const fold = (colour: string, ...points: [x: number, y: number][]): void => {
    context.fillStyle = colour;
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.fill();
  };
  fold("#a8a2ad", [34, 33], [60, 33], [22, 6]);
  fold("#d9d3d3", [4, 38], [34, 30], [40, 42]);
  fold("#ffffff", [30, 32], [66, 32], [36, 60]);
  fold("#e9e3df", [34, 31], [92, 28], [62, 38]);
  return Texture.from(canvas);
}
