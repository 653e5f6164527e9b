/** Persons, accesses and texts as the rules of privacy see them, with defaults. */
import type { EmergencyAccess, Receiver } from '../../../domain/privacy/emergency-access.ts';
import type { LegalText } from '../../../domain/privacy/legal-text.ts';
import { at, id } from '../scheduling/builders.ts';

export const NOW = at('2026-11-20T12:00:00Z');
export const PATIENT_ID = id<'user'>('patient');
export const DOCTOR_ID = id<'user'>('doctor');
export const OFFICER_ID = id<'user'>('officer');

export function receiver(userId: Receiver['userId']): Receiver {
  return { userId, dataKey: { ownerId: userId, ringKeyId: '1', wrapped: new Uint8Array(60) } };
}

export function emergencyAccess(fields: Partial<EmergencyAccess> = {}): EmergencyAccess & { readonly reason: string } {
  return {
    id: id('access'),
    doctorId: DOCTOR_ID,
    patientId: PATIENT_ID,
    openedAt: NOW,
    expiresAt: NOW + 4 * 3_600_000,
    review: null,
    ended: null,
    ...fields,
    reason: 'unconscious on arrival',
  };
}

export function legalText(fields: Partial<LegalText> = {}): LegalText {
  return {
    kind: 'terms',
    version: '1',
    acceptance: 'required',
    from: NOW,
    texts: [{ language: 'en', title: 'Terms', text: 'Be kind.' }],
    publishedAt: NOW,
    ...fields,
  };
}
