/** Every message in English. */
import { AUDIT } from './audit/texts/en.ts';
import { FILES } from './files/texts/en.ts';
import { IDENTITY } from './identity/texts/en.ts';
import type { LanguageTexts } from './messages.ts';
import { MFA } from './mfa/texts/en.ts';
import { NOTIFICATIONS } from './notifications/texts/en.ts';
import { PRIVACY } from './privacy/texts/en.ts';
import { PROTECTION } from './protection/texts/en.ts';
import { SCHEDULING } from './scheduling/texts/en.ts';
import { EN } from './shared/wording/en.ts';
import { WEBHOOKS } from './webhooks/texts/en.ts';

export const ENGLISH: LanguageTexts = {
  words: EN,
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
