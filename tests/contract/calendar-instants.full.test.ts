import { expect, test } from 'vitest';
import { zoneNames } from '../../domain/shared/zone-rules.ts';
import { misread } from './calendar-instants.ts';

test('R41 two readers get the instants of 2025 to 2030 from calendar files in every zone, under every name', () => {
  expect(misread(zoneNames())).toEqual([]);
}, 300_000);
