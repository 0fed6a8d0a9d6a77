/** What a visitor reads when the demos cannot run here: what is missing, and what to do about it. */

interface Advice {
  title: string;
  text: string;
  hints?: Hint[];
}

/** Text in back quotes becomes code. */
type Hint = string;

/** Undefined where everything needed is there. A device can still be refused: see `afterFailure`. */
export async function missing(): Promise<Advice | undefined> {
  if (!globalThis.isSecureContext) {
    return {
      title: "WebGPU needs a secure page",
      text: "Browsers offer WebGPU to pages from https:// and from localhost alone. This one came another way.",
      hints: [
        `Open it as \`${location.href.replace(/^http:/, "https:")}\`, if that server speaks https.`,
        "On your own machine, use `http://localhost` and the port instead of the machine's address.",
      ],
    };
  }
  if (!navigator.gpu) {
    return {
      title: "This browser doesn't offer WebGPU",
      text: "The demos draw with WebGPU, which is missing here or switched off. To get it:",
      hints: hints(),
    };
  }
  if (!(await navigator.gpu.requestAdapter())) {
    return {
      title: "WebGPU is here, but it found no GPU to use",
      text:
        "The browser knows WebGPU and has no adapter to offer: the graphics driver is missing, too old, or on the " +
        "browser's block list, or graphics acceleration is switched off. What helps:",
      hints: [...acceleration(), "Update the graphics driver, then restart the browser."],
    };
  }
  return undefined;
}

/** For an error that ended a demo, and for which `missing` has no explanation. */
export function afterFailure(error: unknown, framesDrawn: number): Advice {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (framesDrawn > 0) {
    return {
      title: "This demo has stopped",
      text: "An error ended it. Reload the page to start it again. The browser's console has the whole story.",
      hints: [`\`${message}\``],
    };
  }
  return {
    title: "The GPU couldn't be opened",
    text: "WebGPU is here, and the browser has an adapter, yet the demo couldn't start with it. The browser says:",
    hints: [`\`${message}\``, "Close other tabs that use the GPU, then reload this page.", ...acceleration()],
  };
}

/** The advice as an element. */
export function notice(advice: Advice): HTMLElement {
  const box = element("section", "notice");
  box.setAttribute("role", "alert");
  const title = element("h2");
  title.textContent = advice.title;
  const text = element("p");
  text.textContent = advice.text;
  box.append(title, text);
  if (advice.hints?.length) {
    const list = element("ul");
    for (const hint of advice.hints) {
      const item = element("li");
      item.append(...withCode(hint));
      list.append(item);
    }
    box.append(list);
  }
  return box;
}

function withCode(hint: Hint): (string | HTMLElement)[] {
  return hint.split("`").map((part, index) => {
    if (index % 2 === 0) return part;
    const code = element("code");
    code.textContent = part;
    return code;
  });
}

function element(tag: string, className = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

const engines = {
  chromium: [
    "Chrome, Edge and their kin: version 113 or later on Windows, macOS and ChromeOS, 121 on Android.",
    "On Linux, or if it is still missing: open `chrome://flags/#enable-unsafe-webgpu`, choose Enabled, relaunch.",
  ],
  firefox: [
    "Firefox: version 141 or later on Windows, 145 on macOS.",
    "Elsewhere: open `about:config`, set `dom.webgpu.enabled` to true, restart; or try Firefox Nightly.",
  ],
  safari: [
    "Safari: version 26 on macOS Tahoe, iOS, iPadOS and visionOS.",
    "Before that: Settings, Advanced, Feature Flags, switch on WebGPU.",
  ],
};

/** The visitor's own browser first. */
function hints(): Hint[] {
  const own = engine();
  const others = Object.entries(engines).filter(([name]) => name !== own);
  return [...engines[own], ...others.map(([, [first]]) => first!)];
}

function acceleration(): Hint[] {
  switch (engine()) {
    case "firefox":
      return [
        "In `about:config`, set `gfx.webgpu.ignore-blocklist` to true.",
        "See `about:support`, under Graphics, for what Firefox says about this machine.",
      ];
    case "safari":
      return ["Check that Lockdown Mode, which switches WebGPU off, isn't on for this page."];
    default:
      return [
        "In Settings, System, switch on “Use graphics acceleration when available”.",
        "See `chrome://gpu` for what the browser says about this machine.",
        "Open `chrome://flags/#enable-unsafe-webgpu`, choose Enabled, relaunch.",
      ];
  }
}

function engine(): keyof typeof engines {
  const agent = navigator.userAgent;
  if (/firefox|fxios/i.test(agent)) return "firefox";
  return /chrome|chromium|crios|edg/i.test(agent) ? "chromium" : "safari";
}
