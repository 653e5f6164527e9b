/** Time zones in calendar files (RFC 5545 section 3.6.5), from the table that the portal itself uses. */
import type { Interval } from '../../../domain/shared/interval.ts';
import { findZone, type OffsetSpan, spanAt } from '../../../domain/shared/zone-rules.ts';

/** Shown instead of the beginning of a zone that has never changed its offset. */
const LONG_AGO = Date.UTC(1969, 0, 1);
/** The longest time for which clocks are set forward in a year. */
const LONGEST_SUMMER = 300 * 86_400_000;

/**
 * The `VTIMEZONE` of a zone, under the very name, links included. It has an observance for each offset within a period and no
 * recurrence rule, because the events do not recur.
 * @returns `null` for an unknown zone
 */
export function timezoneBlock(zone: string, { start, end }: Interval): string | null {
  const rules = findZone(zone);
  if (rules === undefined) return null;
  const spans = [spanAt(rules, start)];
  for (let last = spans[0]; last !== undefined && last.end < end; last = spans.at(-1))
    spans.push(spanAt(rules, last.end));
  const before = (span: OffsetSpan) =>
    Number.isFinite(span.start) ? spanAt(rules, span.start - 1).offset : span.offset;
  return [
    'BEGIN:VTIMEZONE',
    `TZID:${zone}`,
    ...spans.flatMap((span) => observance(span, before(span))),
    'END:VTIMEZONE',
  ].join('\r\n');
}

function observance({ start, end, offset }: OffsetSpan, before: number): readonly string[] {
  const kind = offset > before && end - start < LONGEST_SUMMER ? 'DAYLIGHT' : 'STANDARD';
  const from = new Date(Math.max(start, LONG_AGO) + before).toISOString();
  return [
    `BEGIN:${kind}`,
    `DTSTART:${from.slice(0, 19).replace(/[-:]/g, '')}`,
    `TZOFFSETFROM:${offsetText(before)}`,
    `TZOFFSETTO:${offsetText(offset)}`,
    `END:${kind}`,
  ];
}

/** `+0530`, with seconds where there are any. */
function offsetText(milliseconds: number): string {
  const seconds = Math.abs(milliseconds) / 1000;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const digits = parts.map((part) => String(part).padStart(2, '0')).join('');
  return `${milliseconds < 0 ? '-' : '+'}${digits.replace(/^(\d{4})00$/, '$1')}`;
}
