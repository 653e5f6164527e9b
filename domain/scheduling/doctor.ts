/** The doctor as far as scheduling needs it. The account and its name belong to the identity context. */
import type { UserId } from '../shared/ids.ts';
import type { ZoneId } from '../shared/zone.ts';

export interface Doctor {
  readonly id: UserId;
  readonly specialty: string | null;
  /** BCP 47 language tags. */
  readonly languages: readonly string[];
  /** The zone of the doctor's hours. */
  readonly timezone: ZoneId;
  /** Whether new patients may book. Known patients and the clinic may in any case. */
  readonly acceptingPatients: boolean;
  /** Whether the account is open and still has the role of a doctor. */
  readonly active: boolean;
  readonly bio: string | null;
  /** An `https` address at which the doctor's patients meet the doctor by video. Not part of the directory. */
  readonly videoLink: string | null;
  readonly version: number;
}

export type DoctorChange = {
  readonly type: 'doctor.changed';
  readonly doctor: Doctor;
  readonly expectedVersion: number;
};

export type DoctorNotFound = { readonly code: 'doctor_not_found' };
