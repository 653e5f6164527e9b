/** What Prometheus scrapes. */
import { z } from '@hono/zod-openapi';
import { type Routes, route } from '../../router.ts';

const text = { 'text/plain': { schema: z.string().openapi({ description: 'The text format of Prometheus, 0.0.4' }) } };

export const metricsRoutes: Routes = [
  route(
    {
      operationId: 'getMetrics',
      method: 'get',
      path: '/metrics',
      summary: 'Get the metrics',
      description:
        'In the text format of Prometheus. Open to administrators, and to a bearer of `METRICS_TOKEN`. Under Deno it holds what this process has counted; at the edge only what the database knows, and the rest is in Analytics Engine under the same names.',
      tag: 'Platform',
      access: 'manage:clinic',
      orToken: ({ METRICS_TOKEN }) => METRICS_TOKEN,
      anyAccept: true,
      example: { as: 'admin' },
      responses: { 200: { description: 'The metrics', content: text } },
    },
    async (c) => {
      const { contentType, text } = await c.env.platform.exposeMetrics();
      return c.text(text, 200, { 'Content-Type': contentType });
    },
  ),
];
