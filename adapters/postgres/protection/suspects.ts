/**
 * What the audit log tells of those who reach the threshold of a rule. Each rule reads the events of its types within its
 * window, the newest {@link EVENTS_AT_MOST} of them: what it reads follows what happened lately, not the size of the clinic.
 */
import {
  CARE_AHEAD_MS,
  CARE_BEFORE_MS,
  type DetectionThresholds,
  NEWLY_REGISTERED_MS,
  type RuleName,
  ruleOf,
  type Sighting,
} from '../../../domain/protection/detection.ts';
import type { FindingLoads } from '../../../domain/protection/ports.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import { openOrigin } from '../../../domain/shared/sealed-origin.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { personOfStream } from '../commit/platform-streams.ts';
import type { Row } from '../driver/driver.ts';
import { at, join, raw, type Sql, type SqlLoad, sql } from '../driver/sql.ts';

const EVENTS_AT_MOST = 20_000;
/** Refusals that tell how somebody has signed in, not what they looked for. */
const OF_SESSIONS = ['step_up_required', 'mfa_enrolment_required', 'second_factor_required', 'scopes_not_allowed'];

/** The newest events of these types since then. */
function events(types: readonly string[], since: Instant): Sql {
  return sql`SELECT e.id, e.event_type, e.stream, e.actor_id, e.actor_kind, e.session_id, e.resource_id, e.error, e.details, e.occurred_at,
      CASE WHEN e.stream NOT LIKE 'system%' THEN e.stream::uuid END AS person
    FROM audit_events e WHERE e.event_type = ANY(${[...types]}::text[]) AND e.occurred_at > ${at(since)}::timestamptz
    ORDER BY e.occurred_at DESC LIMIT ${EVENTS_AT_MOST}::int`;
}

/** Sightings of a rule: one for each subject and target. */
interface Part {
  readonly subject: Sql;
  readonly target: Sql;
  readonly from: Sql;
  readonly weight?: Sql;
  readonly grave?: Sql;
  /** Whose session, and which. */
  readonly session?: readonly [user: Sql, session: Sql];
}

const ADDRESS = { column: sql`s.address_index`, isPerson: false };
const PERSON = { column: sql`s.person`, isPerson: true };
const ACTOR = { column: sql`s.actor_id`, isPerson: true };

function part(
  rule: RuleName,
  thresholds: DetectionThresholds,
  subject: typeof ADDRESS,
  of: Omit<Part, 'subject'>,
): Sql | null {
  const threshold = thresholds[rule];
  if (threshold === 0) return null;
  const [user, session] = of.session ?? [sql`NULL::uuid`, sql`NULL::uuid`];
  const { column, isPerson } = subject;
  // The newest of each target, then all of the subjects that have enough.
  return sql`SELECT * FROM (SELECT t.*, sum(t.weight) OVER (PARTITION BY t.address_index, t.person_id) AS total FROM (
      SELECT DISTINCT ON (${column}, ${of.target}) ${rule}::text AS rule, ${isPerson ? sql`NULL::bytea` : column} AS address_index,
        ${isPerson ? column : sql`NULL::uuid`} AS person_id, ${of.target} AS target, ${of.weight ?? sql`1`} AS weight,
        s.occurred_at AS at, ${of.grave ?? sql`false`} AS grave, ${user} AS user_id, ${session} AS session_id
      FROM ${of.from} AND ${column} IS NOT NULL ORDER BY ${column}, ${of.target}, s.occurred_at DESC) t) c
    WHERE c.total >= ${threshold}::int`;
}

