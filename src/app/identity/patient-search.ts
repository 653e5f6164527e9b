/** Finding patients by name, birth date and phone, and keeping what they are found by. */
import { lookups, type PatientQuery } from '../../../domain/identity/patient-search.ts';
import type { FoundPage } from '../../../domain/identity/patient-search-ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';

/** Nothing of the query can be looked up. */
export type QueryTooShort = { readonly code: 'query_too_short' };

/** A page of those whom the caller may see; each of them is told by an event that they were found. */
export async function findPatients(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  query: PatientQuery,
  page: { readonly after: UserId | null; readonly limit: number },
): Promise<Result<FoundPage, QueryTooShort>> {
  const wanted = lookups(query);
  if (wanted.length === 0) return refuse({ code: 'query_too_short' });
  const entries = Array.from({ length: page.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'patient.found', stream: actor.userId, outcome: 'success' }),
  );
  const load = deps.loads.patientSearch.patientsFound(
    { lookups: wanted, now: context.now },
    viewerOf(actor, context),
    page,
  );
  return ok(await deps.database.loadRecorded(load, entries));
}

const BATCH = 100;
/** How many batches one run writes at most; the next run goes on. */
const BATCHES = 50;

/** Stores the hashes of people whom a version without the search has stored, or who were there before it. */
export async function indexPeople(deps: Deps, context: Context): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const [people] = await deps.database.load(deps.loads.patientSearch.notIndexed(BATCH));
    const changes = people.map(
      (user) => ({ type: 'person.indexed', userId: user.id, person: user, version: user.version }) as const,
    );
    if (changes.length > 0) await commit(deps, context, decided({ value: undefined, changes, audit: [] }));
    if (changes.length < BATCH) return;
  }
}
