/** The loads of the scheduling context. */
import type { SchedulingLoads } from '../../../domain/scheduling/ports.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import { createAppointmentLoads } from './appointment-loads.ts';
import { createAvailabilityLoads } from './availability-loads.ts';
import { bookingLoads } from './booking-loads.ts';
import { clinicLoads } from './clinic-settings.ts';
import { delayLoads } from './delays.ts';
import { directoryLoads } from './directory-loads.ts';
import { offboardingLoad, resignationLoad } from './offboarding-loads.ts';
import { placeLoads } from './place-loads.ts';

export function createSchedulingLoads(cipher: FieldCipher, index: BlindIndex): SchedulingLoads {
  return {
    ...directoryLoads,
    ...delayLoads,
    ...placeLoads,
    ...clinicLoads,
    ...createAvailabilityLoads(cipher),
    ...bookingLoads,
    ...createAppointmentLoads(cipher, index),
    offboarding: (person, now, atMost) => offboardingLoad(person, now, atMost, cipher),
    resignation: (doctor, now) => resignationLoad(doctor, now, cipher),
  };
}
