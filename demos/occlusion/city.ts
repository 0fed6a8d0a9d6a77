/** A city of boxes, the same each time: what is drawn, and what hides it. Lengths are metres. */

export interface Lot {
  /** What all of it is in. */
  low: [number, number, number];
  high: [number, number, number];
  /** Its part of the boxes, and of the walls. */
  boxes: { first: number; count: number };
  walls: { first: number; count: number };
}

export interface City {
  lots: Lot[];
  /** For each box its middle, how wide its top is (0 to 1), its half size, and its colour with its gloss. */
  boxes: ArrayBuffer;
  /** Boxes that nothing can be seen through, with the number of their lot in the place of the colour. */
  walls: ArrayBuffer;
}

/** From street to street, and so many lots in each of so many rows. */
export const pitch = 30;
export const rows = 15;
/** The street is as wide as the lots leave it. */
const plot = 20;
const floor = 3.3;

export const boxBytes = 32;

const plasters = [0xe8b796, 0xe6cfa8, 0xd98f7c, 0xc9b8a4, 0xb9c4a6, 0x9fb5b8, 0xe3a98b, 0xd6c3c0];
const roofs = [0x9a5a4c, 0x7d5a5a, 0x5f6a74];
const glass = 0x3c5a6e;
const leaves = [0x6f8f5f, 0x86a05f, 0x5c7f66];

export function createCity(): City {
  const random = randomFrom(20_260);
  const boxes = createBoxes();
  const walls = createBoxes();
  const lots: Lot[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < rows; column++) {
      const [x, z] = [(column - (rows - 1) / 2) * pitch, (row - (rows - 1) / 2) * pitch];
      const [firstBox, firstWall] = [boxes.count, walls.count];
      const bounds = boxes.measure(() => {
        if (random() < 0.1) park(x, z);
        else house(x, z, lots.length);
        trees(x, z);
      });
      lots.push({
        ...bounds,
        boxes: { first: firstBox, count: boxes.count - firstBox },
        walls: { first: firstWall, count: walls.count - firstWall },
      });
    }
  }
  return { lots, boxes: boxes.data(), walls: walls.data() };

  function house(x: number, z: number, lot: number): void {
    const plaster = pick(plasters);
    const roof = pick(roofs);
    const floors = 3 + Math.floor(4 * random() + 7 * random() ** 4);
    const half = plot / 2 - 0.6 * random();
    storeys(x, z, half, half, 0, floors, plaster, lot);
    const top = floors * floor;
    if (floors < 6 && random() < 0.6) {
      boxes.add(x, top + 1.9, z, half + 0.5, 1.9, half + 0.5, roof, 0, 0.25);
      for (let i = 0; i < 4; i++) {
        const [a, b] = [half * 0.7 * (i & 1 ? 1 : -1), half * 0.7 * (i & 2 ? 1 : -1)];
        boxes.add(x + a, top + 2.2, z + b, 0.45, 1.6, 0.45, 0x8d6f66, 0);
      }
      return;
    }
    // A cornice; on it another tower, or what stands about on roofs.
    boxes.add(x, top + 0.15, z, half + 0.35, 0.35, half + 0.35, shade(plaster, 1.12), 0);
    if (random() < 0.45) {
      const more = 2 + Math.floor(6 * random());
      const narrow = half * (0.5 + 0.2 * random());
      storeys(x, z, narrow, narrow, top + 0.4, more, shade(plaster, 0.94), lot);
      boxes.add(
        x,
        top + 0.4 + more * floor + 0.2,
        z,
        narrow + 0.3,
        0.3,
        narrow + 0.3,
        shade(plaster, 1.1),
        0,
      );
    } else {
      boxes.add(x + 3, top + 1.4, z - 2, 1.8, 1, 1.8, 0xa8a29c, 0);
      boxes.add(x - 4, top + 2.6, z + 3, 1.4, 1.3, 1.4, 0x8a6a55, 0);
      boxes.add(x - 4, top + 4.4, z + 3, 1.5, 0.5, 1.5, 0x6d5245, 0, 0.1);
    }
    for (let i = 0; i < 6; i++) {
      boxes.add(
        x + half * (1.6 * random() - 0.8),
        top + 0.9,
        z + half * (1.6 * random() - 0.8),
        0.5,
        0.4,
        0.7,
        0xc9cdd0,
        0.2,
      );
    }
  }

  /** Walls with windows, some with a balcony. */
  function storeys(
    x: number,
    z: number,
    halfX: number,
    halfZ: number,
    from: number,
    floors: number,
    plaster: number,
    lot: number,
  ): void {
    const half = (floors * floor) / 2;
    boxes.add(x, from + half, z, halfX, half, halfZ, plaster, 0);
    // A tower goes on inside the house below it.
    walls.add(x, from / 2 + half, z, halfX, from / 2 + half, halfZ, lot, 0);
    const windows = Math.max(3, Math.round(halfX / 1.9));
    const frame = shade(plaster, 1.2);
    for (let side = 0; side < 4; side++) {
      const [outX, outZ] = [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ][side]!;
      const far = outX ? halfX : halfZ;
      const wide = outX ? halfZ : halfX;
      for (let level = 0; level < floors; level++) {
        const y = from + (level + 0.52) * floor;
        for (let i = 0; i < windows; i++) {
          const along = wide * ((2 * i + 1) / windows - 1);
          const at = (out: number): [number, number] => [
            x + outX! * (far + out) + outZ! * along,
            z + outZ! * (far + out) + outX! * along,
          ];
          const size = (width: number, depth: number): [number, number] =>
            outX ? [depth, width] : [width, depth];
          const [gx, gz] = at(0.02);
          const [gw, gd] = size(0.62, 0.06);
          boxes.add(gx, y, gz, gw, 0.95, gd, glass, 1);
          const [sx, sz] = at(0.1);
          const [sw, sd] = size(0.8, 0.16);
          boxes.add(sx, y - 1.02, sz, sw, 0.08, sd, frame, 0);
          if (level > 0 && random() < 0.16) {
            const [bx, bz] = at(0.6);
            const [bw, bd] = size(1.0, 0.6);
            boxes.add(bx, y - 1.1, bz, bw, 0.1, bd, frame, 0);
            const [rx, rz] = at(1.15);
            const [rw, rd] = size(1.0, 0.04);
            boxes.add(rx, y - 0.6, rz, rw, 0.45, rd, 0x56606a, 0.3);
          }
        }
      }
    }
  }

  function park(x: number, z: number): void {
    boxes.add(x, 0.1, z, plot / 2, 0.1, plot / 2, 0x9db37c, 0);
    boxes.add(x, 0.16, z, 4, 0.1, 3, 0x7fb0bd, 1);
    for (let i = 0; i < 22; i++)
      tree(x + 18 * (random() - 0.5), z + 18 * (random() - 0.5), 1 + 0.7 * random());
  }

  /** Along the pavement. */
  function trees(x: number, z: number): void {
    for (let i = 0; i < 8; i++) {
      if (random() < 0.35) continue;
      const along = (((i % 2) + 0.5) / 2 - 0.5) * plot;
      const out = plot / 2 + 1.7;
      const [dx, dz] = [
        [along, out],
        [along, -out],
        [out, along],
        [-out, along],
      ][i >> 1]!;
      tree(x + dx!, z + dz!, 0.75 + 0.3 * random());
    }
  }

  function tree(x: number, z: number, size: number): void {
    const green = pick(leaves);
    boxes.add(x, 0.9 * size, z, 0.16 * size, 0.9 * size, 0.16 * size, 0x6b5344, 0);
    for (let i = 0; i < 3; i++) {
      const wide = (1.35 - 0.33 * i) * size;
      boxes.add(x, (2.1 + 1.05 * i) * size, z, wide, 0.85 * size, wide, shade(green, 0.9 + 0.12 * i), 0, 0.3);
    }
  }

  function pick(colours: number[]): number {
    return shade(colours[Math.floor(random() * colours.length)]!, 0.94 + 0.12 * random());
  }
}

