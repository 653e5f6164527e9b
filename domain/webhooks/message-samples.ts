/** Examples of each message, for previews and tests. */
import type { Samples } from '../shared/messages.ts';
import type { WebhookVariables } from './messages.ts';

export const WEBHOOK_SAMPLES: Samples<WebhookVariables> = {
  'webhook-disabled': [
    { host: 'practice.example.org', because: 'failing' },
    { host: 'practice.example.org', because: 'gone' },
  ],
};
