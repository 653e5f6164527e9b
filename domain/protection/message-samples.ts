/** Examples of each message, for previews and tests. */
import type { Samples } from '../shared/messages.ts';
import type { ProtectionVariables } from './messages.ts';

export const PROTECTION_SAMPLES: Samples<ProtectionVariables> = {
  'security-findings': [
    { findings: 1, rule: 'many_accounts_from_address', severity: 'high' },
    { findings: 3, rule: 'records_without_appointment', severity: 'medium' },
    { findings: 2, rule: 'impossible_travel', severity: 'low' },
  ],
};
