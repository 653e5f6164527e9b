import ICAL from 'ical.js';
import { describe, expect, test } from 'vitest';
import { parseZone } from '../../domain/shared/zone.ts';
import { zoneNames } from '../../domain/shared/zone-rules.ts';
import { TZ_VERSION } from '../../domain/shared/zone-table.ts';
import { ZONES_OTHER_IN_INTL } from '../domain/scheduling/slow-reference.ts';
import { entryAt, file, misread, OLDER_IN_RUNTIME } from './calendar-instants.ts';
import { eventsOf } from './calendar-readers.ts';

const unfolded = (text: string) => text.replaceAll('\r\n ', '');

describe('R41 instants in calendar files', () => {
  test('two readers get the instants of 2025 to 2030 in every fortieth zone', () => {
    expect(misread(zoneNames().filter((_, index) => index % 40 === 0))).toEqual([]);
  });

  test('the zones that the second reader has in an older version are those that are named, and their links', () => {
    const named = ZONES_OTHER_IN_INTL.filter((zone) => zone !== 'Asia/Tehran');
    expect(OLDER_IN_RUNTIME.filter((zone) => Intl.supportedValuesOf('timeZone').includes(zone)).sort()).toEqual(named);
    expect(OLDER_IN_RUNTIME.length).toBeLessThan(10);
  });

  test('the TZID of each event is the name of the appointment’s zone, and has its VTIMEZONE', () => {
    for (const zone of zoneNames().filter((name) => name !== 'UTC')) {
      const text = unfolded(file([entryAt(zone, Date.UTC(2026, 5, 1, 9))]));
      expect([...text.matchAll(/^TZID:(.*)\r$/gm)].map((match) => match[1])).toEqual([zone]);
      expect(text).toContain(`DTSTART;TZID=${zone}:`);
    }
    expect(parseZone('Europe/Stockholm')).toBe('Europe/Stockholm');
    expect(file([entryAt('UTC', Date.UTC(2026, 5, 1, 9))])).toContain('DTSTART:20260601T090000Z');
  });

  test('both hours of a fold are in UTC', () => {
    for (const start of ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']) {
      const text = file([entryAt('Europe/Berlin', Date.parse(start))]);
      expect(text).toContain(`DTSTART:${start.slice(0, 19).replace(/[-:]/g, '')}Z`);
      expect(eventsOf(text)[0]?.start).toBe(start);
    }
  });
});

describe('calendar files', () => {
  test('lines are folded at 75 octets and end in CRLF, the last one too (RFC 5545 section 3.1)', () => {
    const summary = 'Приём, с запятой; и точкой с запятой '.repeat(5).trim();
    const location = `North house, 1 Main Street; ${'к'.repeat(60)}`;
    const text = file([entryAt('Europe/Berlin', 1_772_500_000_000, { summary, location })]);
    expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true);
    const lines = text.split('\r\n');
    expect(lines.every((line) => !line.includes('\n') && new TextEncoder().encode(line).length <= 75)).toBe(true);
    expect(eventsOf(text)[0]).toMatchObject({
      summary,
      location,
      url: expect.stringMatching(/^https:\/\/portal\.example\/appointments\/./),
    });
  });

  test('have their properties before their components (RFC 5545 section 3.6)', () => {
    const text = unfolded(
      file([entryAt('Europe/Berlin', 1_772_500_000_000), entryAt('Asia/Tokyo', 1_772_600_000_000)]),
    );
    const [, ...components] = text.split(/^(?=BEGIN:(?!VCALENDAR))/m);
    const afterEnd = components.join('').replaceAll(/^BEGIN:(\w+)\r\n[\s\S]*?^END:\1\r\n/gm, '');
    expect(afterEnd).toBe('END:VCALENDAR\r\n');
    expect(components.length).toBeGreaterThan(3);
  });

  test('name the version of the time zones and how often to ask', () => {
    const text = file([]);
    expect(text).toContain(`X-PATIENT-PORTAL-TZDB:${TZ_VERSION}\r\n`);
    expect(text).toContain('REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n');
    expect(text).toContain('X-PUBLISHED-TTL:PT15M\r\n');
    expect(() => ICAL.parse(text)).not.toThrow();
  });

  test.each([
    ['scheduled', 'CONFIRMED'],
    ['confirmed', 'CONFIRMED'],
    ['cancelled', 'CANCELLED'],
    ['no_show', 'CANCELLED'],
  ] as const)('%s is %s', (status, shown) => {
    expect(eventsOf(file([entryAt('Europe/Berlin', Date.UTC(2026, 5, 1), { status })]))[0]?.status).toBe(shown);
  });
});
