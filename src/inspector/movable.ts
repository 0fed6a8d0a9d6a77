/** How far an arrow key moves it, and the least distance from the edges of the window, in pixels. */
const STEP = 16;
const MARGIN = 8;

/**
 * Lets an element that is fixed at the lower right be dragged by its header, and moved with the arrow keys by a grip.
 * It stays inside of the window.
 */
export function movable(moved: HTMLElement, header: HTMLElement, grip: HTMLElement): void {
  const moveTo = (left: number, top: number): void => {
    const { width, height } = moved.getBoundingClientRect();
    const within = (value: number, most: number): number => Math.max(MARGIN, Math.min(value, most));
    const right = within(innerWidth - left - width, innerWidth - width - MARGIN);
    const bottom = within(innerHeight - top - height, innerHeight - height - MARGIN);
    moved.style.right = `${right}px`;
    moved.style.bottom = `${bottom}px`;
  };

  header.addEventListener("pointerdown", (press) => {
    // The other buttons are for clicks.
    const target = press.target as Element;
    if (press.button !== 0 || (target.closest("button") ?? grip) !== grip) return;
    const { left, top } = moved.getBoundingClientRect();
    const move = (event: PointerEvent): void =>
      moveTo(left + event.clientX - press.clientX, top + event.clientY - press.clientY);
    header.setPointerCapture(press.pointerId);
    header.addEventListener("pointermove", move);
    header.addEventListener("lostpointercapture", () => header.removeEventListener("pointermove", move), {
      once: true,
    });
  });

  grip.addEventListener("keydown", (event) => {
    const steps: Record<string, [right: number, down: number]> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const step = steps[event.key];
    if (step === undefined) return;
    const { left, top } = moved.getBoundingClientRect();
    moveTo(left + step[0], top + step[1]);
    event.preventDefault();
    event.stopPropagation();
  });
}
