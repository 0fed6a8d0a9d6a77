/** @internal */
export interface Failure {
  what: string;
  error: unknown;
}

const style = `
  :host { all: initial; position: fixed; inset: auto 0 0 0; z-index: 2147483647; }
  section { margin: 12px; padding: 12px 16px; max-height: 45vh; overflow: auto; border-radius: 8px;
    border-inline-start: 4px solid #ff5d5d; background: #1a1214f2; color: #ffe9e9;
    font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; box-shadow: 0 8px 32px #0008; }
  h2 { margin: 0 0 6px; font: 600 13px/1.5 system-ui, sans-serif; color: #ff9d9d; }
  pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
`;

let panel: HTMLElement | null = null;

/** Shows over the page why an edited body is not in use, or takes that away. @internal */
export function showError(failure: Failure | null): void {
  panel?.remove();
  panel = null;
  if (!failure) return;
  console.error(failure.error);
  // In a worker, the console is all there is.
  if (typeof document === "undefined") return;
  const { what, error } = failure;
  panel = document.createElement("awaitframe-error");
  const root = panel.attachShadow({ mode: "open" });
  const section = root.appendChild(document.createElement("section"));
  section.setAttribute("role", "alert");
  root.prepend(Object.assign(document.createElement("style"), { textContent: style }));
  const title = document.createElement("h2");
  title.textContent = `The new "${what}" failed; the one before it goes on`;
  const text = document.createElement("pre");
  text.textContent = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  section.append(title, text);
  document.body.append(panel);
}
