/** Messages about webhooks, to administrators. */
import type { Categories, Links, MessageDraftOf, Texts } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. */
export interface WebhookVariables {
  /** `host`: of the endpoint's address, without its path, which may hold a secret. */
  'webhook-disabled': { readonly host: string; readonly because: 'gone' | 'failing' };
}

export type MessageDraft = MessageDraftOf<WebhookVariables>;

export const WEBHOOK_CATEGORIES = { 'webhook-disabled': 'account' } as const satisfies Categories<WebhookVariables>;

export type WebhookTexts = Texts<WebhookVariables, typeof WEBHOOK_CATEGORIES, Links<Record<never, never>>>;
