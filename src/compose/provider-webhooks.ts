/** What verifies the calls of providers, with the keys that the settings name. */
import { sendgridWebhook } from '../../adapters/channels/webhooks/sendgrid.ts';
import { twilioWebhook } from '../../adapters/channels/webhooks/twilio.ts';
import type { Clock } from '../../domain/shared/ports.ts';
import type { Config } from '../config.ts';
import type { ProviderWebhooks } from '../http/platform.ts';

export function composeProviderWebhooks(config: Config, clock: Clock): ProviderWebhooks {
  const { TWILIO_ACCOUNT_SID: accountSid } = config;
  const publicKeys = given(config.SENDGRID_WEBHOOK_KEY, config.SENDGRID_NEXT_WEBHOOK_KEY);
  const authTokens = given(config.TWILIO_AUTH_TOKEN, config.TWILIO_NEXT_AUTH_TOKEN);
  return {
    sendgrid: publicKeys.length === 0 ? null : sendgridWebhook({ publicKeys, clock }),
    twilio:
      accountSid === undefined || authTokens.length === 0 ? null : twilioWebhook({ accountSid, authTokens, clock }),
  };
}

/** The current key, then the next one. */
function given(...keys: readonly (string | undefined)[]): readonly string[] {
  return keys.filter((key) => key !== undefined);
}
