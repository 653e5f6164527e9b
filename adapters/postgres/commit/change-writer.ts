/** How changes become SQL: one writer for each type of change, so that none can be forgotten. */
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Sql } from '../driver/sql.ts';

export type Writers<C extends { readonly type: string }> = {
  readonly [T in C['type']]: (
    change: Extract<C, { readonly type: T }>,
    cipher: FieldCipher,
    index: BlindIndex,
  ) => Sql[];
};