function createBoxes() {
  const parts: { numbers: number[]; colour: number }[] = [];
  return {
    get count(): number {
      return parts.length;
    },

    add(
      x: number,
      y: number,
      z: number,
      halfX: number,
      halfY: number,
      halfZ: number,
      colour: number,
      gloss: number,
      top = 1,
    ): void {
      // Red first, as the GPU reads it; the number of a lot stays as it is.
      parts.push({
        numbers: [x, y, z, top, halfX, halfY, halfZ],
        colour: colour + 2 ** 24 * Math.round(255 * gloss),
      });
    },

    /** What is added meanwhile is within these bounds. */
    measure(add: () => void): Pick<Lot, "low" | "high"> {
      const first = parts.length;
      add();
      const low: Lot["low"] = [Infinity, Infinity, Infinity];
      const high: Lot["high"] = [-Infinity, -Infinity, -Infinity];
      for (const { numbers } of parts.slice(first)) {
        for (let axis = 0; axis < 3; axis++) {
          low[axis] = Math.min(low[axis]!, numbers[axis]! - numbers[axis + 4]!);
          high[axis] = Math.max(high[axis]!, numbers[axis]! + numbers[axis + 4]!);
        }
      }
      return { low, high };
    },

    data(): ArrayBuffer {
      const floats = new Float32Array((boxBytes / 4) * parts.length);
      const wholes = new Uint32Array(floats.buffer);
      for (const [i, { numbers, colour }] of parts.entries()) {
        floats.set(numbers, 8 * i);
        wholes[8 * i + 7] = colour;
      }
      return floats.buffer;
    },
  };
}

function shade(colour: number, by: number): number {
  const part = (shift: number): number => Math.min(255, Math.round(((colour >> shift) & 255) * by)) << shift;
  return part(16) | part(8) | part(0);
}

/** The same numbers each time, from 0 to 1. */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}
