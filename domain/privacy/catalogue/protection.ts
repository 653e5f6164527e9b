/** Protection against abuse: addresses of clients, and of the clinic's networks. */
import { type TableFate, TECHNICAL, WHOSE, withheld } from './fates.ts';

const NOTICED = withheld('how the portal notices misuse: who knows it can avoid to be noticed (GDPR Art. 15(4))');

export const PROTECTION_TABLES = {
  ip_blocks: {
    rows: 'passing',
    why: 'Which client addresses are blocked, encrypted under a key of their own; no person is named. It ends with its retention (`ip_blocks`), 30 days after the block by default',
    columns: [
      'id',
      'range_index',
      'range',
      'prefix',
      'site_index',
      'reason',
      'note',
      'level',
      'created_at',
      'ends_at',
      'lifted_at',
    ],
  },
  security_findings: {
    rows: 'deleted',
    owners: [{ column: 'person_id' }],
    columns: {
      id: TECHNICAL,
      rule: NOTICED,
      severity: NOTICED,
      subject_kind: NOTICED,
      person_id: WHOSE,
      address_index: TECHNICAL,
      address: withheld('of a finding about an address, which names no person'),
      count: NOTICED,
      first_seen_at: NOTICED,
      last_seen_at: NOTICED,
      raised_at: NOTICED,
      reaction: NOTICED,
      told_at: TECHNICAL,
      closed_at: NOTICED,
      closed_by: withheld('who of the clinic settled it'),
      note: NOTICED,
      version: TECHNICAL,
    },
  },
  address_rules: {
    rows: 'impersonal',
    why: 'The networks that the clinic trusts, which are its own',
    columns: ['singleton', 'trusted', 'trusted_version', 'trusted_at', 'blocks_version'],
  },
  limit_uses: {
    rows: 'impersonal',
    why: 'How often each rate limit counted and refused, as sums',
    columns: ['limit_name', 'slot', 'counted', 'refused'],
  },
  limit_refusals: {
    rows: 'passing',
    why: 'Keyed hashes of whom a rate limit refused; they end after a day',
    columns: ['limit_name', 'subject', 'last_at'],
  },
} as const satisfies Readonly<Record<string, TableFate>>;
