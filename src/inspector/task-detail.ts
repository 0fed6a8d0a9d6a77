import type { Task } from "../core/task.ts";
import { describeRow } from "./describe-row.ts";
import { element, mark, say } from "./dom.ts";
import type { Row } from "./task-tree.ts";

/** What the selected row says, at full length. */
export class TaskDetail {
  readonly #path = element("b");
  readonly #waits = element("code");
  readonly root = element("div", { class: "detail", hidden: "" }, this.#path, this.#waits);

  show(row: Row | undefined): void {
    mark(this.root, "hidden", row ? null : "");
    if (!row) return;
    const { name, count, state, waits, frames } = describeRow(row);
    const path = row.kind === "task" ? (row.item as Task<unknown>).path.join(" › ") : `${name} ${count}`;
    say(this.#path, path);
    const since = frames === "" ? "" : frames === "1" ? " for 1 frame" : ` for ${frames} frames`;
    say(this.#waits, state === "waiting" ? `waits for ${waits}${since}` : waits);
  }
}
