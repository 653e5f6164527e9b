/** Examples of each message, for previews and tests. */
import type { Samples } from '../shared/messages.ts';
import type { PrivacyVariables } from './messages.ts';

const UNTIL = Date.UTC(2026, 2, 3, 14);

export const PRIVACY_SAMPLES: Samples<PrivacyVariables> = {
  'emergency-access': [
    { doctorName: 'Dora Okafor', until: UNTIL, isPatient: true },
    { doctorName: 'Dora Okafor', until: UNTIL, isPatient: false },
  ],
  'acted-on-behalf': [{ what: 'export_requested' }, { what: 'export_downloaded' }, { what: 'rectified' }],
  'processing-limit': [
    { kind: 'restriction', isSet: true },
    { kind: 'restriction', isSet: false },
    { kind: 'objection', isSet: true },
    { kind: 'objection', isSet: false },
  ],
  'records-merged': [{ undoUntil: UNTIL }],
  'account-merged': [{ email: 'ada@example.net', firstName: 'Ada' }],
  'records-parted': [{ isAlias: true }, { isAlias: false }],
};
