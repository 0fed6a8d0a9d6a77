// Gives Node what the tests expect of a browser's globals: Dawn, the WebGPU of Chromium, as a library.

import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
// Node has a navigator from version 21 on, which can't be replaced by assignment.
globalThis.navigator ??= {} as Navigator;
Object.defineProperty(navigator, "gpu", { value: create([]), configurable: true });
