/** Answers text messages to the clinic's number. */
import { type MessageVariables, render } from '../../../domain/messages.ts';
import { answerText, type TextAboutMessages } from '../../../domain/notifications/inbound.ts';
import type { InboundText } from '../../../domain/notifications/provider-notices.ts';
import { type Clinic, senderOf } from '../../../domain/scheduling/clinic-settings.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { type Contended, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { confirmByText } from '../scheduling/confirmation.ts';
import { textsIn } from './languages.ts';

/** @returns what the sender is told, in the language of who got messages there; `null` if nothing */
export async function answerInbound(
  deps: Deps,
  context: Context,
  provider: string,
  text: InboundText,
): Promise<Result<string | null, Contended>> {
  return isAboutMessages(text)
    ? answerAboutMessages(deps, context, provider, text)
    : ok(await answerConfirmation(deps, context, text));
}

function isAboutMessages(text: InboundText): text is TextAboutMessages {
  return text.keyword !== 'confirm';
}

/** Comes again, as it may, it finds the appointment confirmed and is answered alike. */
async function answerConfirmation(deps: Deps, context: Context, { from }: InboundText): Promise<string | null> {
  const { state, time, clinic, language } = await confirmByText(deps, context, from);
  const words = state === 'confirmed' && time !== null ? ({ answer: 'confirmed', time } as const) : NOTHING;
  return wordsOf(deps, words, clinic, language ?? (await languageAt(deps, from)));
}

const NOTHING = { answer: 'nothing_to_confirm' } as const;

async function languageAt(deps: Deps, number: string): Promise<string> {
  const [receivers] = await deps.database.load(deps.loads.notifications.receiversAt(number));
  return receivers[0]?.language ?? 'en';
}

function answerAboutMessages(
  deps: Deps,
  context: Context,
  provider: string,
  text: TextAboutMessages,
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
      const { value: answer } = decision;
      const language = receivers[0]?.language ?? 'en';
      const value = answer === null ? null : await wordsOf(deps, { answer }, clinic, language);
      return ok({ ...decision, value });
    },
    decisions: 10,
  });
}

type Words = WithoutPhone<MessageVariables['text-answer']>;
type WithoutPhone<V> = V extends unknown ? Omit<V, 'phone'> : never;

async function wordsOf(deps: Deps, words: Words, clinic: Clinic, language: string): Promise<string | null> {
  const { publicUrl } = deps.settings;
  const variables = { ...words, phone: clinic.phone };
  const reader = { language, firstName: null, publicUrl, sender: senderOf(clinic) };
  return render('text-answer', variables, reader, await textsIn(language))?.sms ?? null;
}
