/** What is read of proxies. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { Page } from './ports.ts';
import type { PatientProxy, ProxyId, ProxyParty } from './proxy.ts';

/** A proxy with the name of the other party: of the person who acts, or of the patient. */
export interface ProxyRecord {
  readonly proxy: PatientProxy;
  /** Null if the address that the patient named has no account. */
  readonly name: { readonly firstName: string; readonly lastName: string } | null;
}

export interface ProxyParties {
  readonly people: readonly ProxyParty[];
  readonly mayActFor: boolean;
}

export interface ProxyLoads {
  proxy(id: ProxyId): Load<PatientProxy | undefined>;
  /** The patient and the person who acts, of those whose accounts are open; and whether the viewer may act for the patient. */
  partiesOf(id: ProxyId, viewer: Viewer): Load<ProxyParties>;
  /** How many of a patient's are in force or wait to be accepted. */
  openProxies(patientId: UserId, now: Instant): Load<number>;
  /** Those of a patient, recorded in the patient's stream; `undefined` if the viewer may not know of the patient. */
  proxiesRead(patientId: UserId, viewer: Viewer, now: Instant): RecordedLoad<ProxyRecord[] | undefined>;
  /**
   * For whom a person acts or is asked to act, ordered by id; one more than `limit` when there is a next page. Recorded in the
   * stream of each patient.
   */
  dependantsRead(personId: UserId, now: Instant, page: Page<ProxyId>): RecordedLoad<ProxyRecord[]>;
}
