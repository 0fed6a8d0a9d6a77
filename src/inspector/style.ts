/** How the inspector looks. In a shadow tree: nothing of it reaches the page, and nothing of the page's reaches it. */
export const STYLE = `
:host {
  all: initial;
  position: fixed;
  z-index: 2147483647;
  right: 12px;
  bottom: 12px;
  width: min(27rem, 100vw - 24px);
  contain: layout style;
  font: 400 12px/1.35 system-ui, -apple-system, "Segoe UI", sans-serif;
  color: var(--ink);
  color-scheme: light dark;
  --panel: #ffffff;
  --sunk: #f3f5f8;
  --hover: #eaedf2;
  --ink: #1a1e26;
  --muted: #5b6474;
  --line: #dbe0e8;
  --interval: #dbe1ea;
  --good: #4a7fd0;
  --over: #d98a1f;
  --late: #cc3046;
  --wait: #b9430c;
  --select: #e3ecfa;
  --focus: #1f5fc4;
  --done: #1b7555;
  --shadow: 0 1px 2px rgb(20 28 46 / 10%), 0 10px 32px rgb(20 28 46 / 18%);
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace;
  --row: 24px;
  --indent: 12px;
}

:host([hidden]) {
  display: none;
}

@media (prefers-color-scheme: dark) {
  :host {
    --panel: #161920;
    --sunk: #1c2029;
    --hover: #252b36;
    --ink: #e9ecf2;
    --muted: #9aa4b6;
    --line: #2b313d;
    --interval: #2e3542;
    --good: #6ba0f0;
    --over: #e8a94e;
    --late: #ff7b8a;
    --wait: #ff9a5c;
    --select: #22314a;
    --focus: #84b4ff;
    --done: #6fd3ab;
    --shadow: 0 0 0 1px rgb(0 0 0 / 50%), 0 12px 36px rgb(0 0 0 / 55%);
  }
}

@media (pointer: coarse) {
  :host {
    --row: 30px;
  }
}

*,
*::before {
  box-sizing: border-box;
}

[hidden] {
  display: none !important;
}

.panel {
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--panel);
  box-shadow: var(--shadow);
  overflow: hidden;
}

header {
  display: flex;
  align-items: center;
  gap: 2px;
  padding: 5px 6px;
  cursor: grab;
  touch-action: none;
  user-select: none;
  -webkit-user-select: none;
}

header:active {
  cursor: grabbing;
}

button {
  display: inline-grid;
  place-items: center;
  min-width: 28px;
  height: 26px;
  margin: 0;
  padding: 0 6px;
  border: 0;
  border-radius: 6px;
  background: none;
  color: var(--muted);
  font: inherit;
  cursor: pointer;
}

button:hover:enabled {
  background: var(--hover);
  color: var(--ink);
}

button:disabled {
  opacity: 0.4;
  cursor: default;
}

button svg {
  width: 16px;
  height: 16px;
}

svg {
  fill: none;
  stroke: currentcolor;
  stroke-width: 1.6;
  stroke-linecap: round;
  stroke-linejoin: round;
}

:focus-visible {
  outline: 2px solid var(--focus);
  outline-offset: -2px;
}

.grip {
  cursor: inherit;
  color: var(--wait);
}

.title {
  flex: 1;
  min-width: 0;
  overflow: hidden;
  white-space: nowrap;
  text-overflow: ellipsis;
  font-weight: 600;
  letter-spacing: -0.005em;
}

.title b {
  margin-right: 8px;
  font-weight: inherit;
}

.title span {
  color: var(--muted);
  font: 400 11px/1 var(--mono);
  font-variant-numeric: tabular-nums;
}

.switch[aria-checked="true"] {
  background: var(--late);
  color: var(--panel);
}

.pause[aria-pressed="true"] {
  background: var(--select);
  color: var(--focus);
}

.graph {
  position: relative;
  height: 60px;
  margin: 0 8px;
}

canvas {
  display: block;
  width: calc(100% - 34px);
  height: 100%;
}

.line {
  position: absolute;
  inset: auto 0 calc(var(--at) * 100%);
  display: flex;
  align-items: center;
  gap: 5px;
  height: 0;
  color: var(--muted);
  font: 500 9px/1 var(--mono);
}

.line i {
  flex: 1;
  border-top: 1px solid currentcolor;
}

.line span {
  width: 29px;
}

.line.budget {
  color: var(--wait);
}

.line.budget i {
  border-top-style: dashed;
}

.close .display span {
  translate: 0 -5px;
}

.close .budget span {
  translate: 0 5px;
}

.numbers {
  display: flex;
  gap: 12px;
  height: 26px;
  padding: 5px 8px 7px;
  border-bottom: 1px solid var(--line);
  color: var(--muted);
  font: 400 11px/1.2 var(--mono);
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
  overflow: hidden;
}

.numbers b {
  color: var(--ink);
  font-weight: 500;
}

.tasks {
  --heads: 22px;
  position: relative;
  height: calc(var(--heads) + var(--rows, 4) * var(--row) + 4px);
  /* Room for the outline, which would lie below the head. */
  border: 2px solid transparent;
  max-height: 50vh;
  overflow: hidden auto;
  overscroll-behavior: contain;
  scrollbar-width: thin;
}

.head,
.row {
  display: grid;
  grid-template-columns: minmax(0, 1fr) minmax(0, 1.15fr) 50px 26px;
  align-items: center;
  gap: 8px;
  padding: 0 4px 0 6px;
}

.heads {
  position: sticky;
  z-index: 1;
  top: 0;
}

.head,
thead th {
  height: var(--heads);
  background: var(--panel);
  color: var(--muted);
  font-size: 11px;
  font-weight: 500;
}

.head > :nth-child(3) {
  text-align: right;
}

.head {
  border-bottom: 1px solid var(--line);
}

.space {
  position: relative;
  height: calc(var(--all, 0) * var(--row));
}

.row > * {
  line-height: var(--row);
}

.row > :last-child {
  display: grid;
  place-items: center;
}

.row {
  position: absolute;
  inset: 0 0 auto;
  height: var(--row);
  top: calc(var(--at) * var(--row));
  border-radius: 4px;
  cursor: default;
}

.row:hover {
  background: var(--sunk);
}

.row[aria-selected="true"] {
  background: var(--select);
}

.name {
  display: flex;
  align-items: center;
  gap: 6px;
  min-width: 0;
  padding-left: calc((var(--level) - 1) * var(--indent));
}

.name > * {
  flex: none;
}

.name svg {
  width: 16px;
  height: 16px;
  margin: 0 -4px;
  padding: 2px;
  color: var(--muted);
  visibility: hidden;
  cursor: pointer;
}

[aria-expanded] > .name svg {
  visibility: visible;
}

[aria-expanded="true"] > .name svg {
  rotate: 90deg;
}

.label {
  flex: 0 1 auto;
  min-width: 0;
}

.label,
.waits {
  overflow: hidden;
  white-space: nowrap;
  text-overflow: ellipsis;
}

.count,
.waits,
.frames,
td,
code {
  font-family: var(--mono);
  font-size: 11px;
  font-variant-numeric: tabular-nums;
}

.count,
.waits {
  color: var(--muted);
}

.frames {
  text-align: right;
}

/* The state: a ring waits, a full dot has its turn, a bar has ended. The word stands beside it. */

.name i {
  width: 8px;
  height: 8px;
  border: 2px solid var(--wait);
  border-radius: 50%;
}

[data-state="loop"] i,
[data-state="group"] i {
  border: 0;
  background: linear-gradient(var(--muted) 0 2px, transparent 2px 3px, var(--muted) 3px 5px, transparent 5px 6px, var(--muted) 6px);
  border-radius: 1px;
}

[data-state="loop"] .label {
  font-weight: 600;
}

[data-state="ready"] i,
[data-state="running"] i {
  border-color: var(--good);
  background: var(--good);
}

[data-state="done"] i,
[data-state="failed"] i,
[data-state="cancelled"] i {
  height: 2px;
  border: 0;
  border-radius: 1px;
  background: var(--muted);
}

[data-state="done"] i {
  background: var(--done);
}

[data-state="failed"] i {
  background: var(--late);
}

[data-state="failed"] .waits {
  color: var(--late);
}

:is([data-state="done"], [data-state="failed"], [data-state="cancelled"]) .label {
  color: var(--muted);
}

.cancel {
  min-width: 24px;
  height: 24px;
  padding: 0;
  opacity: 0;
}

.row:hover .cancel,
.row[aria-selected="true"] .cancel,
.cancel:focus-visible {
  opacity: 1;
}

.cancel:hover:enabled {
  color: var(--late);
}

@media (hover: none) {
  .cancel {
    opacity: 1;
  }
}

.detail {
  display: grid;
  gap: 1px;
  max-height: 7em;
  padding: 5px 10px 6px 8px;
  border-top: 1px solid var(--line);
  overflow: hidden auto;
  overflow-wrap: anywhere;
}

.detail b {
  font-weight: 600;
}

.detail code {
  color: var(--muted);
}

.rings {
  --heads: 22px;
  width: 100%;
  border-collapse: collapse;
  border-top: 1px solid var(--line);
  text-align: right;
}

.rings :is(th, td) {
  padding: 0 4px;
  white-space: nowrap;
}

.rings :is(th, td):first-child {
  width: 40%;
  max-width: 0;
  overflow: hidden;
  padding-left: 8px;
  text-align: left;
  text-overflow: ellipsis;
}

.rings :is(th, td):last-child {
  padding-right: 10px;
}

tbody tr {
  height: var(--row);
}

tbody th {
  font-weight: 400;
}

small {
  margin-left: 6px;
  color: var(--muted);
  font: 400 11px/1 var(--mono);
}

.slots {
  display: inline-flex;
  gap: 2px;
  margin-right: 6px;
  vertical-align: -1px;
}

.slots i {
  width: 5px;
  height: 10px;
  border-radius: 1.5px;
  background: var(--interval);
}

.slots .taken {
  background: var(--wait);
}

.some {
  color: var(--late);
}

.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

:host([collapsed]) {
  width: auto;
}

@media (max-width: 28rem) {
  :host {
    --indent: 7px;
  }

  /* The mark beside it says the same. */
  .title b {
    display: none;
  }

  .head,
  .row {
    grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr) 44px 26px;
    gap: 6px;
  }

  .numbers {
    gap: 8px;
  }
}
`;
