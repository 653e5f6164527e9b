/** Explanations of the problem codes. */
import { z } from '@hono/zod-openapi';
import { rawText } from '../../bounds.ts';
import {
  explainProblem,
  isProblemCode,
  problemExplanationSchema,
  problemSummaries,
  problemSummarySchema,
} from '../../document/problem-explanations.ts';
import { prefersHtml } from '../../pages.ts';
import { problemIndexPage, problemPage } from '../../problem-pages.ts';
import { Problem } from '../../problems.ts';
import { jsonOrPage, type Routes, route } from '../../router.ts';

const MAX_AGE = 'public, max-age=3600';

const getProblem: Routes[number] = (app) =>
  route(
    {
      operationId: 'getProblem',
      method: 'get',
      path: '/problems/{code}',
      summary: 'Explain a problem code',
      tag: 'Start here',
      access: 'public',
      anyAccept: true,
      example: { as: 'anybody', path: { code: 'slot_unavailable' } },
      request: { params: z.object({ code: rawText(64) }) },
      responses: { 200: jsonOrPage(problemExplanationSchema, 'The meaning') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { code } = c.req.valid('param');
      if (!isProblemCode(code)) throw new Problem({ code: 'not_found' });
      const explained = explainProblem(code, await app.allOperations());
      c.header('Cache-Control', MAX_AGE);
      if (prefersHtml(c)) return problemPage(c, explained);
      return c.json(explained, 200);
    },
  )(app);

export const problemRoutes: Routes = [
  route(
    {
      operationId: 'listProblems',
      method: 'get',
      path: '/problems',
      summary: 'List problem codes',
      tag: 'Start here',
      access: 'public',
      anyAccept: true,
      example: { as: 'anybody' },
      responses: { 200: jsonOrPage(z.object({ data: z.array(problemSummarySchema) }), 'By status') },
    },
    async (c) => {
      const data = problemSummaries();
      c.header('Cache-Control', MAX_AGE);
      if (prefersHtml(c)) return problemIndexPage(c, data);
      return c.json({ data }, 200);
    },
  ),
  getProblem,
];
