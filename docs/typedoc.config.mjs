// The API reference: a page for each name of each entry point of the package, from the docstrings.

import { existsSync, readFileSync } from "node:fs";

const { exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** `exports` names them: "./testing" is src/testing/index.ts. */
const entryPoints = Object.keys(exports)
  .filter((name) => !name.endsWith(".json"))
  .map((name) => `../src${name.slice(1)}/index.ts`)
  .filter((file) => existsSync(new URL(file, import.meta.url)));

/** Modules are called as one imports them, not as their files. @param {import("typedoc").Application} app */
function asImported(app) {
  app.converter.on("resolveBegin", (context) => {
    for (const module of context.project.children ?? [])
      module.name = module.name === "index" ? "awaitframe" : `awaitframe/${module.name}`;
  });
}

/** @type {Partial<import("typedoc").TypeDocOptions & import("typedoc-plugin-markdown").PluginOptions>} */
export default {
  name: "awaitframe",
  entryPoints,
  tsconfig: "../tsconfig.build.json",
  plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme", asImported],
  out: "reference",
  readme: "none",
  hideBreadcrumbs: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  hidePageHeader: true,
  pageTitleTemplates: { index: "Reference", module: ({ name }) => name, member: ({ name }) => name },
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  disableSources: true,
  // A docstring belongs to all overloads of a function: a parameter that only one of them has is no mistake.
  treatValidationWarningsAsErrors: true,
  validation: { notExported: false, invalidLink: true, notDocumented: false },
};
