import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { type ZoneId, zoneOffset } from '../../domain/shared/zone.ts';
import { zoneNames } from '../../domain/shared/zone-rules.ts';
import { TZ_VERSION, ZONE_TABLE } from '../../domain/shared/zone-table.ts';
import { zoneTable } from '../../tools/zones/encode.ts';
import { type PackedZones, sourceZones } from '../../tools/zones/transitions.ts';

const packed: PackedZones = createRequire(import.meta.url)('moment-timezone/data/packed/latest.json');

test('the table of time zones is the one of the installed data', async () => {
  expect(await readFile(new URL('../../domain/shared/zone-table.ts', import.meta.url), 'utf8')).toBe(zoneTable(packed));
  expect(TZ_VERSION).toBe(packed.version);
  expect(ZONE_TABLE.length).toBeLessThan(110_000);
});

test('R41 the table gives every transition from 1969 to 2498 of every zone, under all its names', () => {
  const zones = sourceZones(packed);
  expect(new Set(zoneNames())).toEqual(new Set(zones.flatMap(({ name, aliases }) => [name, ...aliases])));
  const wrong: string[] = [];
  for (const { name, aliases, firstOffset, transitions } of zones) {
    const names = [name, ...aliases] as ZoneId[];
    let before = firstOffset;
    for (const { at, offset } of transitions) {
      for (const each of names) {
        const found = [zoneOffset(each, at * 1000 - 1), zoneOffset(each, at * 1000)];
        if (found[0] !== before * 1000 || found[1] !== offset * 1000) wrong.push(`${each} ${at}`);
      }
      before = offset;
    }
  }
  expect(wrong).toEqual([]);
});
