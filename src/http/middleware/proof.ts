/** What leaves as a file leaves with a recent proof of who takes it, whoever ordered it (R67). */
import type { RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { requireStepUp } from '../../../domain/identity/step-up.ts';
import type { AppEnv } from '../env.ts';
import { Problem } from '../problems.ts';

/** Media types in which many records leave at once. A calendar file is one appointment, or a feed with a secret of its own. */
const FILES = ['application/zip', 'text/csv', 'application/x-ndjson'];

export function answersWithFile({ responses }: Pick<RouteConfig, 'responses'>): boolean {
  return Object.values(responses).some(
    (response) => 'content' in response && FILES.some((type) => type in (response.content ?? {})),
  );
}

/** Of a session. Making an API key has asked for the proof before. */
export const recentProof: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { actor, now } = c.get('context');
  const proof = actor.kind === 'user' ? requireStepUp(actor, now) : undefined;
  if (proof?.ok === false) throw new Problem({ code: proof.error.code, members: { methods: proof.error.methods } });
  await next();
};
