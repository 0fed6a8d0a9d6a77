import { readFileSync } from "node:fs";
import { cpuUsage } from "node:process";

const STATISTICS = "/proc/thread-self/schedstat";

/**
 * For how long, in ms, this thread has had a processor: so what other processes take away does not count. Where the
 * system does not tell, the time that has passed.
 */
export const threadTime = isTold() ? timeOfThread : () => performance.now();

function timeOfThread() {
  // Linux brings the figure up to date when it is asked for this one.
  cpuUsage();
  return Number.parseInt(readFileSync(STATISTICS, "latin1"), 10) / 1e6;
}

function isTold() {
  try {
    return timeOfThread() > 0;
  } catch {
    return false;
  }
}
