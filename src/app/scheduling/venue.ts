/** Where an appointment that was just decided takes place. */
import type { Appointment, AppointmentChange } from '../../../domain/scheduling/appointment.ts';
import type { BookingNames, Venue } from '../../../domain/scheduling/ports.ts';

/** @param changes the changes of the decision, which name what the appointment takes */
export function venueOf(
  { id, locationId }: Appointment,
  changes: readonly (AppointmentChange | { readonly type: string })[],
  { locations, videoLink }: Pick<BookingNames, 'locations' | 'videoLink'>,
): Venue {
  const its = changes.filter(
    (change) => 'takings' in change && 'appointment' in change && change.appointment.id === id,
  );
  const takings = its.flatMap((change) => ('takings' in change ? change.takings : []));
  return {
    videoLink,
    location: locations.find((location) => location.id === locationId) ?? null,
    resources: takings.map(({ resource: { id: resourceId, kind, name } }) => ({ id: resourceId, kind, name })),
    additionalDoctors: its.flatMap((change) => ('doctors' in change ? change.doctors.map(({ doctor }) => doctor) : [])),
  };
}
