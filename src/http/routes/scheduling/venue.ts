/** Where an appointment takes place, as answers show it. */
import { z } from '@hono/zod-openapi';
import type { Location } from '../../../../domain/scheduling/location.ts';
import type { AppointmentRecord } from '../../../../domain/scheduling/ports.ts';
import { RESOURCE_KINDS } from '../../../../domain/scheduling/resource.ts';
import { rawText } from '../../bounds.ts';
import { line } from '../../schemas.ts';
import { shownId, shownPhone, shownText } from '../../shown.ts';

export const addressFields = {
  street: shownText(200, 'Lindenstraße 12').nullable(),
  city: shownText(100, 'Berlin').nullable(),
  state: shownText(100, 'Berlin').nullable(),
  postalCode: shownText(20, '10969').nullable(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .nullable()
    .openapi({ description: 'ISO 3166-1 alpha-2', example: 'DE' }),
};

const optional = (maximum: number) => line(maximum, 1).nullable().default(null);

/** As {@link addressFields}, sent by a client. */
export const addressBody = {
  street: optional(200),
  city: optional(100),
  state: optional(100),
  postalCode: optional(20),
  country: rawText(2)
    .regex(/^[A-Z]{2}$/, { error: 'expected a country as two capital letters (ISO 3166-1 alpha-2)' })
    .nullable()
    .default(null),
};

export const venueSchema = z
  .object({
    id: shownId,
    name: shownText(100, 'Practice at the park'),
    ...addressFields,
    phone: shownPhone.nullable(),
    directions: shownText(1000, 'Second floor, lift on the left').nullable(),
  })
  .openapi('Venue', { description: 'The location of the hours; null when they name none' });

export const takenSchema = z
  .object({ id: shownId, kind: z.enum(RESOURCE_KINDS), name: shownText(100, 'Room 2') })
  .openapi('TakenResource');

export function presentVenue(location: Location | null | undefined) {
  if (location === null || location === undefined) return null;
  const { id, name, street, city, state, postalCode, country, phone, directions } = location;
  return { id: id as string, name, street, city, state, postalCode, country, phone, directions };
}

/** @param seesLink whether the caller takes part: others are not told the address of a visit by video */
export function presentPlace({ appointment: { visitMode }, venue }: AppointmentRecord, seesLink: boolean) {
  return {
    visitMode,
    ...(visitMode === 'video' && seesLink ? { videoLink: venue.videoLink } : {}),
    location: presentVenue(venue.location),
    resources: venue.resources.map(({ id, kind, name }) => ({ id: id as string, kind, name })),
  };
}
