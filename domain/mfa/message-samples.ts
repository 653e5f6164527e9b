/** Examples of each message, for previews and tests. */
import type { Samples } from '../shared/messages.ts';
import type { MfaVariables } from './messages.ts';

export const MFA_SAMPLES: Samples<MfaVariables> = {
  'mfa-changed': [
    { what: 'enabled' },
    { what: 'replaced' },
    { what: 'disabled' },
    { what: 'backup_codes' },
    { what: 'phone_added' },
    { what: 'phone_removed' },
    { what: 'reset' },
  ],
  'backup-code-used': [{ left: 7 }, { left: 2 }, { left: 1 }, { left: 0 }],
  'sign-in-code': [{ code: '123456', phoneNumber: '+14155550123' }],
};
