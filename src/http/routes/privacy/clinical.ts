/** Clinical records that are kept after erasure, for administrators with the permission `manage:clinical_records` (R76). */
import { z } from '@hono/zod-openapi';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import type { ClinicalEntry, ClinicalRecord } from '../../../../domain/privacy/ports.ts';
import { cutOff } from '../../../../domain/privacy/retention.ts';
import { APPOINTMENT_STATUSES, type AppointmentStatus } from '../../../../domain/scheduling/appointment.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import type { Settings } from '../../../app/context.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import {
  CLINICAL_PURPOSES,
  liftHold,
  listClinicalRecords,
  placeHold,
  readClinicalRecord,
} from '../../../app/privacy/clinical.ts';
import { userActor } from '../../actor.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { damagedSchema, idSchema, line, links, pageOf, pageQuery } from '../../schemas.ts';
import { shownCode, shownDate, shownFullName, shownId, shownInstant, shownText } from '../../shown.ts';

const holdSchema = z
  .object({ reason: shownText(1000, 'Claim of a patient'), by: shownId, at: shownInstant })
  .openapi('ClinicalHold');

const recordShape = {
  patientId: shownId,
  name: shownFullName('Maria Silva')
    .nullable()
    .openapi({ description: 'Null while the account exists: see /users/{id}' }),
  dateOfBirth: shownDate.nullable(),
  erasedAt: shownInstant.nullable(),
  lastTreatedAt: shownInstant.openapi({ description: 'When the last appointment ended or ends' }),
  keptUntil: shownInstant.openapi({
    description: 'The record is destroyed after this date, unless there is a legal hold',
  }),
  hold: holdSchema.nullable(),
  damaged: damagedSchema,
  _links: links,
};
const recordSchema = z.object(recordShape).openapi('ClinicalRecord');

const entrySchema = z
  .object({
    appointmentId: shownId,
    doctorId: shownId,
    doctorName: shownFullName('Chidi Okafor'),
    appointmentType: shownCode('consultation'),
    start: shownInstant,
    end: shownInstant,
    status: z.enum(APPOINTMENT_STATUSES),
    notes: shownText(4000, 'Lungs clear').nullable(),
    damaged: damagedSchema,
  })
  .openapi('ClinicalEntry');
const recordWithEntries = z
  .object({ ...recordShape, entries: z.array(entrySchema) })
  .openapi('ClinicalRecordWithEntries');

const purpose = z.enum(CLINICAL_PURPOSES).openapi({ description: 'Why it is read; recorded in the patient’s record' });
const patient = z.object({ patientId: idSchema<'user'>('The patient') });

function recordView(record: ClinicalRecord, { retention }: Settings) {
  const { patientId, name, dateOfBirth, erasedAt, lastTreatedAt, hold, damaged } = record;
  // `cutOff` is the retention period before now; the same period after the last treatment gives the end.
  const keptUntil = 2 * lastTreatedAt - cutOff(retention, 'clinical_keys', lastTreatedAt);
  const change = linkTo(hold === null ? 'placeLegalHold' : 'liftLegalHold', { patientId });
  return {
    patientId: patientId as string,
    name,
    dateOfBirth,
    erasedAt: erasedAt === null ? null : formatInstant(erasedAt),
    lastTreatedAt: formatInstant(lastTreatedAt),
    keptUntil: formatInstant(keptUntil),
    hold: hold === null ? null : { reason: hold.reason, by: hold.by as string, at: formatInstant(hold.at) },
    ...(damaged === undefined ? {} : { damaged: [...damaged] }),
    _links: { self: linkTo('getClinicalRecord', { patientId }), hold: change },
  };
}

function entryView({ type, start, end, damaged, doctorId, ...entry }: ClinicalEntry) {
  return {
    ...entry,
    doctorId: doctorId as string,
    // The context privacy does not import other contexts, so it passes the status on as stored.
    status: entry.status as AppointmentStatus,
    appointmentType: type,
    start: formatInstant(start),
    end: formatInstant(end),
    ...(damaged === undefined ? {} : { damaged: [...damaged] }),
  };
}

