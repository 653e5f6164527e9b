/** Every message in French. */
import { AUDIT } from './audit/texts/fr.ts';
import { FILES } from './files/texts/fr.ts';
import { IDENTITY } from './identity/texts/fr.ts';
import type { LanguageTexts } from './messages.ts';
import { MFA } from './mfa/texts/fr.ts';
import { NOTIFICATIONS } from './notifications/texts/fr.ts';
import { PRIVACY } from './privacy/texts/fr.ts';
import { PROTECTION } from './protection/texts/fr.ts';
import { SCHEDULING } from './scheduling/texts/fr.ts';
import { FR } from './shared/wording/fr.ts';
import { WEBHOOKS } from './webhooks/texts/fr.ts';

export const FRENCH: LanguageTexts = {
  words: FR,
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
