import type { Task } from "../core/task.ts";
import { describeRow, type RowText } from "./describe-row.ts";
import { element, icon, mark, say } from "./dom.ts";
import type { Row, TaskTree } from "./task-tree.ts";

/** The rows that fill the grid, from which on it scrolls. */
const MOST_ROWS = 12;
const FEWEST_ROWS = 4;

const CROSS = "M4 4l8 8M12 4l-8 8";
const ARROW = "M6 4l4 4-4 4";

/** One row on the screen. It shows now this, now that row of the tree. */
interface Line {
  readonly root: HTMLElement;
  readonly name: HTMLElement;
  readonly arrow: Element;
  readonly count: HTMLElement;
  readonly waits: HTMLElement;
  readonly frames: HTMLElement;
  readonly cancel: HTMLButtonElement;
}

/**
 * The task tree: a grid that is used by mouse, by touch and by keyboard. Only the rows that are seen exist: ten thousand
 * tasks cost no more than twelve.
 */
export class TaskGrid {
  readonly #head = element(
    "div",
    { role: "row", class: "head" },
    element("span", { role: "columnheader" }, "Task"),
    element("span", { role: "columnheader" }, "Waits for"),
    element("span", { role: "columnheader", title: "For how many frames" }, "Frames"),
    element("span", { role: "columnheader" }, element("span", { class: "unseen" }, "Cancel")),
  );
  readonly #space = element("div", { role: "rowgroup", class: "space" });
  readonly root = element(
    "div",
    { role: "treegrid", class: "tasks", tabindex: "0", "aria-label": "Tasks", "aria-readonly": "true" },
    element("div", { role: "rowgroup", class: "heads" }, this.#head),
    this.#space,
  );

  readonly #tree: TaskTree;
  readonly #cancel: (task: Task<unknown>) => void;
  readonly #changed: () => void;
  readonly #lines: Line[] = [];
  #rows: readonly Row[] = [];
  #selected: object | null = null;
  /** Where the selected row was: when it has gone, the one that is there now takes its part. */
  #place = 0;
  #height = 0;

  /**
   * @param cancel - Is called with the task that the user cancels.
   * @param changed - Is called when other rows are to be seen, or another one is selected.
   */
  constructor(tree: TaskTree, cancel: (task: Task<unknown>) => void, changed: () => void) {
    this.#tree = tree;
    this.#cancel = cancel;
    this.#changed = changed;
    this.root.addEventListener("scroll", () => this.#fill());
    this.root.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The row that is selected. */
  get selected(): Row | undefined {
    return this.#rows.find(({ item }) => item === this.#selected);
  }

  /** Shows these rows. */
  show(rows: readonly Row[]): void {
    this.#rows = rows;
    if (this.#selected !== null) {
      const place = rows.findIndex(({ item }) => item === this.#selected);
      this.#place = place >= 0 ? place : Math.min(this.#place, rows.length - 1);
      this.#selected = rows[this.#place]?.item ?? null;
    }
    // It grows, but never shrinks: what is below shall not jump about while short tasks come and go.
    const height = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, rows.length));
    if (height > this.#height) {
      this.#height = height;
      this.root.style.setProperty("--rows", String(height));
    }
    this.#space.style.setProperty("--all", String(rows.length));
    mark(this.root, "aria-rowcount", String(rows.length + 1));
    this.#fill();
  }

  /** Writes the rows that are seen. */
  #fill(): void {
    const first = this.#firstSeen;
    const room = Math.ceil(this.#room / this.#rowHeight) + 1;
    const seen = Math.max(0, Math.min(this.#rows.length - first, room));
    while (this.#lines.length < seen) this.#lines.push(this.#newLine());
    this.#lines.forEach((line, i) => {
      mark(line.root, "hidden", i < seen ? null : "");
      if (i < seen) this.#write(line, this.#rows[first + i]!, first + i);
    });
    const active = this.#lines.findIndex(
      (_, i) => i < seen && this.#rows[first + i]!.item === this.#selected,
    );
    mark(this.root, "aria-activedescendant", active < 0 ? null : `row${active}`);
  }

  #newLine(): Line {
    const index = this.#lines.length;
    const arrow = icon(ARROW);
    const name = element("span", { class: "label" });
    const count = element("span", { class: "count" });
    const waits = element("span", { role: "gridcell", class: "waits" });
    const frames = element("span", { role: "gridcell", class: "frames" });
    const cancel = element("button", { type: "button", class: "cancel", tabindex: "-1" }, icon(CROSS));
    const root = element(
      "div",
      { role: "row", class: "row", id: `row${index}` },
      element("span", { role: "gridcell", class: "name" }, arrow, element("i"), name, count),
      waits,
      frames,
      element("span", { role: "gridcell" }, cancel),
    );
    const own = (): Row | undefined => this.#rows[this.#firstSeen + index];
    root.addEventListener("click", (event) => {
      const row = own();
      if (row === undefined) return;
      this.#select(row);
      const path = event.composedPath();
      if (path.includes(cancel)) this.#end(row);
      else if (path.includes(arrow)) this.#expand(row, !row.expanded);
    });
    root.addEventListener("dblclick", () => {
      const row = own();
      if (row) this.#expand(row, !row.expanded);
    });
    this.#space.append(root);
    return { root, name, arrow, count, waits, frames, cancel };
  }

  #write(line: Line, row: Row, index: number): void {
    const { root, cancel } = line;
    const text: RowText = describeRow(row);
    root.style.setProperty("--at", String(index));
    root.style.setProperty("--level", String(row.level));
    mark(root, "aria-rowindex", String(index + 2));
    mark(root, "aria-level", String(row.level));
    mark(root, "aria-posinset", String(row.place));
    mark(root, "aria-setsize", String(row.siblings));
    mark(root, "aria-expanded", row.expanded === null ? null : String(row.expanded));
    mark(root, "aria-selected", String(row.item === this.#selected));
    mark(root, "data-state", text.state || row.kind);
    say(line.name, text.name);
    say(line.count, text.count);
    say(line.waits, text.waits);
    mark(line.waits, "title", text.waits);
    mark(line.name, "title", text.name);
    say(line.frames, text.frames);
    const canEnd = isCancellable(row);
    mark(cancel, "hidden", canEnd ? null : "");
    mark(cancel, "aria-label", `Cancel ${text.name}`);
  }

  #key(event: KeyboardEvent): void {
    const at = this.#rows.findIndex(({ item }) => item === this.#selected);
    const row = this.#rows[at];
    const page = Math.floor(this.#room / this.#rowHeight);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.#rows.length - 1,
    };
    const goal = moves[event.key];
    if (goal !== undefined) {
      this.#select(this.#rows[Math.max(0, Math.min(this.#rows.length - 1, goal))]);
    } else if (row === undefined) {
      return;
    } else if (event.key === "Escape") {
      this.#selected = null;
      this.#changed();
    } else if (event.key === "ArrowRight") {
      if (row.expanded === false) this.#expand(row, true);
      else if (row.expanded) this.#select(this.#rows[at + 1]);
    } else if (event.key === "ArrowLeft") {
      if (row.expanded) this.#expand(row, false);
      else this.#select(this.#rows.findLast(({ level }, i) => i < at && level < row.level));
    } else if (event.key === "Enter" || event.key === " ") {
      this.#expand(row, !row.expanded);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.#end(row);
    } else {
      return;
    }
    // The page has keys of its own, and would scroll.
    event.preventDefault();
    event.stopPropagation();
  }

  #select(row: Row | undefined): void {
    if (row === undefined) return;
    this.#selected = row.item;
    this.#place = this.#rows.indexOf(row);
    const top = this.#place * this.#rowHeight;
    const lowest = top + this.#rowHeight - this.#room;
    if (this.root.scrollTop > top) this.root.scrollTop = top;
    else if (this.root.scrollTop < lowest) this.root.scrollTop = lowest;
    this.#changed();
  }

  #expand(row: Row, open: boolean): void {
    this.#tree.expand(row, open);
    this.#changed();
  }

  #end(row: Row): void {
    if (isCancellable(row)) this.#cancel(row.item as Task<unknown>);
  }

  get #rowHeight(): number {
    return this.#lines[0]?.root.offsetHeight || 24;
  }

  get #firstSeen(): number {
    return Math.max(0, Math.floor(this.root.scrollTop / this.#rowHeight));
  }

  /** How tall the part is in which rows are seen. */
  get #room(): number {
    return this.root.clientHeight - this.#head.offsetHeight;
  }
}

/** Whether it is a task that has not ended. */
function isCancellable({ item, kind }: Row): boolean {
  return kind === "task" && !(item as Task<unknown>).settled;
}
