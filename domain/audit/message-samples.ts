/** Examples of each message, for previews and tests. */
import type { Samples } from '../shared/messages.ts';
import type { AuditVariables } from './messages.ts';

export const AUDIT_SAMPLES: Samples<AuditVariables> = {
  'audit-alert': [
    { problems: 1, first: 'edited' },
    { problems: 3, first: 'edited' },
  ],
};
