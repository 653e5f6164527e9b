/** Consents: a person's decisions on versions of legal texts. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { Consent } from '../../../domain/privacy/changes.ts';
import { checkDecision, type LegalTextUnknown } from '../../../domain/privacy/legal-text.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

/** Every decision is kept; the newest of each kind is in force. */
export function recordConsent(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: Pick<Consent, 'kind' | 'version' | 'given'>,
  represent: (consent: Consent) => Representation,
) {
  const consent: Consent = { id: newId<'consent'>(deps, context.now), ...input, at: context.now };
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.privacy.legalTexts(), deps.loads.privacy.textDecisions(actor.userId)],
      decide: (texts, decisions): Result<Decision<Change, Consent>, LegalTextUnknown> => {
        const unknown = checkDecision(input, texts, decisions, context.now);
        if (unknown !== undefined) return refuse(unknown);
        return ok(
          decided({
            value: consent,
            changes: [{ type: 'consent.recorded', userId: actor.userId, consent }],
            audit: [
              {
                type: consent.given ? 'consent.given' : 'consent.withdrawn',
                stream: actor.userId,
                outcome: 'success',
                resource: { type: 'consent', id: consent.id },
                details: { kind: consent.kind, version: consent.version },
              },
            ],
          }),
        );
      },
      answerOf: 'caller',
    },
    represent,
  );
}