export const clinicalRecordRoutes: Routes = [
  route(
    {
      operationId: 'listClinicalRecords',
      method: 'get',
      path: '/api/v1/clinical-records',
      summary: 'List clinical records',
      description:
        'By patient id. Reading the list is recorded. Requires a recent proof of identity: see /auth/step-up.',
      tag: 'Privacy administration',
      access: 'manage:clinical_records',
      example: { as: 'admin', query: { purpose: 'patient_request' } },
      request: { query: pageQuery.extend({ purpose }) },
      responses: { 200: json(pageOf(recordSchema), 'Records') },
      refusals: ['step_up_required'],
    },
    async (c) => {
      const context = c.get('context');
      unwrap(requireStepUp(userActor(c), context.now));
      const { limit, cursor, purpose: why } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor(place[0]);
      const { settings } = c.get('deps');
      const found = await listClinicalRecords(c.get('deps'), context, why, { after, limit });
      return c.json(
        paged(
          c,
          found,
          limit,
          (record) => recordView(record, settings),
          ({ patientId }) => [patientId],
        ),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'getClinicalRecord',
      method: 'get',
      path: '/api/v1/clinical-records/{patientId}',
      summary: 'Get a clinical record',
      description:
        'Which appointments took place, with which doctor, and what the clinic noted, while the retention lasts; also after the account was erased. Recorded in the patient’s record with its purpose. Requires a recent proof of identity: see /auth/step-up.',
      tag: 'Privacy administration',
      access: 'manage:clinical_records',
      example: {
        as: 'admin',
        path: { patientId: DEMO.patient },
        query: { purpose: 'patient_request' },
        after: ['bookSeries'],
      },
      request: { params: patient, query: z.object({ purpose }) },
      responses: { 200: json(recordWithEntries, 'The record') },
      refusals: ['step_up_required', 'not_found'],
    },
    async (c) => {
      const context = c.get('context');
      unwrap(requireStepUp(userActor(c), context.now));
      const { patientId } = c.req.valid('param');
      const read = await readClinicalRecord(c.get('deps'), context, patientId, c.req.valid('query').purpose);
      const { record, entries } = unwrap(read);
      return c.json({ ...recordView(record, c.get('deps').settings), entries: entries.map(entryView) }, 200);
    },
  ),
  route(
    {
      operationId: 'placeLegalHold',
      method: 'put',
      path: '/api/v1/clinical-records/{patientId}/hold',
      summary: 'Place a legal hold',
      description:
        'While the hold lasts, the record is not destroyed even if its retention ends. The reason is encrypted.',
      tag: 'Privacy administration',
      access: 'manage:clinical_records',
      example: {
        as: 'admin',
        path: { patientId: DEMO.patient },
        body: { reason: 'Claim of the patient' },
        after: ['bookSeries'],
      },
      request: {
        params: patient,
        body: jsonBody(z.strictObject({ reason: line(500).openapi({ example: 'Claim 2026-114, district court' }) })),
      },
      responses: { 200: json(recordSchema, 'The record') },
      refusals: ['step_up_required', 'not_found', 'clinical_hold_exists'],
    },
    async (c) => {
      const context = c.get('context');
      const actor = userActor(c);
      unwrap(requireStepUp(actor, context.now));
      const { patientId } = c.req.valid('param');
      const placed = await placeHold(c.get('deps'), context, actor, patientId, c.req.valid('json').reason);
      return c.json(recordView(unwrap(placed), c.get('deps').settings), 200);
    },
  ),
  route(
    {
      operationId: 'liftLegalHold',
      method: 'delete',
      path: '/api/v1/clinical-records/{patientId}/hold',
      summary: 'Lift a legal hold',
      description: 'From then on the retention decides. Without a hold, nothing changes.',
      tag: 'Privacy administration',
      access: 'manage:clinical_records',
      example: { as: 'admin', path: { patientId: DEMO.patient }, after: ['placeLegalHold'] },
      request: { params: patient },
      responses: { 204: { description: 'Lifted' } },
      refusals: ['step_up_required', 'not_found'],
    },
    async (c) => {
      const context = c.get('context');
      unwrap(requireStepUp(userActor(c), context.now));
      unwrap(await liftHold(c.get('deps'), context, c.req.valid('param').patientId));
      return c.body(null, 204);
    },
  ),
];
