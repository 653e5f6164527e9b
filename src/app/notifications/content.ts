/** What a message says, and to which address of its receiver, by one channel. */

import type { Logo } from '../../../domain/mail-logo.ts';
import { type LanguageTexts, render, type TemplateName } from '../../../domain/messages.ts';
import type { Rendered } from '../../../domain/notifications/layout.ts';
import type {
  Attachment,
  OutgoingMessage,
  StoredDelivery,
  StoredNotification,
} from '../../../domain/notifications/ports.ts';
import { envelopeOf } from '../../../domain/notifications/push-message.ts';
import { uselessFrom } from '../../../domain/notifications/routing.ts';
import { canUnsubscribe } from '../../../domain/notifications/unsubscribing.ts';
import type { PersonName } from '../../../domain/privacy/ports.ts';
import { type Clinic, senderOf } from '../../../domain/scheduling/clinic-settings.ts';
import { asItIsNow, isForCalendars } from '../../../domain/scheduling/messages.ts';
import { seriesAsItIsNow } from '../../../domain/scheduling/series-message.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { appointmentLink, linkTo, unsubscribeLink } from '../../../domain/shared/link-targets.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Deps } from '../context.ts';
import { mailedCalendarFile } from '../scheduling/calendar-file.ts';
import { textsIn } from './languages.ts';
import { mailLogo } from './logo.ts';
import { unsubscribeToken } from './unsubscribe.ts';

/** What messages need besides their deliveries. */
export interface Surroundings {
  readonly clinic: Clinic;
  readonly names: Names;
  /** `null`: mails go without. */
  readonly logo: Logo | null;
}

/** Loads it once for all these deliveries. */
export async function surroundingsOf(
  deps: Deps,
  clinic: Clinic,
  deliveries: readonly StoredDelivery[],
): Promise<Surroundings> {
  const hasMail = deliveries.some(({ channel }) => channel === 'email');
  const [names, logo] = await Promise.all([namesFor(deps, deliveries), hasMail ? mailLogo(deps, clinic) : null]);
  return { clinic, names, logo };
}

/**
 * @param surroundings of {@link surroundingsOf} the delivery
 * @throws Error for a template of another version of the portal
 */
export async function outgoing(
  deps: Deps,
  delivery: StoredDelivery,
  { clinic, names, logo }: Surroundings,
  now: Instant,
): Promise<OutgoingMessage> {
  const { channel, notification } = delivery;
  const { receiver, receiverKey } = notification;
  const message = asToldNow(delivery, now);
  const { publicUrl } = deps.settings;
  const texts = await textsIn(receiver.language);
  const unsubscribing =
    channel === 'email' && canUnsubscribe(message)
      ? { unsubscribeUrl: unsubscribeLink(publicUrl, unsubscribeToken(deps, delivery.id)) }
      : {};
  const rendered = render(
    message.template,
    withNames(message.variables, names),
    {
      language: receiver.language,
      // The requester typed the new address, which may belong to a stranger.
      firstName: message.template === ('confirm-email-change' satisfies TemplateName) ? null : receiver.firstName,
      publicUrl,
      sender: senderOf(clinic, logo && { src: `cid:${logo.picture.contentId}`, size: logo.size }),
      ...unsubscribing,
    },
    texts,
  );
  if (rendered === undefined) throw new Error(`the message has an unknown template: ${message.template}`);
  const common = { id: delivery.id, template: message.template, receiverKey };
  if (channel === 'push') return { ...common, ...pushed(delivery, rendered, publicUrl, now) };
  return {
    ...common,
    channel,
    to: addressee(notification, channel),
    ...unsubscribing,
    attachments: channel === 'email' ? attachedTo(message, clinic, publicUrl, texts) : [],
    ...(channel === 'email' && logo !== null ? { picture: logo.picture } : {}),
    ...contentFor(channel, rendered),
  };
}

