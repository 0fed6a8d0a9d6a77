import type { TestProject } from "vitest/node";
import { serveGallery } from "../../tools/gallery.mjs";

declare module "vitest" {
  interface ProvidedContext {
    galleryUrl: string;
  }
}

let gallery: Awaited<ReturnType<typeof serveGallery>>;

/** Builds and serves the gallery, once for all tests of the demos. */
export async function setup(project: TestProject): Promise<void> {
  gallery = await serveGallery();
  project.provide("galleryUrl", gallery.url);
}

export function teardown(): Promise<void> {
  return gallery.close();
}
