/** What the tests need to play, and the gallery for its picture. */

import { game, lights, loop } from "./main.ts";

export interface BabylonCheck {
  game: typeof game;
  loop: typeof loop;
  /** How bright each light is. */
  readonly levels: number[];
  /** Where a light is on the page. */
  whereIs(light: number): { x: number; y: number };
}

declare global {
  // A global can be declared with `var` alone.
  var babylonCheck: BabylonCheck | undefined;
}

globalThis.babylonCheck = {
  game,
  loop,
  get levels() {
    return lights?.levels ?? [];
  },
  whereIs(light) {
    const { left, top } = document.querySelector("canvas")!.getBoundingClientRect();
    // A little behind the key's name.
    const [x, y] = lights!.placeOf(light);
    return { x: left + x, y: top + y - 45 };
  },
};
