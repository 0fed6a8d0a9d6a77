/** What every demo page has around its demo: its numbers, its source, and a word when it cannot run. */

import { offerInspector } from "./inspector.ts";
import { showLoss } from "./loss.ts";
import { afterFailure, missing, notice } from "./notice.ts";
import { showNumbers } from "./numbers.ts";
import { report } from "./report.ts";
import { showSource } from "./source.ts";

const find = (selector: string): HTMLElement => {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`The page of a demo needs an element ${selector}.`);
  return found;
};

showNumbers(find(".numbers"), report.data, report.spans);
offerInspector(find(".numbers"));
showLoss(find(".stage"), report.data);
void showSource(find(".source"), document.documentElement.dataset["demo"] ?? "");

// A demo that fails reports its error to the window, as the loop does by default. The first one is explained.
addEventListener("error", explain);
// Not every failure reaches that: a browser without WebGPU has nothing to fail with.
void missing().then((advice) => advice && show(advice));

function explain(event: ErrorEvent): void {
  removeEventListener("error", explain);
  void missing().then((advice) =>
    show(advice ?? afterFailure(event.error ?? event.message, report.data.frames)),
  );
}

function show(advice: Parameters<typeof notice>[0]): void {
  const stage = find(".stage");
  if (stage.querySelector(".notice")) return;
  stage.classList.add("unavailable");
  stage.append(notice(advice));
}
