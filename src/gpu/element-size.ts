/** Width and height, in pixels of the display. */
export type PixelSize = readonly [width: number, height: number];

/**
 * Tells the size of an element's content in pixels of the display: now, and whenever it changes. Exact where the
 * browser tells it (`devicePixelContentBoxSize`), else rounded from the size in CSS pixels.
 *
 * @returns Stops the observation.
 * @internal
 */
export function observeSize(element: HTMLElement, tell: (size: PixelSize) => void): () => void {
  // The element may stand in another window, which has a density of its own, and tells of sizes in its own frames.
  const view = (element.ownerDocument.defaultView ?? globalThis) as typeof globalThis;
  const scaled = (width: number, height: number): PixelSize => {
    const ratio = view.devicePixelRatio || 1;
    return [Math.round(width * ratio), Math.round(height * ratio)];
  };
  const observer = new view.ResizeObserver((entries) => {
    for (const { devicePixelContentBoxSize, contentRect } of entries) {
      const exact = devicePixelContentBoxSize?.[0];
      tell(exact ? [exact.inlineSize, exact.blockSize] : scaled(contentRect.width, contentRect.height));
    }
  });
  try {
    observer.observe(element, { box: "device-pixel-content-box" });
  } catch {
    // Safari. The content box in CSS pixels changes too when the page is zoomed.
    observer.observe(element);
  }
  const { left, right, top, bottom } = paddingOf(element);
  tell(scaled(element.clientWidth - left - right, element.clientHeight - top - bottom));
  return () => observer.disconnect();
}

/** A canvas without a size in CSS is as large as its texture: it would grow with each resize on a dense display. @internal */
export function pinSize(canvas: HTMLCanvasElement): void {
  const { width, clientWidth, clientHeight, style } = canvas;
  canvas.width = width * 2;
  if (clientWidth && canvas.clientWidth !== clientWidth && !style.width) {
    style.width = `${clientWidth}px`;
    style.height = `${clientHeight}px`;
  }
  canvas.width = width;
}

/** The padding of an element, in CSS pixels. @internal */
export function paddingOf(element: Element): Record<"left" | "right" | "top" | "bottom", number> {
  const style = getComputedStyle(element);
  const { paddingLeft, paddingRight, paddingTop, paddingBottom } = style;
  return {
    left: parseFloat(paddingLeft) || 0,
    right: parseFloat(paddingRight) || 0,
    top: parseFloat(paddingTop) || 0,
    bottom: parseFloat(paddingBottom) || 0,
  };
}
