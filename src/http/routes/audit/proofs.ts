/** The audit log: what happened, proven. */

import { z } from '@hono/zod-openapi';
import { toHex } from '../../../../domain/shared/bytes.ts';
import { exportAuditLog } from '../../../app/audit/export.ts';
import { latestCheckpoint } from '../../../app/audit/log.ts';
import { proveEvent, proveGrowth } from '../../../app/audit/read.ts';
import { verifySmallLog } from '../../../app/audit/verify.ts';
import { knownActor } from '../../actor.ts';
import { wholeNumber } from '../../bounds.ts';
import { earlier } from '../../example.ts';
import { parameterProblem } from '../../faults.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { targetId } from '../../schemas.ts';
import { shownFault, shownHash, shownInstant, shownNote, shownToken } from '../../shown.ts';
import { fileResponse } from './events.ts';
import { NO_CHECKPOINT_YET } from './log.ts';
import { proofSchema, proofView } from './views.ts';

const leaves = wholeNumber(0, Number.MAX_SAFE_INTEGER).openapi({ type: 'integer', minimum: 0 });
const eventId = z.object({ id: targetId('audit_event', 'The event') });

const checkpoint = z
  .object({
    origin: shownToken('portal.example/audit'),
    size: z.int(),
    rootHash: shownHash('The root of the tree'),
    checkpoint: shownNote,
    keys: z
      .array(shownToken('portal.example/audit+a1b2c3d4+AQID'))
      .openapi({ description: 'Verifier keys `name+hash+key`, the current one first. Keep them elsewhere.' }),
    createdAt: shownInstant,
  })
  .openapi('Checkpoint');

const verdict = z
  .object({
    ok: z.boolean(),
    checked: z.int().openapi({ description: 'Events verified' }),
    proven: z.int().openapi({ description: 'Leaves that a signed checkpoint proves' }),
    unproven: z.int().openapi({ description: 'Leaves that were signed after the verification began' }),
    problems: z.array(shownFault),
  })
  .openapi('Verdict', { description: 'The first bad event first' });

export const auditProofRoutes: Routes = [
  route(
    {
      operationId: 'exportAuditLog',
      method: 'get',
      path: '/api/v1/audit/export',
      summary: 'Export the audit log',
      description:
        'The whole log, streamed. NDJSON holds the checkpoint that the export was taken under (`{"checkpoint": …}`) and then one event per line in canonical form, as the offline verifier reads it; CSV is for spreadsheets.',
      tag: 'Audit verification',
      access: 'read:audit',
      example: { as: 'admin' },
      request: { query: z.object({ format: z.enum(['ndjson', 'csv']).default('ndjson') }) },
      responses: {
        200: {
          description: 'The log',
          content: { 'application/x-ndjson': { schema: z.string() }, 'text/csv': { schema: z.string() } },
        },
      },
    },
    async (c) => {
      const { format } = c.req.valid('query');
      const parts = await exportAuditLog(c.get('deps'), c.get('context'), format);
      return fileResponse(c, parts, format, 'audit-log');
    },
  ),

  route(
    {
      operationId: 'getInclusionProof',
      method: 'get',
      path: '/api/v1/audit/events/{id}/proof',
      summary: 'Get an inclusion proof',
      description:
        'The event’s link in the chain of its stream, and its inclusion proof for the latest checkpoint. Administrators get it for every event, others for events of their own record.',
      tag: 'Audit verification',
      access: 'read:own_audit',
      example: { as: 'admin', path: { id: earlier('listAuditEvents', '/data/0/id') }, after: ['listAuditEvents'] },
      request: { params: eventId },
      responses: { 200: json(proofSchema, 'The proof') },
      refusals: ['not_found'],
    },
    async (c) => {
      const proof = await proveEvent(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id);
      return c.json(proofView(unwrap(proof)), 200);
    },
  ),

  route(
    {
      operationId: 'getCheckpoint',
      method: 'get',
      path: '/api/v1/audit/checkpoint',
      summary: 'Get the latest checkpoint',
      tag: 'Audit verification',
      access: 'read:own_audit',
      example: { as: 'patient' },
      responses: { 200: json(checkpoint, 'The latest checkpoint') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { origin, size, root, note, keys, createdAt } = unwrap(
        await latestCheckpoint(c.get('deps')),
        () => NO_CHECKPOINT_YET,
      );
      const made = new Date(createdAt).toISOString();
      return c.json({ origin, size, rootHash: toHex(root), checkpoint: note, keys: [...keys], createdAt: made }, 200);
    },
  ),
  route(
    {
      operationId: 'getConsistencyProof',
      method: 'get',
      path: '/api/v1/audit/consistency',
      summary: 'Get a consistency proof',
      tag: 'Audit verification',
      access: 'read:own_audit',
      example: { as: 'patient', query: { from: 1, to: 2 } },
      request: { query: z.object({ from: leaves, to: leaves }) },
      responses: {
        200: json(
          z
            .object({ from: z.int(), to: z.int(), proof: z.array(shownHash('A node')) })
            .openapi('ConsistencyProof', { description: 'RFC 6962 section 2.1.2' }),
          'The proof between the two sizes',
        ),
      },
    },
    async (c) => {
      const { from, to } = c.req.valid('query');
      const proof = from > to ? undefined : await proveGrowth(c.get('deps'), from, to);
      if (proof === undefined) {
        const message = from > to ? 'expected a size not below from' : 'the log has never been so large';
        throw parameterProblem('to', 'out_of_range', message);
      }
      return c.json({ from, to, proof: proof.map((node) => toHex(node)) }, 200);
    },
  ),

  route(
    {
      operationId: 'verifyAuditLog',
      method: 'get',
      path: '/api/v1/audit/verify',
      summary: 'Verify the audit log now',
      description:
        'Verifies every chain, every leaf and every checkpoint of a log of up to 100,000 events. A larger one is verified by a job: see `POST /audit/verifications`.',
      tag: 'Audit verification',
      access: 'read:audit',
      inSteps: true,
      priority: 'bulk',
      example: { as: 'admin' },
      responses: { 200: json(verdict, 'The result') },
      refusals: ['log_too_large'],
    },
    async (c) => {
      const { problems, ...rest } = unwrap(await verifySmallLog(c.get('deps'), c.get('context')));
      return c.json({ ...rest, problems: problems.map((problem) => ({ ...problem })) }, 200);
    },
  ),
];
