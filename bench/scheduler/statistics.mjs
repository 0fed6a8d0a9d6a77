import { median } from "../common/statistics.mjs";

export { median, quantile } from "../common/statistics.mjs";

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
