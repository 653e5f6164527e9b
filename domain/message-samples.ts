/** Examples of every message, for previews and tests: a template without one does not compile. */
import { AUDIT_SAMPLES } from './audit/message-samples.ts';
import { FILE_SAMPLES } from './files/message-samples.ts';
import { IDENTITY_SAMPLES } from './identity/message-samples.ts';
import type { MessageVariables } from './messages.ts';
import { MFA_SAMPLES } from './mfa/message-samples.ts';
import { NOTIFICATION_SAMPLES } from './notifications/message-samples.ts';
import { PRIVACY_SAMPLES } from './privacy/message-samples.ts';
import { PROTECTION_SAMPLES } from './protection/message-samples.ts';
import { SCHEDULING_SAMPLES } from './scheduling/message-samples.ts';
import type { Samples } from './shared/messages.ts';
import { WEBHOOK_SAMPLES } from './webhooks/message-samples.ts';

export const MESSAGE_SAMPLES: Samples<MessageVariables> = {
  ...IDENTITY_SAMPLES,
  ...MFA_SAMPLES,
  ...SCHEDULING_SAMPLES,
  ...NOTIFICATION_SAMPLES,
  ...AUDIT_SAMPLES,
  ...PRIVACY_SAMPLES,
  ...PROTECTION_SAMPLES,
  ...WEBHOOK_SAMPLES,
  ...FILE_SAMPLES,
};
