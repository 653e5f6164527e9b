/** Maps each type of change to the function that writes it as SQL; the type makes the map exhaustive. */
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Sql } from '../driver/sql.ts';

export type ChangeWriters<C extends { readonly type: string }> = {
  readonly [T in C['type']]: (
    change: Extract<C, { readonly type: T }>,
    cipher: FieldCipher,
    index: BlindIndex,
  ) => Sql[];
};
