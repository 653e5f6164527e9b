/** Messages about entries of the waitlist and their offers. */
import type { MessageDraft } from '../../../domain/messages.ts';
import type { WaitlistOffer } from '../../../domain/scheduling/waitlist.ts';
import type { OfferReceivers } from '../../../domain/scheduling/waitlist-ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import { type Receiver, timeOf } from './messages.ts';

/** Tells the patient of an offer, and who acts for the patient. */
export function offerMessages(
  receivers: OfferReceivers,
  offer: WaitlistOffer,
  timezone: ZoneId,
  doctorName: string,
): MessageDraft[] {
  const variables = { doctorName, ...timeOf({ timezone, start: offer.start }), expiresAt: offer.expiresAt };
  const offered = { template: 'waitlist-offer' } as const;
  const usefulUntil = offer.expiresAt;
  const { patientId } = offer;
  return [
    ...(receivers.isInvited
      ? keptMessages(receivers, offer, timezone)
      : [{ ...offered, userId: patientId, dataKey: receivers.patientKey, usefulUntil, variables }]),
    ...receivers.proxies.map(({ id, dataKey }) => ({
      ...{ ...offered, userId: id, dataKey, usefulUntil },
      variables: { ...variables, patientId },
    })),
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

/** Tells a patient that the entry ended because its doctor does not work at the clinic any more. */
export function waitEndedMessage(receiver: Receiver, doctorName: string): MessageDraft {
  return {
    userId: receiver.id,
    dataKey: receiver.dataKey,
    template: 'waitlist-ended',
    variables: { doctorName },
  };
}

/** Tells the patient, and who acts for the patient, that the entry ended because what it waits for cannot be booked any more. */
export function typeEndedMessages(
  { patientKey, proxies }: OfferReceivers,
  patientId: UserId,
  waited: { readonly doctorName: string | null; readonly typeName: string },
): MessageDraft[] {
  return [{ id: patientId, dataKey: patientKey }, ...proxies].map(({ id, dataKey }) => ({
    ...{ userId: id, dataKey, template: 'waitlist-ended' },
    variables: id === patientId ? waited : { ...waited, patientId },
  }));
}
