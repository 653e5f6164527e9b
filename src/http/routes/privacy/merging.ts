/** Merging two records of one patient, for the clinic. */
import { z } from '@hono/zod-openapi';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import {
  ACKNOWLEDGEABLE,
  MERGE_OBSTACLES,
  type Merged,
  type MergePreview,
  type PatientMerge,
} from '../../../../domain/privacy/merge.ts';
import { PROFILE_FIELDS } from '../../../../domain/privacy/merged-profile.ts';
import { isAllowed } from '../../../../domain/shared/actor.ts';
import { formatInstant, type Instant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { mergeRecords, previewRecords, readMerges, undoMerge } from '../../../app/privacy/merge.ts';
import { knownActor, userActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { list } from '../../bounds.ts';
import { expectedVersion } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import type { ProblemDetails } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, links, pageOf, pageQuery, personId } from '../../schemas.ts';
import { shownCode, shownId, shownInstant } from '../../shown.ts';

const moves = z
  .array(z.object({ kind: shownCode('appointments'), count: z.int() }))
  .openapi({ description: 'How much of each kind changes hands: what the alias has becomes the survivor’s' });

const mergeSchema = z
  .object({
    id: shownId,
    survivorId: shownId.openapi({ description: 'The record that has everything now' }),
    aliasId: shownId.openapi({ description: 'The record that was merged into it' }),
    mergedAt: shownInstant,
    mergedBy: shownId,
    undoUntil: shownInstant,
    filled: z.array(z.enum(PROFILE_FIELDS)).openapi({
      description: 'What the alias’s profile filled in the survivor’s, which had nothing there',
    }),
    undoneAt: shownInstant.nullable(),
    undoneBy: shownId.nullable(),
    moves: moves.optional().openapi({ description: 'In the answer to merging' }),
    _links: links,
  })
  .openapi('PatientMerge');

const previewSchema = z
  .object({
    survivorId: shownId,
    aliasId: shownId,
    obstacles: z
      .array(z.enum(MERGE_OBSTACLES))
      .openapi({ description: 'What stands against it; empty: it can be merged' }),
    overlaps: z
      .array(z.object({ survivorAppointmentId: shownId, aliasAppointmentId: shownId, isPast: z.boolean() }))
      .openapi({ description: 'Appointments of both at one time, 20 at most, those first that are not past' }),
    filled: z.array(z.enum(PROFILE_FIELDS)),
    moves,
    _links: links,
  })
  .openapi('MergePreview', { description: 'What a merge would do' });

type Links = z.infer<typeof links>;

function mergeView(merge: PatientMerge, now: Instant, mayUndo = true) {
  const { id, survivorId, aliasId, mergedAt, mergedBy, undoUntil, filled, undone } = merge;
  const isOpen = mayUndo && undone === null && now < undoUntil;
  const undo: Links = isOpen ? { unmerge: linkTo('unmergePatients', { id: survivorId }) } : {};
  return {
    id: id as string,
    survivorId: survivorId as string,
    aliasId: aliasId as string,
    mergedAt: formatInstant(mergedAt),
    mergedBy: mergedBy as string,
    undoUntil: formatInstant(undoUntil),
    filled: [...filled],
    undoneAt: undone === null ? null : formatInstant(undone.at),
    undoneBy: (undone?.by ?? null) as string | null,
    _links: { survivor: linkTo('getProfile', { id: survivorId }), ...undo } as Links,
  };
}

function previewView(survivorId: string, aliasId: string, preview: MergePreview) {
  const { obstacles, overlaps, filled } = preview;
  const can: Links = obstacles.length === 0 ? { merge: linkTo('mergePatients', { id: survivorId }) } : {};
  return {
    ...{ survivorId, aliasId, obstacles: [...obstacles], filled: [...filled], moves: [...preview.moves] },
    overlaps: overlaps.map((each) => ({
      survivorAppointmentId: each.survivorAppointmentId as string,
      aliasAppointmentId: each.aliasAppointmentId as string,
      isPast: each.isPast,
    })),
    _links: can,
  };
}

function refusalOf(error: { readonly code: string }): Partial<ProblemDetails> | undefined {
  const { code: _code, ...members } = error;
  return error.code === 'merge_not_possible' || error.code === 'alias_changed' ? { members } : undefined;
}

const patientParams = z.object({ id: personId('patient', 'The patient') });
const survivorParams = z.object({ id: personId('patient', 'The record that survives') });

export const mergeRoutes: Routes = [
  route(
    {
      operationId: 'mergePatients',
      method: 'post',
      path: '/api/v1/patients/{id}/merge',
      summary: 'Merge another record into this one',
      tag: 'Patients',
      access: 'merge:patients',
      ifMatch: 'required',
      description:
        'For two records of one person. Everything that the other record (the alias) has becomes this one’s (the survivor’s): appointments, series, waitlist entries, proxies, emergency accesses, limits and messages that are not sent yet. Of the survivor’s profile, what is set stays as it is; an empty birth date, phone number or address is filled in from the alias, and `filled` names those fields. Whoever has an account with a proven address is told by mail. The alias is closed, and its id answers 410 `patient_merged`. The histories stay apart and are read together. If-Match is the version of the survivor, `aliasVersion` that of the alias. For a day it can be undone. `?dryRun=true` decides the same without merging; the histories of both say who has looked. Requires a recent proof of identity: see /auth/step-up.',
      example: {
        as: 'admin',
        path: { id: DEMO.patient },
        ifMatch: '*',
        body: { aliasId: earlier('createPatient'), aliasVersion: 1 },
        again: ['createPatient'],
      },
      request: {
        params: survivorParams,
        query: z.object({
          dryRun: z.enum(['true', 'false']).optional().openapi({
            description: 'With `true`, answers what the merge would do and what stands against it, and changes nothing',
          }),
        }),
        body: jsonBody(
          z.strictObject({
            aliasId: idSchema<'user'>('The record that is merged into this one'),
            aliasVersion: z.int().min(1).openapi({ description: 'The version of the alias that you have seen' }),
            acknowledge: list(z.enum(ACKNOWLEDGEABLE), ACKNOWLEDGEABLE.length).optional().openapi({
              description:
                '`past_overlaps`: of appointments of both at one time that have ended, one visit was entered twice; both stay in the record',
            }),
            endAliasAccount: z.boolean().optional().openapi({
              description:
                'Whether the account of the alias ends: nobody signs in to it any more. Needed if it has one. The login of the survivor stays',
            }),
          }),
        ),
      },
      responses: { 200: json(previewSchema, 'With `dryRun`: what it would do'), 201: json(mergeSchema, 'Merged') },
      refusals: ['not_found', 'merge_not_possible', 'alias_changed', 'step_up_required'],
    },
    async (c) => {
      const context = c.get('context');
      const actor = userActor(c);
      unwrap(requireStepUp(actor, context.now));
      const { aliasId, aliasVersion, endAliasAccount = false, acknowledge = [] } = c.req.valid('json');
      const asked = {
        survivorId: c.req.valid('param').id,
        aliasId,
        survivorVersion: expectedVersion(c),
        aliasVersion,
        endsAccount: endAliasAccount,
        acknowledged: acknowledge,
      };
      const { survivorId } = asked;
      if (c.req.valid('query').dryRun === 'true') {
        const found = unwrap(await previewRecords(c.get('deps'), context, actor, asked), refusalOf);
        return c.json(previewView(survivorId, aliasId, found), 200);
      }
      const merged = ({ merge, moves: moved }: Merged) => ({ ...mergeView(merge, context.now), moves: [...moved] });
      const made = unwrap(
        await mergeRecords(c.get('deps'), context, actor, asked, (value) => ({ status: 201, body: merged(value) })),
        refusalOf,
      );
      return c.json(answer<ReturnType<typeof merged>>(c, made), 201);
    },
  ),

  route(
    {
      operationId: 'unmergePatients',
      method: 'post',
      path: '/api/v1/patients/{id}/unmerge',
      summary: 'Undo a merge',
      tag: 'Patients',
      access: 'merge:patients',
      description:
        'Within a day. The alias is what it was, with its own profile, login and second factor, and has again what moved: also what was changed in it since. What the merge filled in the survivor’s profile is emptied again, unless it was changed since. Both accounts are told by mail. What was added to the survivor since stays the survivor’s. Sessions, API keys, calendar links, trusted devices, invitations and copies of data of the alias stay void, and messages that were sent meanwhile were sent. Requires a recent proof of identity: see /auth/step-up.',
      example: {
        as: 'admin',
        path: { id: DEMO.patient },
        body: { mergeId: earlier('mergePatients') },
        after: ['listMerges'],
      },
      request: {
        params: survivorParams,
        body: jsonBody(z.strictObject({ mergeId: idSchema<'patient_merge'>('The merge') })),
      },
      responses: { 200: json(mergeSchema, 'Undone') },
      refusals: ['not_found', 'merge_final', 'merge_undone', 'step_up_required'],
    },
    async (c) => {
      const context = c.get('context');
      const actor = userActor(c);
      unwrap(requireStepUp(actor, context.now));
      const asked = { survivorId: c.req.valid('param').id, mergeId: c.req.valid('json').mergeId };
      const merge = unwrap(await undoMerge(c.get('deps'), context, actor, asked));
      return c.json(mergeView(merge, context.now), 200);
    },
  ),

  route(
    {
      operationId: 'listMerges',
      method: 'get',
      path: '/api/v1/patients/{id}/merges',
      summary: 'List merges of a record',
      tag: 'Patients',
      access: 'read:patient_records',
      description:
        'Newest first; those in which the record was the survivor, and those in which it was the alias. Doctors read those of own patients. The reading is recorded.',
      example: { as: 'admin', path: { id: DEMO.patient }, after: ['mergePatients'] },
      request: { params: patientParams, query: pageQuery },
      responses: { 200: json(pageOf(mergeSchema), 'Merges') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'patient_merge'>(place[0]);
      const context = c.get('context');
      const page = { after, limit };
      const actor = knownActor(c);
      const read = await readMerges(c.get('deps'), context, actor, c.req.valid('param').id, page);
      return c.json(
        paged(
          c,
          unwrap(read),
          limit,
          (merge) => mergeView(merge, context.now, isAllowed(actor, 'merge:patients')),
          ({ id }) => [id],
        ),
        200,
      );
    },
  ),
];
