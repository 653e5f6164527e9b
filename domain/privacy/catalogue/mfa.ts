/** Second factors and trusted devices. */
import { exported, FORMER, SECRET, sealed, type TableFate, TECHNICAL, WHOSE, withheld } from './fates.ts';

const PENDING = withheld('a number that is being proven, for minutes');

export const MFA_TABLES = {
  mfa_enrolments: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      {
        name: 'secondFactor',
        title: 'Two-step sign-in',
        about: 'Whether it is switched on, and the phone that can receive codes.',
        key: 'user_id',
        keyType: 'uuid',
      },
    ],
    columns: {
      user_id: WHOSE,
      secret: SECRET,
      enabled_at: exported('instant'),
      last_used_step: SECRET,
      pending_secret: SECRET,
      pending_expires_at: TECHNICAL,
      phone: sealed('text'),
      phone_verified_at: exported('instant'),
      pending_phone: PENDING,
      phone_code_hash: SECRET,
      phone_code_salt: SECRET,
      phone_code_sent_at: PENDING,
      phone_code_expires_at: PENDING,
      phone_code_sends: PENDING,
    },
  },
  mfa_backup_codes: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      {
        name: 'backupCodes',
        title: 'Backup codes',
        about: 'When each was made and used. The codes themselves are stored nowhere.',
        key: 'code_hash',
        keyType: 'bytea',
      },
    ],
    columns: { user_id: WHOSE, code_hash: SECRET, created_at: exported('instant'), used_at: exported('instant') },
  },
  mfa_challenges: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      {
        name: 'signInChallenges',
        title: 'Second steps at sign-in',
        about: 'Each time a second step was asked for.',
        key: 'token_hash',
        keyType: 'bytea',
      },
    ],
    columns: {
      token_hash: SECRET,
      user_id: WHOSE,
      methods: exported('texts'),
      amr: exported('texts', { as: 'passedBefore' }),
      transport: exported('text'),
      created_at: exported('instant'),
      expires_at: exported('instant'),
      attempts: exported('integer'),
      remembered: exported('flag'),
      passed_at: exported('instant'),
      sms_hash: SECRET,
      sms_salt: SECRET,
      sms_sent_at: exported('instant'),
      sms_expires_at: exported('instant'),
      sms_sends: exported('integer'),
    },
  },
  mfa_attempts: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    columns: {
      user_id: WHOSE,
      failures: withheld('times of wrong codes within 15 minutes; each is in the chapter history'),
      paused_until: withheld('how long wrong codes are refused: telling it would help whoever guesses'),
      version: TECHNICAL,
    },
  },
  trusted_devices: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      {
        name: 'trustedDevices',
        title: 'Trusted devices',
        about: 'Devices that need no second step to sign in.',
        key: 'id',
        keyType: 'uuid',
      },
    ],
    columns: {
      id: exported('id'),
      user_id: WHOSE,
      token_hash: SECRET,
      name: sealed('text'),
      created_at: exported('instant'),
      last_used_at: exported('instant'),
      expires_at: exported('instant'),
      revoked_at: exported('instant'),
      unsealed_name: FORMER,
    },
  },
} as const satisfies Readonly<Record<string, TableFate>>;
