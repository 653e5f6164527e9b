/** Every message that the portal sends: the variables, categories and links of all contexts, united. */
import { AUDIT_CATEGORIES, type AuditTexts, type AuditVariables } from './audit/messages.ts';
import { FILE_CATEGORIES, FILE_LINKS, type FileTexts, type FileVariables } from './files/messages.ts';
import {
  IDENTITY_CATEGORIES,
  IDENTITY_LINKS,
  type IdentityTexts,
  type IdentityVariables,
} from './identity/messages.ts';
import { MFA_CATEGORIES, MFA_LINKS, type MfaTexts, type MfaVariables } from './mfa/messages.ts';
import { layOut, type Rendered } from './notifications/layout.ts';
import {
  NOTIFICATION_CATEGORIES,
  type NotificationTexts,
  type NotificationVariables,
} from './notifications/messages.ts';
import { PRIVACY_CATEGORIES, type PrivacyTexts, type PrivacyVariables } from './privacy/messages.ts';
import { PROTECTION_CATEGORIES, type ProtectionTexts, type ProtectionVariables } from './protection/messages.ts';
import {
  SCHEDULING_ANNOUNCEMENTS,
  SCHEDULING_CATEGORIES,
  SCHEDULING_LINKS,
  type SchedulingTexts,
  type SchedulingVariables,
} from './scheduling/messages.ts';
import type {
  Announcement,
  Categories,
  Copy,
  Links,
  MessageCategory,
  MessageDraftOf,
  Reader,
  RenderContext,
} from './shared/messages.ts';
import { cleaned } from './shared/wording/foreign-text.ts';
import type { Phrases } from './shared/wording/wording.ts';
import { WEBHOOK_CATEGORIES, type WebhookTexts, type WebhookVariables } from './webhooks/messages.ts';

export interface MessageVariables
  extends IdentityVariables,
    MfaVariables,
    SchedulingVariables,
    NotificationVariables,
    AuditVariables,
    PrivacyVariables,
    ProtectionVariables,
    WebhookVariables,
    FileVariables {}

export type TemplateName = keyof MessageVariables;
export type MessageDraft = MessageDraftOf<MessageVariables>;

/**
 * One language, complete: a text that is missing does not compile. `src/` loads a language when it renders the first message
 * in it.
 */
export interface LanguageTexts {
  readonly words: Phrases;
  readonly texts: IdentityTexts &
    MfaTexts &
    SchedulingTexts &
    NotificationTexts &
    AuditTexts &
    PrivacyTexts &
    ProtectionTexts &
    WebhookTexts &
    FileTexts;
}

const CATEGORIES: Categories<MessageVariables> = {
  ...IDENTITY_CATEGORIES,
  ...MFA_CATEGORIES,
  ...SCHEDULING_CATEGORIES,
  ...NOTIFICATION_CATEGORIES,
  ...AUDIT_CATEGORIES,
  ...PRIVACY_CATEGORIES,
  ...PROTECTION_CATEGORIES,
  ...WEBHOOK_CATEGORIES,
  ...FILE_CATEGORIES,
};

const LINKS: Links<MessageVariables> = {
  ...IDENTITY_LINKS,
  ...MFA_LINKS,
  ...SCHEDULING_LINKS,
  ...FILE_LINKS,
};

export const TEMPLATE_NAMES = Object.keys(CATEGORIES) as readonly TemplateName[];

/** Variables whose line breaks are kept: what the clinic writes. */
const PARAGRAPHS: ReadonlySet<string> = new Set([
  'message',
  'body',
  'whatHappened',
  'consequences',
  'measures',
  'contact',
]);

const ANNOUNCED: ReadonlyMap<string, Announcement | null> = new Map(Object.entries(SCHEDULING_ANNOUNCEMENTS));

/** @returns `null` for a template that announces nothing, and for one of another version of the portal */
export function announcementOf(template: string): Announcement | null {
  return ANNOUNCED.get(template) ?? null;
}

/** Templates of which the later one replaces the earlier: how an appointment stands, and how late it is. */
export const REPLACING: readonly (readonly string[])[] = [
  TEMPLATE_NAMES.filter((name) => ['stands', 'requested', 'off'].includes(announcementOf(name) ?? '')),
  TEMPLATE_NAMES.filter((name) => announcementOf(name) === 'late'),
];

/** Templates that tell of the appointments of a series. */
export const OF_SERIES: readonly string[] = TEMPLATE_NAMES.filter((name) => announcementOf(name) === 'series');

export function categoryOf(template: TemplateName): MessageCategory {
  return CATEGORIES[template];
}

/**
 * Renders a message as it was stored.
 * @returns `undefined` for a template of another version of the portal, whose text is not known here
 */
export function render(
  template: string,
  variables: object,
  context: RenderContext,
  { words, texts }: LanguageTexts,
): Rendered | undefined {
  if (!isTemplateName(template)) return undefined;
  const clean = cleaned(variables, PARAGRAPHS);
  const reader = readerOf(context);
  const say = texts[template] as (of: object, reader: Reader) => Copy;
  const linkOf = LINKS[template] as ((of: object, publicUrl: string) => string) | undefined;
  return layOut(say(clean, reader), {
    category: CATEGORIES[template],
    link: linkOf?.(clean, context.publicUrl),
    code: codeIn(clean),
    reader,
    words,
  });
}

/** What others wrote is cleaned; the address of the logo is the portal's own, and longer than any text if the picture is in it. */
function readerOf({ sender: { logo = null, ...sender }, ...context }: RenderContext): RenderContext {
  const reader = cleaned({ ...context, sender }, PARAGRAPHS);
  return { ...reader, sender: { ...reader.sender, logo } };
}

export function isTemplateName(text: string): text is TemplateName {
  return Object.hasOwn(CATEGORIES, text);
}

/** A secret to type in by hand, or the one of a link. A copy of one's data leaves it out. */
function codeIn(variables: object): string | undefined {
  if ('code' in variables && typeof variables.code === 'string') return variables.code;
  if ('confirmToken' in variables && typeof variables.confirmToken === 'string') return variables.confirmToken;
  return 'token' in variables && typeof variables.token === 'string' ? variables.token : undefined;
}
