/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function table(head, rows) {
  const widths = head.map((title, i) =>
    Math.max(3, title.length, ...rows.map((row) => (row[i] ?? "").length)),
  );
  const line = (/** @type {string[]} */ cells) => {
    const padded = cells.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    );
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)];
}

/** @param {number | undefined} value */
export function ratio(value = Number.NaN) {
  return value < 0.1 ? value.toPrecision(2) : value.toFixed(2);
}

/** @param {number} value */
export function figure(value) {
  if (Number.isNaN(value)) return "–";
  return value >= 1000 ? thousands(Math.round(value)) : value.toPrecision(3);
}

/** @param {number} value */
export function thousands(value) {
  return value.toLocaleString("en-US");
}
