/**
 * @param {number[]} values
 * @param {number} part from 0 to 1
 */
export function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place % 1);
}

/** @param {number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/**
 * How many times as fast `one` is as `other`: the median over the rounds, each of which measured both, one shortly after
 * the other. So what slows the machine down for a while slows both down.
 *
 * @param {number[]} one times
 * @param {number[]} other times of the same rounds
 */
export function speedRatio(one, other) {
  return median(one.map((time, round) => /** @type {number} */ (other[round]) / time));
}
