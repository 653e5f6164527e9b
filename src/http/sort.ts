/** The order of a list that its caller chooses. */
import { z } from '@hono/zod-openapi';

/** A field by name, ascending; with `-` before it, descending. */
export type Sort<Field extends string> = Field | `-${Field}`;

/** The query parameter `sort` over the fields that a list can be sorted by. */
export function sortQuery<const Field extends string>(first: Field, ...others: readonly Field[]) {
  const values = [first, ...others].flatMap((field): Sort<Field>[] => [field, `-${field}`]);
  return z
    .enum(values)
    .optional()
    .openapi({ description: `Ascending; with \`-\` before the field, descending. Default: ${first}` });
}

/** @returns the field, and -1 for descending order */
export function sortOf<Field extends string>(sort: Sort<Field>): { readonly field: Field; readonly order: 1 | -1 } {
  return sort.startsWith('-') ? { field: sort.slice(1) as Field, order: -1 } : { field: sort as Field, order: 1 };
}
