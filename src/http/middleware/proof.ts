/** Requires a recent proof of identity for downloads of files, whoever requested the file (R67). */
import type { RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { requireStepUp } from '../../../domain/identity/step-up.ts';
import type { AppEnv } from '../env.ts';
import { Problem } from '../problems.ts';

/**
 * Media types that contain many records. A calendar file is left out: it is one appointment, or a feed with its own
 * secret.
 */
const FILES = ['application/zip', 'text/csv', 'application/x-ndjson'];

export function answersWithFile({ responses }: Pick<RouteConfig, 'responses'>): boolean {
  return Object.values(responses).some(
    (response) => 'content' in response && FILES.some((type) => type in (response.content ?? {})),
  );
}

/** Applies to sessions. For an API key, the proof was required when the key was created. */
export const recentProof: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { actor, now } = c.get('context');
  const proof = actor.kind === 'user' ? requireStepUp(actor, now) : undefined;
  if (proof?.ok === false) throw new Problem({ code: proof.error.code, members: { methods: proof.error.methods } });
  await next();
};
