export { inspect } from "./inspect.ts";
export type { InspectorElement } from "./inspector-element.ts";
