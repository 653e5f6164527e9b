/** Messages about entries of the waitlist and their offers. */
import type { MessageDraft } from '../../../domain/messages.ts';
import type { OfferReceivers, WaitlistOffer } from '../../../domain/scheduling/waitlist.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import { timeOf, toEach } from './messages.ts';

/** Tells the patient of an offer, and who acts for the patient. */
export function offerMessages(
  receivers: OfferReceivers,
  offer: WaitlistOffer,
  timezone: ZoneId,
  doctorName: string,
): MessageDraft[] {
  const variables = { doctorName, ...timeOf({ timezone, start: offer.start }), expiresAt: offer.expiresAt };
  const { patientId, expiresAt: usefulUntil } = offer;
  const patient = { id: patientId, dataKey: receivers.patientKey };
  const { isInvited, proxies } = receivers;
  return [
    ...keptMessages(receivers, offer, timezone),
    ...toEach({ patient, proxies }, { template: 'waitlist-offer', usefulUntil, variables }).filter(
      ({ userId }) => !isInvited || userId !== patientId,
    ),
  ];
}

/** Tells a patient who has not accepted the invitation that an answer is waited for. Nobody has proven the address yet. */
export function keptMessages(
  { isInvited, patientKey }: OfferReceivers,
  { patientId, expiresAt }: WaitlistOffer,
  timezone: ZoneId,
): MessageDraft[] {
  if (!isInvited) return [];
  return [
    {
      ...{ userId: patientId, dataKey: patientKey, template: 'offer-kept' },
      ...{ usefulUntil: expiresAt, variables: { expiresAt, timezone } },
    },
  ];
}

/**
 * Tells the patient, and who acts for the patient, that the entry ended because nobody can serve it any more.
 * @param waited the type, if it cannot be booked any more; without it, that the doctor has left
 */
export function waitEndedMessages(
  { patientKey, proxies }: OfferReceivers,
  patientId: UserId,
  waited: { readonly doctorName: string } | { readonly doctorName: string | null; readonly typeName: string },
): MessageDraft[] {
  const patient = { id: patientId, dataKey: patientKey };
  return toEach({ patient, proxies }, { template: 'waitlist-ended', variables: waited });
}
