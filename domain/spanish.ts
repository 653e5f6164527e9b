/** Every message in Spanish. */
import { AUDIT } from './audit/texts/es.ts';
import { FILES } from './files/texts/es.ts';
import { IDENTITY } from './identity/texts/es.ts';
import type { LanguageTexts } from './messages.ts';
import { MFA } from './mfa/texts/es.ts';
import { NOTIFICATIONS } from './notifications/texts/es.ts';
import { PRIVACY } from './privacy/texts/es.ts';
import { PROTECTION } from './protection/texts/es.ts';
import { SCHEDULING } from './scheduling/texts/es.ts';
import { ES } from './shared/wording/es.ts';
import { WEBHOOKS } from './webhooks/texts/es.ts';

export const SPANISH: LanguageTexts = {
  words: ES,
  texts: {
    ...IDENTITY,
    ...MFA,
    ...SCHEDULING,
    ...NOTIFICATIONS,
    ...AUDIT,
    ...PRIVACY,
    ...PROTECTION,
    ...WEBHOOKS,
    ...FILES,
  },
};
