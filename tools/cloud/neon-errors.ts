/**
 * Reports faults as Neon's proxy does: a refusal by PostgreSQL is a 400 with the fields of its error message; if the
 * proxy could not ask PostgreSQL, the answer is a 5xx.
 */
import pg from 'pg';
import type { CloudReply } from './http.ts';

/** A fault of the request itself, in the format of an SQL error. */
export function refusal(status: number, message: string): CloudReply {
  return { status, json: { message, code: null } };
}

export function sqlFailure(error: unknown): CloudReply {
  if (error instanceof pg.DatabaseError) return { status: 400, json: sqlErrorFields(error) };
  return refusal(500, error instanceof Error ? error.message : String(error));
}

/** Wrong password, unknown user and unknown database are the client's fault; everything else is the proxy's. */
export function connectionFailure(error: unknown): CloudReply {
  if (error instanceof TypeError) return refusal(400, error.message);
  if (error instanceof pg.DatabaseError) {
    const isClientFault = error.code?.startsWith('28') === true || error.code === '3D000';
    return { status: isClientFault ? 400 : 500, json: sqlErrorFields(error) };
  }
  return refusal(502, `could not connect to PostgreSQL: ${error instanceof Error ? error.message : error}`);
}

function sqlErrorFields(error: pg.DatabaseError) {
  return {
    message: error.message,
    code: error.code ?? null,
    severity: error.severity ?? null,
    detail: error.detail ?? null,
    hint: error.hint ?? null,
    position: error.position ?? null,
    internalPosition: error.internalPosition ?? null,
    internalQuery: error.internalQuery ?? null,
    where: error.where ?? null,
    schema: error.schema ?? null,
    table: error.table ?? null,
    column: error.column ?? null,
    dataType: error.dataType ?? null,
    constraint: error.constraint ?? null,
    file: error.file ?? null,
    line: error.line ?? null,
    routine: error.routine ?? null,
  };
}
