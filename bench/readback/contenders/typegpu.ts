import { d, tgpu } from "typegpu";
import type { Contender } from "../run.ts";
import { sharedDevice } from "./device.ts";
import { library } from "./library.ts";

/** `read` of a typed buffer, which gives an array of numbers. */
export async function typeGpu(bytes: number): Promise<Contender> {
  const device = await sharedDevice();
  const root = tgpu.initFromDevice({ device });
  const typed = root.createBuffer(d.arrayOf(d.u32, bytes / 4)).$usage("storage");
  return library({ device, buffer: root.unwrap(typed), read: async (use) => use(await typed.read()) });
}
