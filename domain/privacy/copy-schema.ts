/** The JSON Schema of the copy of a person's data, generated from the same catalogue as the copy (R79). */
import { CHAPTERS, type ChapterSource, type CopyField, copyFields } from './catalogue/tables.ts';

/** In each document as `format`. Changes when a field is removed or gets another meaning, but not when a field is added. */
export const COPY_FORMAT = 'patient-portal-export-2';

/** Where the portal serves the schema. */
export const COPY_SCHEMA_PATH = '/schemas/patient-portal-export-2.json';

export type JsonSchema = Readonly<Record<string, unknown>>;

const FORMS: Readonly<Record<CopyField['form'], JsonSchema>> = {
  id: { type: ['string', 'null'] },
  text: { type: ['string', 'null'] },
  instant: { type: ['string', 'null'], format: 'date-time' },
  date: { type: ['string', 'null'], format: 'date' },
  integer: { type: ['integer', 'null'] },
  number: { type: ['number', 'null'] },
  flag: { type: ['boolean', 'null'] },
  texts: { type: ['array', 'null'], items: { type: 'string' } },
  integers: { type: ['array', 'null'], items: { type: 'integer' } },
  object: { type: ['object', 'null'] },
  objects: { type: ['array', 'null'], items: { type: 'object' } },
};

function recordSchema(source: ChapterSource): JsonSchema {
  const fields = copyFields(source);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(({ name, form }) => [name, FORMS[form]])),
    required: fields.map(({ name }) => name),
    additionalProperties: false,
  };
}

/** @param publicUrl where the portal is reached */
export function copySchema(publicUrl: string): JsonSchema {
  const chapters = CHAPTERS.map((source) => [
    source.chapter.name,
    {
      title: source.chapter.title,
      description: source.chapter.about,
      type: 'array',
      items: recordSchema(source),
    },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${publicUrl}${COPY_SCHEMA_PATH}`,
    title: 'A copy of the personal data that a patient portal holds about one person',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      format: { const: COPY_FORMAT },
      made: { type: 'string', format: 'date-time', description: 'When the copy was made' },
      ...Object.fromEntries(chapters),
    },
    required: ['$schema', 'format', 'made', ...CHAPTERS.map(({ chapter }) => chapter.name)],
    additionalProperties: false,
  };
}
