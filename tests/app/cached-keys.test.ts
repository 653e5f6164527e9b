import { expect, test } from 'vitest';
import type { DataKey } from '../../domain/shared/ports.ts';
import { decode, encode } from '../../src/app/identity/authenticate.ts';

test('a cached session restores its keys unchanged, including the clinical key', () => {
  const clinical: DataKey = { ownerId: 'clinical', ringKeyId: '2', wrapped: Uint8Array.of(4, 5, 6) };
  const dataKey: DataKey = { ownerId: 'person', ringKeyId: '1', wrapped: Uint8Array.of(1, 2, 255) };
  for (const key of [dataKey, { ...dataKey, clinical }]) {
    expect(decode(encode({ role: 'patient', dataKey: key }))).toEqual({ role: 'patient', dataKey: key });
  }
});

test('each text is read as what it says, also when many others were read since', () => {
  const dataKey: DataKey = { ownerId: 'person', ringKeyId: '1', wrapped: Uint8Array.of(1, 2, 255) };
  const texts = Array.from({ length: 2_500 }, (_, n) => encode({ role: `role ${n}`, dataKey }));
  for (let turn = 0; turn < 2; turn++) {
    expect(texts.map((text) => decode<{ role: string; dataKey: DataKey }>(text).role)).toEqual(
      texts.map((_, n) => `role ${n}`),
    );
  }
});
