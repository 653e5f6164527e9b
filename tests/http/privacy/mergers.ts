/** Records without accounts, and their merging, for tests. */
import { expect } from 'vitest';
import type { Reply } from '../../support/portal.ts';
import { type Clinic, type Person, TUESDAY } from '../scheduling/clinic.ts';

export interface Registered {
  readonly id: string;
  readonly version: number;
}

export interface Mergers {
  register(firstName?: string): Promise<Registered>;
  merge(survivorId: string, aliasId: string, more?: object): Promise<Reply>;
  /** Books a time of the doctor that no other test uses. */
  visit(patientId: string, reason: string, date?: string): Promise<string>;
  nextTime(): string;
  /** Signs everybody in again, which proves who they are; access tokens last a few minutes. */
  renewed(): Promise<Clinic>;
}

export function mergersOf(clinic: () => Clinic): Mergers {
  let time = 0;
  const signedIn = async (person: Person): Promise<Person> => ({
    ...person,
    token: await clinic().portal.signIn(person.email),
  });
  const profile = async (id: string) =>
    (await clinic().get(`/users/${id}/profile`, clinic().staff.token)).body as Partial<Registered>;
  const mergers: Mergers = {
    async register(firstName = 'Otto') {
      const person = { firstName, lastName: 'Brandt', dateOfBirth: '1951-08-30' };
      const body = { ...person, channel: 'phone', acknowledgeDuplicates: true };
      const made = await clinic().post('/patients', clinic().staff.token, body);
      expect(made.status).toBe(201);
      return made.body;
    },
    async merge(survivorId, aliasId, more = {}) {
      const [survivor, alias] = [await profile(survivorId), await profile(aliasId)];
      const body = { aliasId, aliasVersion: alias.version ?? 1, ...more };
      const headers = { 'If-Match': `"v${survivor.version}"` };
      return clinic().post(`/patients/${survivorId}/merge`, clinic().staff.token, body, headers);
    },
    async visit(patientId, reason, date = TUESDAY) {
      const more = { patientId, reason, appointmentDate: date };
      const booked = await clinic().book(clinic().staff.token, mergers.nextTime(), more);
      expect(booked.status, JSON.stringify(booked.body)).toBe(201);
      return booked.body.id;
    },
    nextTime() {
      const minutes = 9 * 60 + 30 * time++;
      return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${minutes % 60 === 0 ? '00' : '30'}`;
    },
    async renewed() {
      const { staff, admin, doctor, maria } = clinic();
      return {
        ...clinic(),
        staff: await signedIn(staff),
        admin: await signedIn(admin),
        doctor: await signedIn(doctor),
        maria: await signedIn(maria),
      };
    },
  };
  return mergers;
}
