import type { DemoReport } from "./report.ts";

const every = 250;

/** Says over the picture that the device was lost, as long as there is no new one. Most losses are over before that. */
export function showLoss(stage: HTMLElement, data: Readonly<DemoReport>): void {
  const status = document.createElement("p");
  status.className = "loss";
  status.setAttribute("role", "status");
  stage.append(status);
  setInterval(() => {
    const text = data.lost === undefined ? "" : "The GPU was lost. Waiting for it to come back…";
    if (status.textContent === text) return;
    status.textContent = text;
    status.title = data.lost ?? "";
  }, every);
}
