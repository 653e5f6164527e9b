/** What is sealed, and by which index it is found again: the same for those who write and those who read. */
import type { Location } from '../../domain/identity/sign-in-risk.ts';
import type { BlindIndex, DataKey, FieldCipher } from '../../domain/shared/ports.ts';

/** Seals a field that may be empty. */
export function sealOrNull(cipher: FieldCipher, key: DataKey, field: string, text: string | null): Uint8Array | null {
  return text === null ? null : cipher.seal(key, field, text);
}

export function openOrNull(cipher: FieldCipher, key: DataKey, field: string, sealed: unknown): string | null {
  return sealed === null ? null : cipher.open(key, field, sealed as Uint8Array);
}

/** @param email normalised */
export function emailIndex(index: BlindIndex, email: string): Uint8Array {
  return index.of('users.email', email);
}

/** In whatever case it is written. */
export function specialtyIndex(index: BlindIndex, specialty: string | null): Uint8Array | null {
  return specialty === null ? null : index.of('doctors.specialty', specialty.toLowerCase());
}

/** A counter of failed sign-ins. Whoever counts hands in a hash already, which alone could be guessed. */
export function counterIndex(index: BlindIndex, counter: Uint8Array): Uint8Array {
  return index.of('sign_in_failures.subject', counter);
}

/** `null` when nothing is known of where it was. */
export function openLocation(cipher: FieldCipher, key: DataKey, sealed: unknown): Location | null {
  const text = openOrNull(cipher, key, 'sessions.location', sealed);
  return text === null ? null : (JSON.parse(text) as Location);
}
