import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { exported, withheld } from '../../../domain/privacy/catalogue/fates.ts';
import {
  CHAPTERS,
  type CopyField,
  copyFields,
  exportedColumns,
  isPersonal,
} from '../../../domain/privacy/catalogue/tables.ts';
import { COPY_FORMAT, COPY_SCHEMA_PATH, copySchema } from '../../../domain/privacy/copy-schema.ts';
import { sized } from '../../support/size.ts';

const schema = copySchema('https://portal.example');
const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
const isValid = (copy: unknown) => validator.safeParse(copy).success;

const instant = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') });
const VALUES: Readonly<Record<CopyField['form'], fc.Arbitrary<unknown>>> = {
  id: fc.uuid(),
  text: fc.string(),
  instant: instant.map((at) => at.toISOString()),
  date: instant.map((at) => at.toISOString().slice(0, 10)),
  integer: fc.integer(),
  number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  flag: fc.boolean(),
  texts: fc.array(fc.string(), { maxLength: 3 }),
  integers: fc.array(fc.integer(), { maxLength: 3 }),
  object: fc.constant({ city: 'Lisbon' }),
  objects: fc.constant([{ start: '08:00' }]),
};

const HEAD = {
  $schema: `https://portal.example${COPY_SCHEMA_PATH}`,
  format: COPY_FORMAT,
  made: '2026-11-20T12:00:00Z',
};
const EMPTY = { ...HEAD, ...Object.fromEntries(CHAPTERS.map(({ chapter }) => [chapter.name, []])) };

/** Copies with some records of every chapter; any field may be null. */
const copies = fc
  .record(
    Object.fromEntries(
      CHAPTERS.map((source) => [
        source.chapter.name,
        fc.array(
          fc.record(
            Object.fromEntries(
              copyFields(source).map(({ name, form }) => [name, fc.option(VALUES[form], { freq: 3 })]),
            ),
          ),
          { maxLength: 2 },
        ),
      ]),
    ),
  )
  .map((chapters) => ({ ...HEAD, ...chapters }));

describe('the columns in a copy', () => {
  const table = {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    columns: {
      user_id: withheld('whose it is'),
      made_at: exported('instant'),
      device_name: exported('text', { as: 'device' }),
    },
  } as const;

  test('R79 are the exported ones, by their names, or those of them that the chapter shows', () => {
    const all = [
      { exported: 'instant', column: 'made_at', name: 'madeAt' },
      { exported: 'text', as: 'device', column: 'device_name', name: 'device' },
    ];
    const chapter = { name: 'devices', title: 'Devices', about: 'Yours.', key: 'id', keyType: 'uuid' } as const;
    expect(exportedColumns(table)).toEqual(all);
    expect(exportedColumns(table, chapter)).toEqual(all);
    expect(exportedColumns(table, { ...chapter, columns: ['user_id', 'made_at'] })).toEqual(all.slice(0, 1));
  });

  test('R79 are those of persons alone', () => {
    const columns = Object.keys(table.columns);
    expect(isPersonal(table)).toBe(true);
    expect(isPersonal({ rows: 'kept', owners: [], columns: {} })).toBe(true);
    for (const rows of ['passing', 'impersonal'] as const)
      expect(isPersonal({ rows, why: 'nobody’s', columns })).toBe(false);
  });
});

describe('the schema of a copy', () => {
  test('R79 names its draft and the address at which the portal serves it', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://portal.example/schemas/patient-portal-export-2.json',
    });
    expect(COPY_SCHEMA_PATH).toContain(COPY_FORMAT);
  });

  test('R79 accepts each copy whose fields have their forms, and an empty one', () => {
    expect(isValid(EMPTY)).toBe(true);
    fc.assert(
      fc.property(copies, (copy) => isValid(copy)),
      { numRuns: sized(500), seed: 79 },
    );
  });

  test.each(Object.keys(EMPTY))('R79 refuses a copy without %s', (name) => {
    const { [name]: _, ...rest } = EMPTY as Record<string, unknown>;
    expect(isValid(rest)).toBe(false);
  });

  test('R79 refuses another format and an unknown chapter', () => {
    expect(isValid({ ...EMPTY, format: 'patient-portal-export-1' })).toBe(false);
    expect(isValid({ ...EMPTY, diaries: [] })).toBe(false);
  });

  test.each(CHAPTERS.map((source) => [source.chapter.name, source] as const))(
    'R79 refuses in %s a record that lacks a field, has one more, or one in another form',
    (name, source) => {
      const record = Object.fromEntries(copyFields(source).map((field) => [field.name, null]));
      const withRecord = (fields: object) => isValid({ ...EMPTY, [name]: [fields] });
      expect(withRecord(record)).toBe(true);
      expect(withRecord({ ...record, diary: null })).toBe(false);
      for (const field of Object.keys(record)) {
        const { [field]: _, ...rest } = record;
        expect([field, withRecord(rest)]).toEqual([field, false]);
        expect([field, withRecord({ ...record, [field]: [[]] })]).toEqual([field, false]);
      }
    },
  );
});
