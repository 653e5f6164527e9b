/** How records stand in a person's archive: the way the API shows them, whatever the tables call things. */
import { formatInstant } from '../../domain/shared/time.ts';

const INSTANT_NAME = /^(at|start|end)$|At$/;

/**
 * Names in camelCase, instants as RFC 3339 in UTC. An instant is told by its name, so that nobody's own words are taken
 * for one; what a person chose the names of is to be left out.
 * @param record a row as it is decoded, or as `to_jsonb` writes it
 */
export function inArchiveForm(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([column, value]) => {
      const name = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [name, INSTANT_NAME.test(name) ? instantText(value) : value];
    }),
  );
}

function instantText(value: unknown): unknown {
  if (typeof value === 'number') return formatInstant(value);
  return typeof value === 'string' ? formatInstant(Date.parse(value)) : value;
}
