import { element, say, mark } from "./dom.ts";
import type { InspectedRing } from "./probe.ts";

const COLUMNS = ["Readback ring", "Slots", "Latency", "Dropped", "Memory"];

/** More slots than this are told by their number alone. */
const DRAWN = 8;

/** The readback rings, with what each tells of itself. */
export class RingTable {
  readonly #body = element("tbody");
  readonly root = element(
    "table",
    { class: "rings", hidden: "" },
    element("thead", {}, element("tr", {}, ...COLUMNS.map((name) => element("th", { scope: "col" }, name)))),
    this.#body,
  );

  show(rings: readonly InspectedRing[]): void {
    mark(this.root, "hidden", rings.length === 0 ? "" : null);
    while (this.#body.rows.length > rings.length) this.#body.deleteRow(-1);
    while (this.#body.rows.length < rings.length) this.#body.append(newRow());
    rings.forEach((inspected, index) => fill(this.#body.rows[index]!, inspected));
  }
}

function newRow(): HTMLTableRowElement {
  const name = element("th", { scope: "row" }, element("span"), element("small"));
  const slots = element(
    "td",
    {},
    element("span", { class: "slots", "aria-hidden": "true" }),
    element("span"),
  );
  return element("tr", {}, name, slots, element("td"), element("td"), element("td"));
}

function fill(row: HTMLTableRowElement, { ring: weak, number, source }: InspectedRing): void {
  const ring = weak.deref();
  if (ring === undefined) return;
  const [name, slots, latency, dropped, memory] = row.cells as unknown as HTMLTableCellElement[];
  say(name!.children[0]!, source || `Ring ${number}`);
  say(name!.children[1]!, ring.policy);
  drawSlots(slots!.children[0]!, ring.inFlight, ring.slots);
  say(slots!.children[1]!, `${ring.inFlight}/${ring.slots}`);
  say(latency!, ring.latest === null ? "–" : ring.latency === 1 ? "1 frame" : `${ring.latency} frames`);
  say(dropped!, ring.dropped.toLocaleString("en"));
  mark(dropped!, "class", ring.dropped > 0 ? "some" : null);
  say(memory!, bytes(ring.bytes));
}

function drawSlots(into: Element, taken: number, slots: number): void {
  const drawn = slots > DRAWN ? 0 : slots;
  while (into.children.length > drawn) into.lastChild!.remove();
  while (into.children.length < drawn) into.append(element("i"));
  for (let i = 0; i < drawn; i++) mark(into.children[i]!, "class", i < taken ? "taken" : null);
}

function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const kilo = count / 1024;
  return kilo < 1024 ? `${kilo.toFixed(1)} KiB` : `${(kilo / 1024).toFixed(1)} MiB`;
}
