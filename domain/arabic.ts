/** Every message in Arabic. */
import { AUDIT } from './audit/texts/ar.ts';
import { FILES } from './files/texts/ar.ts';
import { IDENTITY } from './identity/texts/ar.ts';
import type { LanguageTexts } from './messages.ts';
import { MFA } from './mfa/texts/ar.ts';
import { NOTIFICATIONS } from './notifications/texts/ar.ts';
import { PRIVACY } from './privacy/texts/ar.ts';
import { PROTECTION } from './protection/texts/ar.ts';
import { SCHEDULING } from './scheduling/texts/ar.ts';
import { AR } from './shared/wording/ar.ts';
import { WEBHOOKS } from './webhooks/texts/ar.ts';

export const ARABIC: LanguageTexts = {
  words: AR,
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
