/** Registering patients for the clinic, by telephone or at the desk. */

import { z } from '@hono/zod-openapi';
import { mailboxOf } from '../../../../domain/identity/mailbox.ts';
import { REGISTRATION_CHANNELS } from '../../../../domain/identity/patient.ts';
import {
  completePatientDetails,
  inviteRegisteredPatient,
  registerPatientAtDesk,
} from '../../../app/identity/patients.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { pathTo } from '../../links.ts';
import { phoneNumber } from '../../phone-number.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { dateOfBirth, email, language, personName, zone } from '../../schemas.ts';
import { limit } from './limits.ts';
import { patientParams, patientSchema, presentDuplicate, presentPatient } from './patient-views.ts';
import { addressSchema, given } from './schemas.ts';

type PatientView = ReturnType<typeof presentPatient>;

export const patientRoutes: Routes = [
  route(
    {
      operationId: 'createPatient',
      method: 'post',
      path: '/api/v1/patients',
      summary: 'Register a patient for the clinic',
      tag: 'Patients',
      access: 'register:patients',
      located: true,
      versioned: true,
      limits: ['mail'],
      description:
        'With an e-mail address the person is invited by mail. Without one the patient has no account: nobody can sign in and no mail is sent, until the clinic invites them. What is not known stays null; the date of birth is asked before the first appointment. A doctor may then book for whom the doctor has registered. If patients whom you may see have the same phone, e-mail address, or date of birth and a similar name, this answers 409 `possible_duplicates` with them, unless `acknowledgeDuplicates` is true.',
      example: {
        as: 'doctor',
        body: {
          firstName: 'Otto',
          lastName: 'Brandt',
          phoneNumber: '+4930901833',
          channel: 'phone',
          acknowledgeDuplicates: true,
        },
      },
      request: {
        body: jsonBody(
          z.strictObject({
            firstName: personName(),
            lastName: personName(),
            dateOfBirth: dateOfBirth.optional(),
            phoneNumber: phoneNumber.optional(),
            address: addressSchema.optional(),
            language: language.optional(),
            timezone: zone.optional(),
            email: email.optional(),
            acknowledgeDuplicates: z.boolean().optional().openapi({
              description: 'Register although `possible_duplicates` named records that may be of the same person',
            }),
            channel: z.enum(REGISTRATION_CHANNELS).openapi({ description: 'How the person asked for it' }),
          }),
        ),
      },
      responses: { 201: json(patientSchema, 'Registered') },
      refusals: ['possible_duplicates', 'email_taken'],
    },
    async (c) => {
      const { channel, email: address, acknowledgeDuplicates = false, ...body } = c.req.valid('json');
      if (address !== undefined) await limit(c, 'mail', mailboxOf(address));
      const details = {
        firstName: body.firstName,
        lastName: body.lastName,
        dateOfBirth: body.dateOfBirth ?? null,
        phoneNumber: body.phoneNumber ?? null,
        address: body.address ?? null,
        timezone: body.timezone ?? 'UTC',
        language: body.language ?? 'en',
      };
      const actor = knownActor(c);
      const registration = {
        details,
        email: address ?? null,
        channel,
        by: actor.userId,
        acknowledgesDuplicates: acknowledgeDuplicates,
      };
      const registered = unwrap(
        await registerPatientAtDesk(c.get('deps'), c.get('context'), actor, registration, (user) => ({
          status: 201,
          body: presentPatient(user),
          location: pathTo('getProfile', { id: user.id }),
        })),
        (error) =>
          error.code === 'possible_duplicates'
            ? { members: { candidates: error.candidates.map(presentDuplicate) } }
            : undefined,
      );
      return c.json(answer<PatientView>(c, registered), 201);
    },
  ),

  route(
    {
      operationId: 'updatePatient',
      method: 'put',
      path: '/api/v1/patients/{id}',
      summary: 'Update a patient without an account',
      tag: 'Patients',
      access: 'register:patients',
      ifMatch: 'required',
      versioned: true,
      description:
        'For the clinic; doctors complete those of own patients. Fields that are left out do not change; `null` clears a field. Once the person has accepted an invitation, this answers 409 `has_account`: the person changes the profile, or an administrator corrects it.',
      example: {
        as: 'doctor',
        path: { id: earlier('createPatient') },
        ifMatch: earlier('createPatient', 'ETag', '"v1"'),
        body: { dateOfBirth: '1951-08-30' },
        again: ['createPatient'],
      },
      request: {
        params: patientParams,
        body: jsonBody(
          z.strictObject({
            firstName: personName().optional(),
            lastName: personName().optional(),
            dateOfBirth: dateOfBirth.nullable().optional(),
            phoneNumber: phoneNumber.nullable().optional(),
            address: addressSchema.nullable().optional(),
            language: language.optional(),
            timezone: zone.optional(),
          }),
        ),
      },
      responses: { 200: json(patientSchema, 'As it is now') },
      refusals: ['not_found', 'has_account'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const details = given(c.req.valid('json'));
      const expected = expectedVersion(c);
      const user = unwrap(
        await completePatientDetails(c.get('deps'), c.get('context'), knownActor(c), id, details, expected),
      );
      return sendVersioned(c, user.version, presentPatient(user));
    },
  ),

  route(
    {
      operationId: 'invitePatient',
      method: 'post',
      path: '/api/v1/patients/{id}/invite',
      summary: 'Invite a patient to an account',
      tag: 'Patients',
      access: 'register:patients',
      limits: ['mail'],
      description:
        'Mails an invitation; whoever accepts it gets the record as their account. Until then another address may be given, which replaces the former: the link of the earlier mail stops working.',
      example: {
        as: 'doctor',
        path: { id: earlier('createPatient') },
        body: { email: 'otto.brandt@example.org' },
        after: ['updatePatient'],
      },
      request: { params: patientParams, body: jsonBody(z.strictObject({ email })) },
      responses: { 202: json(patientSchema, 'An invitation will be mailed') },
      refusals: ['not_found', 'email_taken', 'invitation_accepted'],
    },
    async (c) => {
      const invited = { patientId: c.req.valid('param').id, email: c.req.valid('json').email };
      await limit(c, 'mail', mailboxOf(invited.email));
      const answer = unwrap(
        await inviteRegisteredPatient(c.get('deps'), c.get('context'), knownActor(c), invited, (user) => ({
          status: 202,
          body: presentPatient(user),
        })),
      );
      return c.json(answer.body as PatientView, 202);
    },
  ),
];
