/** Publishing legal texts, and reading the decisions on them. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { ConsentId } from '../../../domain/privacy/changes.ts';
import { type LegalText, type LegalVersionExists, publishText } from '../../../domain/privacy/legal-text.ts';
import type { Acceptance } from '../../../domain/privacy/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Result } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { recordEvent } from '../audit.ts';
import { execute, onlyConflict } from '../command.ts';
import type { Context, Deps } from '../context.ts';

export function publishLegalText(deps: Deps, context: Context, actor: KnownActor, text: LegalText) {
  return execute(deps, context, {
    loads: [deps.loads.privacy.legalTexts()],
    decide: (existing): Result<Decision<Change, LegalText>, LegalVersionExists> =>
      publishText(text, actor.userId, existing),
    onConflict: onlyConflict('legal_version_exists'),
  });
}

/** A page of decisions. The read is recorded in the stream of each person on it. */
export function readAcceptances(
  deps: Deps,
  context: Context,
  text: { readonly kind: string; readonly version: string | null; readonly userId: UserId | null },
  page: { readonly after: { readonly at: Instant; readonly id: ConsentId } | null; readonly limit: number },
): Promise<Acceptance[]> {
  const entries = Array.from({ length: page.limit + 1 }, () =>
    recordEvent(deps, context, {
      type: 'consent.read',
      stream: 'system',
      outcome: 'success',
      details: { kind: text.kind },
    }),
  );
  return deps.database.loadRecorded(deps.loads.privacy.acceptancesRead(text, page), entries);
}
