/** How entries of the waitlist and their offers are shown. */
import { z } from '@hono/zod-openapi';
import type { ClinicEntry } from '../../../../domain/scheduling/front-desk-ports.ts';
import { WAITLIST_STATES } from '../../../../domain/scheduling/waitlist.ts';
import type { EntryRecord, LaterAppointment } from '../../../../domain/scheduling/waitlist-ports.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { mayChange } from '../../../app/scheduling/actors.ts';
import type { Joined } from '../../../app/scheduling/waitlist.ts';
import { linkTo } from '../../links.ts';
import { links } from '../../schemas.ts';
import { shownCode, shownDate, shownId, shownInstant, shownRangeEnd, shownText, shownTime } from '../../shown.ts';
import { contactSchema, presentContact } from './present-desk.ts';

export const entrySchema = z
  .object({
    id: shownId,
    patientId: shownId,
    type: shownCode('consultation'),
    doctorId: shownId.nullable(),
    specialty: shownText(100, 'General practice').nullable(),
    from: shownDate,
    to: shownDate,
    dailyWindow: z.object({ start: shownTime, end: shownRangeEnd }).nullable(),
    state: z.enum(WAITLIST_STATES),
    offer: z
      .object({
        id: shownId,
        doctorId: shownId,
        start: shownInstant,
        end: shownInstant,
        expiresAt: shownInstant,
        holdId: shownId.openapi({
          description: 'Booking with this hold accepts the offer; releasing it declines the offer',
        }),
        giveBack: z
          .object({ id: shownId, doctorId: shownId, start: shownInstant, end: shownInstant })
          .nullable()
          .openapi({
            description:
              'The next later appointment of the type that the patient has: accepting with its id as `giveBack` cancels it',
          }),
        _links: links,
      })
      .nullable(),
    freeNow: z
      .array(z.object({ doctorId: shownId, start: shownInstant, end: shownInstant }))
      .optional()
      .openapi({
        description:
          'In the answer to joining: the earliest times that meet the wish and that the patient can book now, five at most. Book one instead of waiting',
      }),
    rank: z.int().optional().openapi({ description: 'The higher goes first; in the clinic’s list only' }),
    patient: contactSchema.nullable().optional().openapi({ description: 'In the clinic’s list only' }),
    createdAt: shownInstant,
    _links: links,
  })
  .openapi('WaitlistEntry', { description: 'offer: a time that is kept for the patient until it expires' });

function presentLater({ id, doctorId, start, end }: LaterAppointment) {
  return { id: id as string, doctorId: doctorId as string, start: formatInstant(start), end: formatInstant(end) };
}

export function presentEntry(actor: KnownActor, { entry, typeCode, openOffer, later }: EntryRecord) {
  const open = entry.state === 'waiting' || entry.state === 'offered';
  return {
    id: entry.id as string,
    patientId: entry.patientId as string,
    type: typeCode,
    doctorId: entry.doctorId as string | null,
    specialty: entry.specialty,
    from: entry.from as string,
    to: entry.to as string,
    dailyWindow:
      entry.dailyWindow === null
        ? null
        : { start: entry.dailyWindow.start as string, end: entry.dailyWindow.end as string },
    state: entry.state,
    offer:
      openOffer === null
        ? null
        : {
            id: openOffer.id as string,
            doctorId: openOffer.doctorId as string,
            start: formatInstant(openOffer.start),
            end: formatInstant(openOffer.end),
            expiresAt: formatInstant(openOffer.expiresAt),
            holdId: openOffer.holdId as string,
            giveBack: later === null ? null : presentLater(later),
            _links: mayChange(actor, openOffer)
              ? {
                  accept: linkTo('acceptOffer', { id: openOffer.id }),
                  decline: linkTo('declineOffer', { id: openOffer.id }),
                }
              : {},
          },
    createdAt: formatInstant(entry.createdAt),
    _links: open && actor.role !== 'doctor' ? { leave: linkTo('leaveWaitlist', { id: entry.id }) } : {},
  };
}

/** The answer to joining, with the times that are free already. */
export function presentJoined(actor: KnownActor, { record, free }: Joined) {
  const freeNow = free.map(({ doctorId, start, end }) => ({
    ...{ doctorId: doctorId as string, start: formatInstant(start), end: formatInstant(end) },
  }));
  return { ...presentEntry(actor, record), freeNow };
}

export function presentClinicEntry(actor: KnownActor, record: ClinicEntry) {
  const { patient, entry } = record;
  return {
    ...presentEntry(actor, record),
    rank: entry.rank,
    patient: patient === null ? null : presentContact(patient),
  };
}
