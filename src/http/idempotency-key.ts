/** The key under which the answer to a command is kept for repeated requests (R31). */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Context as HonoContext } from 'hono';
import { concat, utf8 } from '../../domain/shared/bytes.ts';
import type { IdempotencyKey } from '../app/context.ts';
import type { AppEnv } from './env.ts';
import { parameterProblem } from './faults.ts';
import type { Operation } from './operation.ts';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** @returns null if none is sent, or the operation takes none */
export async function readIdempotencyKey(c: HonoContext<AppEnv>, operation: Operation): Promise<IdempotencyKey | null> {
  const key = c.req.header('idempotency-key');
  if (key === undefined || !operation.isIdempotent) return null;
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw parameterProblem('Idempotency-Key', 'invalid', 'expected 1 to 255 visible ASCII characters');
  }
  const { operationId, streamsBody } = operation;
  // The handler computes it from what it has received.
  if (streamsBody) return { operationId, key, fingerprint: new Uint8Array() };
  const body = new Uint8Array(await c.req.raw.clone().arrayBuffer());
  return {
    operationId,
    key,
    fingerprint: sha256(concat(utf8(`${c.req.path}\n`), body)),
  };
}
