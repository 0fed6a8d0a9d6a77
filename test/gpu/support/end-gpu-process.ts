import type { BrowserCommand } from "vitest/node";

declare module "vitest/browser" {
  interface BrowserCommands {
    endGpuProcess: () => Promise<void>;
  }
}

/** Ends the GPU process of the Chromium that runs the test, as a crash of the driver would. */
export const endGpuProcess: BrowserCommand<[]> = async ({ context }) => {
  const session = await context.browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const gpu = processInfo.find(({ type }) => type === "GPU");
  if (!gpu) throw new Error("this browser has no GPU process");
  process.kill(gpu.id, "SIGKILL");
  await session.detach();
};
