/** Who is told about the appointments and wishes of a patient. */
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';

/** A person with the key that seals what the person is told. */
export interface Receiver {
  readonly id: UserId;
  readonly dataKey: DataKey;
}

/** Whoever is told something about a patient: all of them, whoever made it happen. */
export interface Receivers {
  readonly patient: Receiver;
  /** Who acts for the patient now. Each is told whom it is about. */
  readonly proxies: readonly Receiver[];
}

/** The receivers of what is told about an appointment that was loaded with its patient's proxies. */
export function receiversOf({
  appointment: { patientId },
  patientKey,
  proxies,
}: {
  readonly appointment: { readonly patientId: UserId };
  readonly patientKey: DataKey;
  readonly proxies: readonly Receiver[];
}): Receivers {
  return { patient: { id: patientId, dataKey: patientKey }, proxies };
}
