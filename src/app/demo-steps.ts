/** Steps of seeding the demo clinic: each must succeed. */
import type { Representation } from './command.ts';

/** Runs a command and returns the record that its answer is built from. */
export async function capture<T>(
  run: (
    represent: (record: T) => Representation,
  ) => Promise<{ readonly ok: true } | { readonly ok: false; readonly error: unknown }>,
): Promise<T> {
  let kept: T | undefined;
  const result = await run((record) => {
    kept = record;
    return { status: 200, body: null };
  });
  if (!result.ok || kept === undefined) throw refused(result);
  return kept;
}

/** The value of a step, which must succeed. */
export function required<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw refused(result);
  return result.value;
}

function refused(result: unknown): Error {
  return new Error(`a step of seeding the demo clinic was refused: ${JSON.stringify(result)}`);
}
