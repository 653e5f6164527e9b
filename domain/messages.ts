/** Every message that the portal sends: the variables and texts of all contexts, united. */
import { AUDIT_CATEGORIES, AUDIT_TEXTS, type AuditVariables } from './audit/messages.ts';
import { IDENTITY_CATEGORIES, IDENTITY_TEXTS, type IdentityVariables } from './identity/messages.ts';
import { MFA_CATEGORIES, MFA_TEXTS, type MfaVariables } from './mfa/messages.ts';
import { layOut, type Rendered } from './notifications/layout.ts';
import { PRIVACY_CATEGORIES, PRIVACY_TEXTS, type PrivacyVariables } from './privacy/messages.ts';
import { SCHEDULING_TEXTS } from './scheduling/message-texts.ts';
import { SCHEDULING_CATEGORIES, type SchedulingVariables } from './scheduling/messages.ts';
import type { Categories, MessageCategory, MessageDraftOf, RenderContext, Texts } from './shared/messages.ts';

export interface MessageVariables
  extends IdentityVariables,
    MfaVariables,
    SchedulingVariables,
    AuditVariables,
    PrivacyVariables {}

export type TemplateName = keyof MessageVariables;
export type MessageDraft = MessageDraftOf<MessageVariables>;

const TEXTS = {
  ...IDENTITY_TEXTS,
  ...MFA_TEXTS,
  ...SCHEDULING_TEXTS,
  ...AUDIT_TEXTS,
  ...PRIVACY_TEXTS,
} satisfies Texts<MessageVariables>;

const CATEGORIES: Categories<MessageVariables> = {
  ...IDENTITY_CATEGORIES,
  ...MFA_CATEGORIES,
  ...SCHEDULING_CATEGORIES,
  ...AUDIT_CATEGORIES,
  ...PRIVACY_CATEGORIES,
};

export function categoryOf(template: TemplateName): MessageCategory {
  return CATEGORIES[template];
}

/**
 * Renders a message as it was stored.
 * @returns `undefined` for a template of another version of the portal, whose text is not known here
 */
export function render(template: string, variables: object, context: RenderContext): Rendered | undefined {
  if (!isTemplateName(template)) return undefined;
  return layOut(TEXTS[template](variables as never, context), context);
}

function isTemplateName(text: string): text is TemplateName {
  return Object.hasOwn(TEXTS, text);
}
