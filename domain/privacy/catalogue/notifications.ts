/** Messages, and how they reached their receivers. */
import { byId, exported, HISTORY_TELLS, SECRET, sealed, type TableFate, TECHNICAL, WHOSE, withheld } from './fates.ts';

const IN_MESSAGES = withheld('the message is in the chapter messages');
const AT_PROVIDER = withheld('the number of the message with the provider');

export const NOTIFICATION_TABLES = {
  alerts: {
    rows: 'passing',
    why: 'What was told many people at once: who sent it and when; what it says is encrypted, and its key is destroyed once everybody is told. It ends with its retention (`alerts`), after 365 days by default',
    columns: ['id', 'kind', 'words', 'created_by', 'created_at', 'finished_at', 'version'],
  },
  alert_receivers: {
    rows: 'deleted',
    owners: [{ column: 'person_id' }],
    columns: {
      alert_id: TECHNICAL,
      person_id: WHOSE,
      about_id: IN_MESSAGES,
      state: IN_MESSAGES,
      notification_id: IN_MESSAGES,
    },
  },
  dev_mailbox: {
    rows: 'deleted',
    owners: [{ column: 'owner_id' }],
    columns: {
      id: TECHNICAL,
      at: TECHNICAL,
      owner_id: WHOSE,
      message: withheld('in development only: the message is in the chapter messages'),
    },
  },
  confirmation_links: {
    rows: 'deleted',
    owners: [{ column: 'notification_id', in: { table: 'notifications', column: 'id' } }],
    chapters: [
      {
        name: 'confirmationLinks',
        title: 'Links by which you could confirm an appointment',
        about: 'For each message that asked you to confirm an appointment, whether its link was used.',
        key: 'token_hash',
        keyType: 'bytea',
      },
    ],
    columns: {
      token_hash: SECRET,
      notification_id: exported('id', { as: 'messageId' }),
      starts_at: exported('instant'),
      reschedule_count: TECHNICAL,
      used_at: exported('instant'),
    },
  },
  deliveries: {
    rows: 'deleted',
    owners: [{ column: 'notification_id', in: { table: 'notifications', column: 'id' } }],
    chapters: [
      byId({
        name: 'deliveries',
        title: 'How messages reached you',
        about: 'For each message, the channels it took, when, and why it did not take the others.',
      }),
    ],
    columns: {
      id: exported('id'),
      notification_id: exported('id', { as: 'messageId' }),
      channel: exported('text'),
      subscription_id: exported('id', { as: 'deviceId' }),
      state: exported('text'),
      reason: exported('text'),
      provider: exported('text'),
      outcome_unknown: TECHNICAL,
      provider_id: AT_PROVIDER,
      attempts: exported('integer'),
      send_at: exported('instant'),
      next_attempt_at: TECHNICAL,
      sent_at: exported('instant'),
      delivered_at: exported('instant'),
      read_at: exported('instant'),
      reported_at: TECHNICAL,
      address_index: withheld('a keyed hash of the number, by which an answer is recognised'),
      created_at: exported('instant'),
    },
  },
  suppressions: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      byId({
        name: 'suppressions',
        title: 'Addresses that get nothing more',
        about:
          'Addresses and numbers that nothing is sent to, because they do not exist or their reader wants nothing more.',
      }),
    ],
    columns: {
      id: exported('id'),
      user_id: WHOSE,
      channel: exported('text'),
      address: sealed('text'),
      address_index: withheld('a keyed hash of the address, by which it is found'),
      reason: exported('text'),
      provider: exported('text'),
      since: exported('instant'),
      told_at: TECHNICAL,
    },
  },
  push_subscriptions: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      byId({
        name: 'pushDevices',
        title: 'Devices that get push messages',
        about: 'Browsers and apps that are registered for push messages, and when one last got one.',
      }),
    ],
    columns: {
      id: exported('id'),
      user_id: WHOSE,
      session_id: exported('id'),
      kind: exported('text'),
      target: withheld(
        'the address of the device at its push service, with its keys: whoever has them can write to the device',
      ),
      target_index: withheld('a keyed hash of the address, by which it is found'),
      label: sealed('text'),
      created_at: exported('instant'),
      registered_at: exported('instant'),
      last_used_at: exported('instant'),
      expires_at: exported('instant'),
    },
  },
  provider_notices: {
    rows: 'passing',
    why: 'Hashes of the events that providers have told, each of which is handled once; they end with their retention (`provider_notices`), after 90 days by default',
    columns: ['provider', 'event', 'received_at'],
  },
  notification_preferences: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      {
        name: 'messageChoices',
        title: 'Which messages you want',
        about:
          'What you chose for each kind of message, your quiet hours, and how long before an appointment you are reminded.',
        key: 'user_id',
        keyType: 'uuid',
      },
    ],
    columns: {
      user_id: WHOSE,
      choices: exported('object'),
      quiet_from: exported('text'),
      quiet_to: exported('text'),
      quiet_zone: exported('text'),
      reminder_minutes: exported('integers'),
      sms_consented_at: exported('instant'),
      created_at: exported('instant'),
      updated_at: exported('instant'),
      version: TECHNICAL,
    },
  },
  notifications: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapters: [
      byId({
        name: 'messages',
        title: 'Messages to you',
        about: 'Each message as it was sent. Codes and secret links are left out.',
      }),
    ],
    columns: {
      id: exported('id'),
      user_id: WHOSE,
      key_owner: TECHNICAL,
      channel: exported('text'),
      category: exported('text'),
      template: exported('text'),
      variables: sealed('message'),
      status: exported('text'),
      send_at: exported('instant'),
      reminds_of: exported('instant'),
      lead_minutes: exported('integer'),
      routed_at: TECHNICAL,
      is_listed: exported('flag'),
      sent_at: exported('instant'),
      delivered_at: exported('instant'),
      read_at: exported('instant'),
      attempts: exported('integer'),
      next_attempt_at: TECHNICAL,
      last_error: TECHNICAL,
      provider_id: AT_PROVIDER,
      appointment_id: exported('id'),
      appointment_version: TECHNICAL,
      useful_until: TECHNICAL,
      created_at: exported('instant'),
      channels: exported('texts', { as: 'askedChannels' }),
      written_by: HISTORY_TELLS,
    },
  },
} as const satisfies Readonly<Record<string, TableFate>>;
