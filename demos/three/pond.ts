/** What is in the scene: water that is moved by compute shaders, and paper boats. */

import * as THREE from "three/webgpu";
import {
  cameraPosition,
  float,
  Fn,
  instancedArray,
  instanceIndex,
  int,
  ivec2,
  length,
  positionLocal,
  positionWorld,
  uniform,
  uniformArray,
  varying,
  vec2,
  vec3,
  vec4,
  vertexIndex,
  wgslFn,
} from "three/tsl";
import wgsl from "../../shaders/three.wgsl?raw";

/** Points along a side of the pond, and its size. */
const [points, size] = [112, 10];

/** A function of the shader file as a node. */
const shader = (name: string) =>
  wgslFn<Record<string, THREE.Node>>(new RegExp(`fn ${name}\\([^]*?\\n}`).exec(wgsl)![0]);

export type Water = ReturnType<typeof createWater>;

/** A height and a speed for each point of the water; `boats` says how many places are to be measured. */
export function createWater(boats: number) {
  const heights = instancedArray(points * points, "float");
  const speeds = instancedArray(points * points, "float");
  const probes = instancedArray(boats, "vec4");
  const stone = uniform(new THREE.Vector4(0, 0, 1, 0));
  const places = Array.from({ length: boats }, () => new THREE.Vector4());
  const placesNode = uniformArray<"vec4">(places, "vec4");

  const x = int(instanceIndex).mod(points);
  const z = int(instanceIndex).div(points);
  const cell = shader("cell");
  const heightAt = (x: THREE.Node, z: THREE.Node) => heights.element(cell({ x, z, side: int(points) }));

  const pull = shader("pull");
  const spread = Fn(() => {
    const speed = speeds.element(instanceIndex);
    const [left, right, near, far] = [
      heightAt(x.sub(1), z),
      heightAt(x.add(1), z),
      heightAt(x, z.sub(1)),
      heightAt(x, z.add(1)),
    ];
    const height = heights.element(instanceIndex);
    speed.assign(pull({ height, speed, left, right, near, far }));
  })().compute(points * points);

  const drop = shader("drop");
  const rise = Fn(() => {
    const place = vec2(float(x), float(z))
      .div(points - 1)
      .sub(0.5)
      .mul(size);
    const distance = length(place.sub(stone.xy));
    const dent = drop({ distance, radius: stone.z, depth: stone.w });
    heights.element(instanceIndex).addAssign(speeds.element(instanceIndex).add(dent as THREE.Node<"float">));
  })().compute(points * points);

  /** Height and slopes under each boat: what the CPU wants to know of all this. */
  const probe = Fn(() => {
    const place = placesNode.element(instanceIndex).xy;
    const at = ivec2(
      place
        .div(size)
        .add(0.5)
        .mul(points - 1),
    );
    const slope = vec2(
      heightAt(at.x.add(2), at.y).sub(heightAt(at.x.sub(2), at.y)),
      heightAt(at.x, at.y.add(2)).sub(heightAt(at.x, at.y.sub(2))),
    ).mul((points - 1) / size / 4);
    probes.element(instanceIndex).assign(vec4(heightAt(at.x, at.y), slope, 0));
  })().compute(boats);

  const geometry = new THREE.PlaneGeometry(size, size, points - 1, points - 1).rotateX(-Math.PI / 2);
  const material = new THREE.MeshBasicNodeMaterial();
  const vx = int(vertexIndex).mod(points);
  const vz = int(vertexIndex).div(points);
  const height = heightAt(vx, vz);
  const normal = varying(
    vec3(
      heightAt(vx.sub(1), vz).sub(heightAt(vx.add(1), vz)),
      (2 * size) / (points - 1),
      heightAt(vx, vz.sub(1)).sub(heightAt(vx, vz.add(1))),
    ),
  );
  material.positionNode = positionLocal.add(vec3(0, height, 0));
  material.colorNode = shader("water")({
    normal,
    position: positionWorld,
    eye: cameraPosition,
    height: varying(height),
  }) as THREE.Node<"vec3">;
  const mesh = new THREE.Mesh(geometry, material);
  mesh.frustumCulled = false;

  return {
    mesh,
    probes: probes.value,

    /** One step of the waves; a stone may fall. `measured` gets what is under the boats. */
    move(renderer: THREE.WebGPURenderer, fallen: THREE.Vector4 | undefined, boats: THREE.Object3D[]): void {
      stone.value.copy(fallen ?? stone.value.set(0, 0, 1, 0));
      boats.forEach(({ position }, i) => places[i]!.set(position.x, position.z, 0, 0));
      renderer.compute([spread, rise, probe]);
    },
  };
}

/** A boat folded of paper, which points along x. */
export function createBoat(colour: string): THREE.Mesh {
  const [bow, stern, left, right, keel, tip] = [
    [0.52, 0.2, 0],
    [-0.52, 0.2, 0],
    [0, 0.1, 0.2],
    [0, 0.1, -0.2],
    [0, -0.09, 0],
    [0, 0.46, 0],
  ] as const;
  const [front, back] = [
    [0.22, 0.02, 0],
    [-0.22, 0.02, 0],
  ] as const;
  const faces = [
    [bow, left, keel],
    [stern, keel, left],
    [bow, keel, right],
    [stern, right, keel],
    [tip, left, front],
    [tip, back, left],
    [tip, front, right],
    [tip, right, back],
  ];
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.Float32BufferAttribute(faces.flat(2), 3));
  geometry.computeVertexNormals();
  const material = new THREE.MeshLambertNodeMaterial({ color: colour, side: THREE.DoubleSide });
  return new THREE.Mesh(geometry, material);
}

export function lights(): THREE.Light[] {
  const sun = new THREE.DirectionalLight("#ffdcb0", 3);
  sun.position.set(-6, 5, 3);
  return [sun, new THREE.HemisphereLight("#cfe2f5", "#3a8f96", 2.4)];
}
