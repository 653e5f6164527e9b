/** Answers text messages to the clinic's number. */
import { render } from '../../../domain/messages.ts';
import { answerText, type TextAnswer } from '../../../domain/notifications/inbound.ts';
import type { InboundText } from '../../../domain/notifications/provider-notices.ts';
import { type Clinic, senderOf } from '../../../domain/scheduling/clinic-settings.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { type Contended, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { textsIn } from './languages.ts';

/** @returns what the sender is told, in the language of who got messages there; `null` if nothing */
export async function answerInbound(
  deps: Deps,
  context: Context,
  provider: string,
  text: InboundText,
): Promise<Result<string | null, Contended>> {
  const { notifications, scheduling } = deps.loads;
  return execute(deps, context, {
    loads: [
      notifications.receiversAt(text.from),
      notifications.suppressionsOf('sms', text.from),
      notifications.handled(provider, [text.eventId]),
      scheduling.clinic(),
    ],
    async decide(receivers, suppressions, handled, clinic) {
      const known = { receivers, suppressions, isHandled: handled.length > 0 };
      const decision = answerText(provider, text, known, () => newId(deps, context.now), context.now);
      const value = await wordsOf(deps, decision.value, clinic, receivers[0]?.language ?? 'en');
      return ok({ ...decision, value });
    },
    decisions: 10,
  });
}

async function wordsOf(deps: Deps, answer: TextAnswer, clinic: Clinic, language: string): Promise<string | null> {
  if (answer === null) return null;
  const { publicUrl } = deps.settings;
  const variables = { answer, phone: clinic.phone };
  const reader = { language, firstName: null, publicUrl, sender: senderOf(clinic) };
  return render('text-answer', variables, reader, await textsIn(language))?.sms ?? null;
}