/** Sign-ins and registrations by strangers, and sign-ins that succeeded. */
function signIns(thresholds: DetectionThresholds): (Sql | null)[] {
  const type = (...types: string[]) => sql`s.event_type = ANY(${types}::text[])`;
  const opened = [sql`s.person`, sql`s.resource_id::uuid`] as const;
  const address = sql`encode(s.address_index, 'hex')`;
  return [
    part('many_accounts_from_address', thresholds, ADDRESS, {
      target: sql`s.person::text`,
      from: sql`signs s WHERE ${type('login.failed')} AND s.person IS NOT NULL AND NOT EXISTS (SELECT FROM signs o
        WHERE o.event_type = 'login.succeeded' AND o.address_index = s.address_index AND o.person = s.person)`,
    }),
    part('account_enumeration', thresholds, ADDRESS, {
      target: sql`coalesce(s.person, s.id)::text`,
      from: sql`signs s WHERE (${type('login.failed')} AND s.person IS NULL OR ${type('user.registration_repeated')})`,
    }),
    part('many_accounts_entered', thresholds, ADDRESS, {
      target: sql`s.person::text`,
      from: sql`signs s WHERE ${type('login.unusual')}`,
      session: opened,
    }),
    part('impossible_travel', thresholds, PERSON, {
      target: sql`s.id::text`,
      from: sql`signs s WHERE ${type('login.unusual')} AND s.details ->> 'reasons' LIKE '%impossible_travel%'`,
      grave: sql`s.details ->> 'reasons' LIKE '%new_device%'`,
      session: opened,
    }),
    part('one_account_many_addresses', thresholds, PERSON, {
      target: address,
      from: sql`signs s WHERE ${type('login.succeeded')} AND s.address_index IS NOT NULL`,
      session: opened,
    }),
    part('guesses_at_account', thresholds, PERSON, {
      target: address,
      from: sql`signs s WHERE ${type('login.failed', 'login.blocked')} AND s.address_index IS NOT NULL`,
    }),
  ];
}

/** What accounts read and asked for. */
function reads(thresholds: DetectionThresholds, now: Instant): (Sql | null)[] {
  const acting = [sql`s.actor_id`, sql`s.session_id`] as const;
  const care = sql`EXISTS (SELECT FROM appointments a WHERE a.patient_id = s.person AND a.status <> 'held'
        AND a.starts_at > ${at(now - CARE_BEFORE_MS)}::timestamptz AND a.starts_at < ${at(now + CARE_AHEAD_MS)}::timestamptz)
      OR EXISTS (SELECT FROM waitlist_entries w WHERE w.patient_id = s.person AND w.state IN ('waiting', 'offered'))`;
  return [
    part('id_enumeration', thresholds, ACTOR, {
      target: sql`s.resource_id`,
      from: sql`denials s WHERE s.resource_id IS NOT NULL AND s.error <> ALL(${OF_SESSIONS}::text[])`,
      session: acting,
    }),
    part('directory_scraping', thresholds, ACTOR, {
      target: sql`CASE s.event_type WHEN 'user.listed' THEN s.id::text ELSE s.stream END`,
      weight: sql`CASE s.event_type WHEN 'user.listed' THEN (s.details ->> 'limit')::int ELSE 1 END`,
      from: sql`lists s WHERE s.stream <> s.actor_id::text`,
      session: acting,
    }),
    part('records_without_appointment', thresholds, ACTOR, {
      target: sql`s.stream`,
      from: sql`records s JOIN users u ON u.id = s.person WHERE s.person <> s.actor_id AND u.role = 'patient'
        AND u.created_at < ${at(now - NEWLY_REGISTERED_MS)}::timestamptz AND NOT (${care})`,
      session: acting,
    }),
  ];
}

const SIGN_INS = ['login.failed', 'login.blocked', 'login.succeeded', 'login.unusual', 'user.registration_repeated'];
const LISTS = ['patient.found', 'user.read', 'user.listed'];

function since(rule: RuleName, now: Instant): Instant {
  return now - ruleOf(rule).windowMinutes * 60_000;
}

