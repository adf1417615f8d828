// SPDX-License-Identifier: MIT
// A Sim's usage in its billing period: a bar for each day, what they add up to, and the limit.
import { html, nothing, svg } from "./lit.js";
import { bytes, table, time } from "./parts.js";

const WIDTH = 720;
const HEIGHT = 220;
const BOX = { left: 64, right: 656, top: 16, bottom: 180 };
const DAY_MS = 86_400_000;
const DAYS_MAXIMUM = 100;

/** Each day of the period, with what was used in it and until its end. */
function daysOf({ period }, records, now) {
  const used = new Map(records.map((record) => [record.period.start_time.slice(0, 10), record]));
  const first = Math.floor(Date.parse(period.start_time) / DAY_MS);
  const today = now.slice(0, 10);
  const last = Math.min(Math.ceil(Date.parse(period.end_time) / DAY_MS), first + DAYS_MAXIMUM);
  let total = 0;
  return Array.from({ length: Math.max(1, last - first) }, (_, i) => {
    const day = new Date((first + i) * DAY_MS).toISOString().slice(0, 10);
    const { data_upload: up = 0, data_download: down = 0 } = used.get(day) ?? {};
    total += up + down;
    return { day, up, down, total, isFuture: day > today };
  });
}

/** A round number that is not below `value`. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= value);
}

function drawing(device, days, limit) {
  const perDay = ceiling(Math.max(...days.map(({ up, down }) => up + down)));
  const inAll = ceiling(Math.max(days.at(-1).total, limit ?? 0));
  const step = (BOX.right - BOX.left) / days.length;
  const height = (value, most) => ((BOX.bottom - BOX.top) * value) / most;
  const y = (value, most) => BOX.bottom - height(value, most);
  const x = (i) => BOX.left + i * step;
  const bar = (i, from, to, kind) =>
    svg`<rect class=${kind} x=${x(i) + step * 0.15} width=${step * 0.7} y=${y(to, perDay)} height=${height(to - from, perDay)}></rect>`;
  const line = days
    .filter(({ isFuture }) => !isFuture)
    .map(({ total }, i) => `${x(i + 0.5)},${y(total, inAll)}`)
    .join(" ");
  const blocked = device.blocked_since ? days.findIndex(({ day }) => day === device.blocked_since.slice(0, 10)) : -1;
  return svg`
    <line class="axis" x1=${BOX.left} x2=${BOX.right} y1=${BOX.bottom} y2=${BOX.bottom}></line>
    <text x=${BOX.left - 6} y=${BOX.top + 4} text-anchor="end">${bytes(perDay)}</text>
    <text x=${BOX.left - 6} y=${BOX.bottom} text-anchor="end">0</text>
    <text x=${BOX.right + 6} y=${BOX.top + 4} class="total">${bytes(inAll)}</text>
    ${days.map(
      ({ day, up, down }, i) => svg`<g><title>${day}: ${bytes(up)} up, ${bytes(down)} down</title>
      <rect class="day" x=${x(i)} width=${step} y=${BOX.top} height=${BOX.bottom - BOX.top}></rect>
      ${bar(i, 0, down, "down")}${bar(i, down, down + up, "up")}
      ${i % Math.ceil(days.length / 8) === 0 ? svg`<text x=${x(i + 0.5)} y=${BOX.bottom + 18} text-anchor="middle">${day.slice(5)}</text>` : ""}</g>`,
    )}
    <polyline class="total" points=${line}></polyline>
    ${
      limit === null
        ? nothing
        : svg`<line class="limit" x1=${BOX.left} x2=${BOX.right} y1=${y(limit, inAll)} y2=${y(limit, inAll)}></line>
      <text class="limit" x=${BOX.right + 6} y=${y(limit, inAll) + 4}>${y(limit, inAll) > BOX.top + 12 || limit === inAll ? "limit" : ""}</text>`
    }
    ${
      blocked < 0
        ? nothing
        : svg`<line class="blocked" x1=${x(blocked + 0.5)} x2=${x(blocked + 0.5)} y1=${BOX.top} y2=${BOX.bottom}></line>
      <text class="blocked" x=${x(blocked + 0.5)} y=${BOX.top - 4} text-anchor="middle">blocked</text>`
    }`;
}

/** The chart, and the same numbers as a table. `limit` is in bytes; null: there is none. `now` is the account's time. */
export function usageChart(device, records, limit, now) {
  if (!device.period) return html`<p class="empty">The Sim has no billing period.</p>`;
  const days = daysOf(device, records, now);
  const used = days.filter(({ up, down }) => up + down > 0);
  return html`<figure>
      <svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
        <title>Usage from ${days[0].day} to ${days.at(-1).day}: ${bytes(days.at(-1).total)}${limit === null ? "" : ` of ${bytes(limit)}`}</title>
        ${drawing(device, days, limit)}
      </svg>
      <figcaption><span class="key down"></span>down <span class="key up"></span>up, by day (left) <span class="key total"></span>all of the period (right)${limit === null ? nothing : html` <span class="key limit"></span>limit in force`}</figcaption>
    </figure>
    ${table(
      [
        { head: "Day", cell: ({ day }) => time(day) },
        { head: "Up", kind: "number", cell: ({ up }) => bytes(up) },
        { head: "Down", kind: "number", cell: ({ down }) => bytes(down) },
        { head: "In all", kind: "number", cell: ({ total }) => bytes(total) },
      ],
      used,
      { key: ({ day }) => day },
    )}`;
}
