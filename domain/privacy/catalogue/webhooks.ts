/** Webhooks: they hold no personal data but ids. */
import type { TableFate } from './fates.ts';

export const WEBHOOK_TABLES = {
  webhook_endpoints: {
    rows: 'impersonal',
    why: 'Addresses of the clinic’s other systems, with the secrets that sign what is sent to them',
    columns: [
      'id',
      'url',
      'description',
      'event_types',
      'disabled_because',
      'secrets',
      'former_secret_until',
      'failing_since',
      'failures_in_row',
      'rests_until',
      'created_at',
      'updated_at',
      'version',
    ],
  },
  webhook_events: {
    rows: 'passing',
    why: 'What was announced to other systems: ids and versions only; it ends with its retention (`webhook_events`), after 30 days by default',
    columns: ['id', 'type', 'data', 'occurred_at'],
  },
  webhook_deliveries: {
    rows: 'passing',
    why: 'Which event is sent to which system; it ends with its event',
    columns: [
      'id',
      'endpoint_id',
      'event_id',
      'status',
      'attempts',
      'attempts_of_round',
      'next_attempt_at',
      'given_up_because',
      'created_at',
    ],
  },
  webhook_attempts: {
    rows: 'passing',
    why: 'What came of each attempt to send an event; it ends with its event',
    columns: ['delivery_id', 'number', 'at', 'status_code', 'duration_ms', 'reason'],
  },
} satisfies Readonly<Record<string, TableFate>>;
