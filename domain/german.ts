/** Every message in German. */
import { AUDIT } from './audit/texts/de.ts';
import { FILES } from './files/texts/de.ts';
import { IDENTITY } from './identity/texts/de.ts';
import type { LanguageTexts } from './messages.ts';
import { MFA } from './mfa/texts/de.ts';
import { NOTIFICATIONS } from './notifications/texts/de.ts';
import { PRIVACY } from './privacy/texts/de.ts';
import { PROTECTION } from './protection/texts/de.ts';
import { SCHEDULING } from './scheduling/texts/de.ts';
import { DE } from './shared/wording/de.ts';
import { WEBHOOKS } from './webhooks/texts/de.ts';

export const GERMAN: LanguageTexts = {
  words: DE,
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
