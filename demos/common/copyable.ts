/**
 * The files of a demo as one copies them: what only serves the gallery, the numbers below the picture and the frame
 * around it, is left out, and all files lie in one folder.
 */

/** A script of the demo. */
export function copyableScript(text: string): string {
  return (
    text
      .replace(/^import \{ report \} .*\n/m, "")
      .replace(/\bonLost: report\.lost, |(, |\b)onLost: report\.lost\b/g, "")
      .replaceAll("{  }", "{}")
      // A frame that is waited for only to be counted is still waited for.
      .replace(/report\.frame\((yield\* .*)\);$/gm, "$1;")
      .replace(/^ *(const \w+ = )?report\..*;\n/gm, "")
      .replaceAll("../../shaders/", "./")
      .replace(/\n{3,}/g, "\n\n")
  );
}

/** The demo's page, without what it says of itself. */
export function copyablePage(html: string): string {
  return html
    .replace(/(<link rel="icon" href=).*/, '$1"data:," />')
    .replace(/^( *<link rel="stylesheet" href=).*\n *<link rel="stylesheet".*\n/m, '$1"./style.css" />\n')
    .replace(
      /^ *<script type="module" src="(\.\.\/common\/shell|\.\/check|\.\/drive)\.ts"><\/script>\n/gm,
      "",
    )
    .replace(/^ {8}<p>[^]*?<\/p>\n/m, "")
    .replace(/^ *<header class="bar">[^]*?<\/header>\n/m, "")
    .replace(/^ *<section class="(numbers|source)".*<\/section>\n/gm, "");
}
