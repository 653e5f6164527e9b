/** Examples of each message, for previews and tests. */
import type { Samples } from '../shared/messages.ts';
import type { IdentityVariables } from './messages.ts';

const NEW_ADDRESS = { to: 'ada@example.net', token: 'sample-token' } as const;

export const IDENTITY_SAMPLES: Samples<IdentityVariables> = {
  'verify-email': [{ token: 'sample-token' }],
  welcome: [{}],
  'account-exists': [{}],
  invitation: [
    { token: 'sample-token', role: 'doctor' },
    { token: 'sample-token', role: 'staff' },
  ],
  'password-reset': [{ token: 'sample-token' }],
  'password-changed': [{ how: 'reset' }, { how: 'changed' }],
  'confirm-email-change': [NEW_ADDRESS],
  'email-change-requested': [NEW_ADDRESS],
  'email-changed': [{ to: 'ada@example.net' }],
  'email-restored': [NEW_ADDRESS],
  'signed-out-everywhere': [{}],
  'credential-made': [
    { what: 'api_key' },
    { what: 'calendar_feed' },
    { what: 'export' },
    { what: 'push_subscription' },
    { what: 'file_link' },
  ],
  'new-sign-in': [
    { deviceName: 'Ada’s phone', place: 'Berlin, DE', at: Date.UTC(2026, 2, 3, 8, 30) },
    { deviceName: 'https://evil.example', place: null, at: Date.UTC(2026, 2, 3, 8, 30) },
  ],
  'account-closed': [{ email: 'ada@example.net', firstName: 'Ada' }],
};
