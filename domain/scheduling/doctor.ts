/** The doctor as scheduling sees them; the account and its name belong to identity. */
import type { UserId } from '../shared/ids.ts';
import type { ZoneId } from '../shared/zone.ts';

export interface Doctor {
  readonly id: UserId;
  readonly specialty: string | null;
  /** BCP 47 language tags. */
  readonly languages: readonly string[];
  /** The zone that the doctor's hours are told in. */
  readonly timezone: ZoneId;
  /** Whether patients may book; staff may book regardless. */
  readonly acceptingPatients: boolean;
  /** Whether the account is open and still a doctor's. */
  readonly active: boolean;
  readonly bio: string | null;
  readonly version: number;
}

export type DoctorChange = {
  readonly type: 'doctor.changed';
  readonly doctor: Doctor;
  readonly expectedVersion: number;
};

export type DoctorNotFound = { readonly code: 'doctor_not_found' };
