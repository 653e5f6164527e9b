/** Callbacks of the queue (R47, R48). */
import { z } from '@hono/zod-openapi';
import { rawText } from '../../bounds.ts';
import { Problem } from '../../problems.ts';
import { jsonBody, type Routes, route } from '../../router.ts';

/** `signedCallback` has verified the signature before. */
export const callbackRoutes: Routes = [
  route(
    {
      operationId: 'runJob',
      method: 'post',
      path: '/api/v1/callbacks/qstash/{topic}',
      summary: 'Run a job that is due',
      description: 'Called by QStash, with its signature. A job that is delivered twice has one effect.',
      tag: 'Platform',
      access: 'queue',
      inSteps: true,
      example: { none: 'Called only by the queue, with its signature' },
      request: {
        params: z.object({ topic: rawText(64) }),
        body: jsonBody(z.object({ id: rawText(64) })),
      },
      responses: { 204: { description: 'Done, now or before' } },
    },
    async (c) => {
      const outcome = await c.env.platform.jobs.runOne(c.req.valid('param').topic, c.req.valid('json').id);
      if (outcome === 'retry') throw new Problem({ code: 'unavailable', headers: { 'Retry-After': '30' } });
      return c.body(null, 204);
    },
  ),
];
