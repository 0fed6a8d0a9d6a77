/** Four lights on a dark floor: a scene of Babylon.js. */

import "@babylonjs/core/Culling/ray.js";
import { ArcRotateCamera } from "@babylonjs/core/Cameras/arcRotateCamera.js";
import type { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
import { HemisphericLight } from "@babylonjs/core/Lights/hemisphericLight.js";
import { ShaderLanguage } from "@babylonjs/core/Materials/shaderLanguage.js";
import { ShaderMaterial } from "@babylonjs/core/Materials/shaderMaterial.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3, Color4 } from "@babylonjs/core/Maths/math.color.js";
import { Matrix, Vector3, Vector4 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import { Scene } from "@babylonjs/core/scene.js";
import wgsl from "../../shaders/babylon.wgsl?raw";

/** As in the shader. */
const places = [
  [-1.6, 1.6],
  [1.6, 1.6],
  [-1.6, -1.6],
  [1.6, -1.6],
] as const;
const colours = [
  [1, 0.5, 0.2],
  [0.3, 0.6, 1],
  [0.25, 0.9, 0.6],
  [1, 0.36, 0.55],
] as const;

export type Stage = ReturnType<typeof createStage>;

export function createStage(engine: WebGPUEngine) {
  const scene = new Scene(engine);
  scene.clearColor = Color4.FromHexString("#0b0d12ff");
  const camera = new ArcRotateCamera("camera", -Math.PI / 2, 0.86, 11.5, new Vector3(0, 0.1, 0.1), scene);
  camera.minZ = 0.5;
  const sky = new HemisphericLight("sky", new Vector3(-0.3, 1, -0.4), scene);
  sky.intensity = 0.55;
  sky.groundColor = new Color3(0.1, 0.1, 0.14);

  const domes = places.map(([x, z], i) => {
    const dome = CreateSphere(`light ${i}`, { diameter: 2, segments: 24, slice: 0.5 }, scene);
    dome.position.set(x, 0, z);
    const material = new StandardMaterial(dome.name, scene);
    material.diffuseColor = Color3.FromArray(colours[i]!).scale(0.42);
    material.specularColor = new Color3(0.5, 0.5, 0.5);
    material.specularPower = 90;
    dome.material = material;
    return { dome, material };
  });

  const [vertexSource = "", fragmentSource = ""] = wgsl.split(/^\/\/ ----.*$/m);
  const floor = CreateGround("floor", { width: 16, height: 16 }, scene);
  const tiles = new ShaderMaterial(
    "floor",
    scene,
    { vertexSource, fragmentSource },
    {
      attributes: ["position"],
      uniforms: ["worldViewProjection", "levels", "ripples"],
      shaderLanguage: ShaderLanguage.WGSL,
    },
  );
  floor.material = tiles;
  floor.isPickable = false;

  const levels = [0, 0, 0, 0];
  const ripples = [0, 0, 0, 0];
  // Between the coroutines, which have set the levels, and the draw.
  scene.onBeforeRenderObservable.add(() => {
    domes.forEach(({ dome, material }, i) => {
      material.emissiveColor = Color3.FromArray(colours[i]!).scale(0.04 + 1.1 * levels[i]!);
      dome.scaling.y = 1 - 0.16 * levels[i]!;
      if (ripples[i]! > 0) ripples[i] = (ripples[i]! + engine.getDeltaTime() / 900) % 1.0001;
      if (ripples[i]! > 0.98) ripples[i] = 0;
    });
    tiles.setVector4("levels", Vector4.FromArray(levels));
    tiles.setVector4("ripples", Vector4.FromArray(ripples));
    const aspect = engine.getAspectRatio(camera);
    camera.fov = 2 * Math.atan(0.34 * Math.max(1, 1.25 / aspect));
  });

  return {
    scene,
    /** How bright each light is, from 0 to 1. */
    levels,

    /** A ring runs over the floor. */
    ring(light: number): void {
      ripples[light] = 0.01;
    },

    /** Which light is at this place of the canvas, in CSS pixels; -1 for none. */
    lightAt(x: number, y: number): number {
      const { pickedMesh } = scene.pick(x, y);
      return domes.findIndex(({ dome }) => dome === pickedMesh);
    },

    /** The place before a light on the canvas, in CSS pixels. */
    placeOf(light: number): [x: number, y: number] {
      const [x, z] = places[light]!;
      const size = engine.getRenderingCanvas()!;
      const viewport = camera.viewport.toGlobal(size.clientWidth, size.clientHeight);
      const at = Vector3.Project(
        new Vector3(x, 0, z - 1.25),
        Matrix.IdentityReadOnly,
        scene.getTransformMatrix(),
        viewport,
      );
      return [at.x, at.y];
    },
  };
}
