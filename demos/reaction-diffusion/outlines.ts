import { breathe, type Operation } from "awaitframe";

/** A grid of values; outside of it all are 0. */
export interface Field {
  values: Float32Array;
  width: number;
  height: number;
}

export type Point = [x: number, y: number];

/**
 * The outlines of where a field is above a level, as closed rings of points: by marching squares. A value lies in the
 * middle of its cell. Heavy work: it lets go of the frame after each row.
 */
export function* outlines(field: Field, level: number): Operation<Point[][]> {
  const { values, width, height } = field;
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : values[y * width + x]!;

  // Each edge between two neighbours has a number: twice that of the upper or left one, plus 1 for a vertical edge.
  const row = width + 2;
  const edge = (x: number, y: number, vertical: number): number => 2 * ((y + 1) * row + x + 1) + vertical;
  // In each square of four neighbours an outline goes from edge to edge, with the higher values to its right.
  const next = new Int32Array(2 * row * (height + 2)).fill(-1);
  for (let y = -1; y < height; y++) {
    for (let x = -1; x < width; x++) {
      const [a, b, c, d] = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)];
      const above =
        Number(a > level) | (Number(b > level) << 1) | (Number(c > level) << 2) | (Number(d > level) << 3);
      if (above === 0 || above === 15) continue;
      const [top, right, bottom, left] = [edge(x, y, 0), edge(x + 1, y, 1), edge(x, y + 1, 0), edge(x, y, 1)];
      const sides = [top, right, bottom, left];
      // A saddle: two corners across are joined if the middle is as high as they are.
      const joined = a + b + c + d > 4 * level;
      for (const [from, to] of (joined && saddles[above]) || ways[above]!) next[sides[from]!] = sides[to]!;
    }
    yield* breathe();
  }

  const rings: Point[][] = [];
  for (let start = 0; start < next.length; start++) {
    if (start % row === 0) yield* breathe();
    if (next[start]! < 0) continue;
    const ring: Point[] = [];
    for (let i = start; next[i]! >= 0;) {
      const [x, y] = [((i >> 1) % row) - 1, Math.floor((i >> 1) / row) - 1];
      const [dx, dy] = i % 2 ? [0, 1] : [1, 0];
      const [a, b] = [at(x, y), at(x + dx, y + dy)];
      const part = (level - a) / (b - a);
      ring.push([x + 0.5 + dx * part, y + 0.5 + dy * part]);
      const then = next[i]!;
      next[i] = -1;
      i = then;
    }
    rings.push(ring);
  }
  return rings;
}

const [top, right, bottom, left] = [0, 1, 2, 3];

/** From edge to edge, for each set of corners that are above: 1 left top, 2 right top, 4 right bottom, 8 left bottom. */
const ways: [from: number, to: number][][] = [
  [],
  [[top, left]],
  [[right, top]],
  [[right, left]],
  [[bottom, right]],
  [
    [top, left],
    [bottom, right],
  ],
  [[bottom, top]],
  [[bottom, left]],
  [[left, bottom]],
  [[top, bottom]],
  [
    [right, top],
    [left, bottom],
  ],
  [[right, bottom]],
  [[left, right]],
  [[top, right]],
  [[left, top]],
  [],
];

/** Those with two corners across from each other, joined by the middle. */
const saddles: Record<number, [from: number, to: number][]> = {
  5: [
    [top, right],
    [bottom, left],
  ],
  10: [
    [left, top],
    [right, bottom],
  ],
};

/** A ring as a part of an SVG's path, in tenths of a cell: curves from the middle of one side to that of the next. */
export function smoothPath(ring: Point[]): string {
  const points = simplified(ring, 0.12).map(([x, y]): Point => [Math.round(10 * x), Math.round(10 * y)]);
  const middle = ([x, y]: Point, [u, v]: Point): string => `${(x + u) >> 1} ${(y + v) >> 1}`;
  const curves = points.map(
    (point, i) => `Q${point.join(" ")} ${middle(point, points[(i + 1) % points.length]!)}`,
  );
  return `M${middle(points.at(-1)!, points[0]!)}${curves.join("")}Z`;
}

/** Leaves out what is no further than so much from a straight line between what stays. */
function simplified(ring: Point[], most: number): Point[] {
  const kept = [ring[0]!];
  let from = 0;
  for (let to = 2; to < ring.length; to++) {
    const [x, y] = ring[from]!;
    const [dx, dy] = [ring[to]![0] - x, ring[to]![1] - y];
    const far = most * Math.hypot(dx, dy);
    const straight = ring.slice(from + 1, to).every(([u, v]) => Math.abs((u - x) * dy - (v - y) * dx) <= far);
    if (straight) continue;
    from = to - 1;
    kept.push(ring[from]!);
  }
  return kept;
}