/** The message as its appointments stand. */
function asToldNow({ state, notification }: StoredDelivery, now: Instant): StoredNotification['message'] {
  const { message, appointment } = notification;
  const series = appointment?.series ?? null;
  const told = seriesAsItIsNow(message, series, state === 'scheduled', now);
  const variables = asItIsNow(told.message.variables, told.single ?? appointment, now);
  return { ...message, template: told.message.template, variables } as StoredNotification['message'];
}

/** What a locked screen may show, and a page of the portal where the rest is read after signing in: no link of the mail, which may have a token. */
function pushed({ device, notification }: StoredDelivery, { push }: Rendered, publicUrl: string, now: Instant) {
  const { id, message, appointment } = notification;
  if (push === null || device === null) throw new Error(`${message.template} is not for push`);
  const { category } = message;
  const pushedMessage = {
    id,
    category,
    appointmentId: appointment?.id ?? null,
    uselessFrom: uselessFrom(notification),
  };
  const envelope = envelopeOf(pushedMessage, device.id, now);
  // A series is told with its first appointment.
  const isOfOne = (message.announces !== null && message.announces !== 'series') || category === 'reminder';
  return {
    channel: 'push' as const,
    to: device.target,
    envelope,
    subject: push.title,
    text: push.body,
    html: '',
    links: [isOfOne ? appointmentLink(publicUrl, appointment?.id) : linkTo(publicUrl, envelope.path)],
    codes: [],
    attachments: [],
  };
}

/** What a channel shows of a message. */
function contentFor(
  channel: 'email' | 'sms',
  { sms, push: _, body: __, ...mail }: Rendered,
): Pick<OutgoingMessage, 'subject' | 'text' | 'html' | 'links' | 'codes'> {
  if (channel === 'sms' && sms !== null) return { ...mail, text: sms };
  return mail;
}

function attachedTo(
  { variables }: StoredNotification['message'],
  clinic: Clinic,
  publicUrl: string,
  { words }: LanguageTexts,
): readonly Attachment[] {
  if (!isForCalendars(variables)) return [];
  return [mailedCalendarFile(variables.calendar, variables.doctorName, clinic, publicUrl, words)];
}

/** Variables that name a person, with the variable for the name. */
const NAMED = [
  ['proxyId', 'proxyName'],
  ['patientId', 'patientName'],
] as const;

/** Names of persons by their ids. */
type Names = ReadonlyMap<string, Pick<PersonName, 'name'>>;

/** Loads the names of those whom messages are about, for all of them at once: they are not stored with the messages. */
async function namesFor(deps: Deps, deliveries: readonly StoredDelivery[]): Promise<Names> {
  const ids = new Set(
    deliveries.flatMap(({ notification }) => named(notification.message.variables).map(([, id]) => id)),
  );
  if (ids.size === 0) return new Map();
  const [names] = await deps.database.load(deps.loads.privacy.names([...ids]));
  return names;
}

/** @returns each variable for a name, with the person that it names */
function named(variables: object): readonly (readonly [string, UserId])[] {
  const values = new Map<string, unknown>(Object.entries(variables));
  return NAMED.flatMap(([id, name]) => {
    const person = values.get(id);
    return typeof person === 'string' ? [[name, person as UserId] as const] : [];
  });
}

function withNames(variables: object, names: Names): object {
  const found = named(variables).map(([name, person]) => [name, names.get(person)?.name ?? null]);
  return { ...variables, ...Object.fromEntries(found) };
}

/** The account's proven phone or its address. Messages that verify a number or an address, or that are about a former address, name their receiver; others go to the account's own. */
function addressee({ message: { variables }, receiver }: StoredNotification, channel: 'email' | 'sms'): string {
  if ('phoneNumber' in variables && typeof variables.phoneNumber === 'string') return variables.phoneNumber;
  if ('to' in variables && typeof variables.to === 'string') return variables.to;
  if (channel === 'email') return receiver.email;
  if (receiver.phone === null) throw new Error('the receiver has no phone');
  return receiver.phone.number;
}
