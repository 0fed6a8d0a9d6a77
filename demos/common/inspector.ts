/** A button, and the key I, that open the inspector over a demo. It is loaded only then. */

const label = "Inspector";

export function offerInspector(into: HTMLElement): void {
  const button = document.createElement("button");
  button.type = "button";
  button.append(label, " ");
  button.append(Object.assign(document.createElement("kbd"), { textContent: "I" }));
  button.title = "What every coroutine waits for, and what the frames take";
  button.addEventListener("click", toggle);
  into.append(button);
  addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    const isTyped = target instanceof HTMLElement && target.matches("input, textarea, select");
    if (key === "i" && !ctrlKey && !metaKey && !altKey && !isTyped) void toggle();
  });
}

async function toggle(): Promise<void> {
  const { inspect } = await import("awaitframe/inspector");
  const open = document.querySelector("awaitframe-inspector");
  if (open) open.remove();
  else inspect();
}
