/** Checks, as part of a request's first round trip, that the caller is who was presumed. */
import { CallerOver, type Presumption } from '../../../domain/shared/database.ts';
import { SqlError } from '../driver/fault.ts';
import { CALLER_OVER, type Sql, type SqlLoad, sql } from '../driver/sql.ts';

export interface CallerCheck {
  isConfirmed(): boolean;
  /** A statement that fails the batch unless the caller is the same; none once that is confirmed. */
  statements(): Sql[];
  /** The same as columns of a read. */
  columns(): Sql[];
  /**
   * Runs a batch with the check in it.
   * @throws CallerOver if the check failed, or another guard of the caller
   */
  during<T>(batch: () => Promise<T>): Promise<T>;
}

/** @param presumption Default: nothing to confirm */
export function createCallerCheck(presumption?: Presumption): CallerCheck {
  const check = presumption === undefined ? [] : [checkOf(presumption)];
  let isConfirmed = presumption === undefined;
  const statements = () => (isConfirmed ? [] : check);
  return {
    isConfirmed: () => isConfirmed,
    statements,
    columns: () => statements().map((statement) => sql`(${statement}) AS caller`),
    async during(batch) {
      try {
        const result = await batch();
        isConfirmed = true;
        return result;
      } catch (error) {
        throw isCallerOver(error) ? new CallerOver() : error;
      }
    },
  };
}

function checkOf({ load, fingerprint }: Presumption): Sql {
  const [session = sql``] = (load as SqlLoad<unknown>).statements;
  return sql`SELECT require_applied(count(*), ${CALLER_OVER}) FROM (${session}) session WHERE session.fingerprint = ${fingerprint}`;
}

function isCallerOver(error: unknown): boolean {
  return error instanceof SqlError && error.sqlState === 'PP001' && error.constraint === CALLER_OVER;
}