/** Records that people of the clinic opened, where one of them opened enough. */
function openedRecords(threshold: number, now: Instant): Sql {
  return sql`SELECT r.* FROM (SELECT e.actor_id, e.session_id, e.stream, e.occurred_at, e.stream::uuid AS person,
        count(*) OVER (PARTITION BY e.actor_id) AS opened
      FROM (SELECT e.actor_id, e.session_id, e.stream, e.occurred_at FROM audit_events e
        WHERE e.event_category = 'data_access' AND e.occurred_at > ${at(since('records_without_appointment', now))}::timestamptz
          AND e.phi_accessed AND e.action = 'read' AND e.outcome = 'success' AND e.event_type <> 'patient.found'
          AND e.actor_kind = 'user' AND e.stream NOT LIKE 'system%' AND e.stream <> e.actor_id::text
          AND NOT e.details ? 'onBehalfOf'
        ORDER BY e.occurred_at DESC LIMIT ${EVENTS_AT_MOST}::int) e) r
    WHERE r.opened >= ${threshold}::int`;
}

function readSighting(found: Row): Sighting {
  const { address_index: addressIndex, person_id: personId, session_id: session, user_id: user } = found;
  return {
    rule: found.rule as RuleName,
    subject: personId === null ? { addressIndex: addressIndex as Uint8Array } : { personId: personId as UserId },
    target: found.target as string,
    weight: Number(found.weight),
    at: found.at as number,
    isGrave: found.grave as boolean,
    session: session === null || user === null ? null : { id: session as SessionId, userId: user as UserId },
  };
}

/** The key of who acted or of the person concerned seals it, or one of its own. */
function openedAddress(found: Row, cipher: FieldCipher): string | null {
  const keys = ['actor', 'stream'].flatMap((whose) => {
    const [ownerId, ringKeyId, wrapped] = ['owner', 'ring', 'wrapped'].map((part) => found[`${whose}_${part}`]);
    if (typeof ownerId !== 'string') return [];
    return [{ ownerId, ringKeyId: ringKeyId as string, wrapped: wrapped as Uint8Array }];
  });
  return openOrigin(cipher, found.id as string, found.personal as Uint8Array, keys)?.ip ?? null;
}

export function createSuspectLoads(cipher: FieldCipher): Pick<FindingLoads, 'sightings' | 'seenAddresses'> {
  return {
    sightings: (thresholds, limit, now): SqlLoad<Sighting[]> => {
      const parts = [...signIns(thresholds), ...reads(thresholds, now)].filter((each) => each !== null);
      if (parts.length === 0) return { statements: [], read: () => [] };
      const signs = sql`SELECT e.*, a.address_index FROM (${events(SIGN_INS, since('guesses_at_account', now))}) e
        LEFT JOIN audit_addresses a ON a.event_id = e.id`;
      const statement = sql`WITH signs AS MATERIALIZED (${signs}),
          denials AS (${events(['access.denied'], since('id_enumeration', now))}),
          lists AS (${events(LISTS, since('directory_scraping', now))}),
          records AS (${openedRecords(thresholds.records_without_appointment, now)})
        SELECT * FROM (${join(parts, ' UNION ALL ')}) f ORDER BY f.rule, f.total DESC, f.address_index, f.person_id LIMIT ${limit}::int`;
      return { statements: [statement], read: ([found = []]) => found.map(readSighting) };
    },
    // Some event of the address may be of a person who was erased.
    seenAddresses: (subjects): SqlLoad<(string | null)[]> => ({
      statements: subjects.map(
        ({
          addressIndex,
        }) => sql`SELECT e.id, e.personal, ka.owner_id AS actor_owner, ka.ring_key_id AS actor_ring, ka.wrapped AS actor_wrapped,
            ks.owner_id AS stream_owner, ks.ring_key_id AS stream_ring, ks.wrapped AS stream_wrapped
          FROM audit_events e LEFT JOIN data_keys ka ON ka.owner_id = e.actor_id
            LEFT JOIN data_keys ks ON ks.owner_id = ${raw(personOfStream('e.stream'))}
          WHERE e.personal IS NOT NULL AND e.id IN (SELECT a.event_id FROM audit_addresses a WHERE a.address_index = ${addressIndex}::bytea
            ORDER BY a.occurred_at DESC, a.event_id DESC LIMIT 5)`,
      ),
      read: (results) =>
        results.map((found) => found.map((each) => openedAddress(each, cipher)).find((ip) => ip !== null) ?? null),
    }),
  };
}
