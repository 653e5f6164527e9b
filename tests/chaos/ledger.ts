/** What was acknowledged, and what of it the database holds. */

import type { Database } from './postgres-server.ts';
import type { AcceptedMails } from './provider.ts';

/** An appointment as the portal last acknowledged it. */
export interface Acknowledged {
  readonly id: string;
  readonly start: number;
  readonly status: 'scheduled' | 'cancelled';
}

/** A request of which it is not known whether it was done. */
export interface Unsettled {
  readonly kind: 'book' | 'cancel' | 'move';
  /** Of the appointment; of a booking nothing is known. */
  readonly id: string | null;
  readonly patientId: string;
  readonly start: number;
}

export interface Ledger {
  readonly appointments: ReadonlyMap<string, Acknowledged>;
  readonly unsettled: readonly Unsettled[];
}

export interface Balance {
  /** Acknowledged, but absent or in another state than was acknowledged. */
  readonly lost: number;
  /** Rows that no acknowledged and no unsettled booking accounts for: one request made two. */
  readonly doubled: number;
  /** Pairs of open appointments that overlap: of one doctor, or of one patient. */
  readonly overlapping: number;
  readonly mails: {
    /** Notifications that were sent again though the provider had said that it accepted them. */
    readonly doubled: number;
    /** Notifications that were sent again because the provider's answer was lost. */
    readonly again: number;
    /** Given up. */
    readonly lost: number;
    /** Due, and not sent yet. */
    readonly waiting: number;
  };
}

const OVERLAPS = `
  SELECT count(*)::int AS pairs FROM appointments a JOIN appointments b ON a.id < b.id
  WHERE a.status NOT IN ('cancelled', 'no_show') AND b.status NOT IN ('cancelled', 'no_show')
    AND ((a.doctor_id = b.doctor_id AND a.busy && b.busy)
      OR (a.patient_id = b.patient_id AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)))`;

interface Row {
  readonly id: string;
  readonly patient_id: string;
  readonly start: number;
  readonly status: string;
}

export async function balance(
  database: Database,
  { appointments, unsettled }: Ledger,
  { accepted, unheard }: AcceptedMails,
): Promise<Balance> {
  const rows = await database.ask<Row>(
    `SELECT id, patient_id, (extract(epoch FROM starts_at) * 1000)::float8 AS start, status FROM appointments`,
  );
  const [overlaps] = await database.ask<{ pairs: number }>(OVERLAPS);
  const [mails] = await database.ask<{ lost: number; waiting: number }>(
    `SELECT count(*) FILTER (WHERE status = 'dead')::int AS lost,
        count(*) FILTER (WHERE status IN ('pending', 'scheduled', 'failed') AND send_at <= now())::int AS waiting
      FROM notifications`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const changing = new Set(unsettled.map(({ id }) => id));
  const lost = [...appointments.values()].filter(({ id, start, status }) => {
    const row = byId.get(id);
    if (row === undefined) return true;
    return !changing.has(id) && (row.status !== status || row.start !== start);
  });
  const open = unsettled.filter(({ kind }) => kind === 'book');
  const unaccounted = rows.filter(({ id, patient_id, start }) => {
    if (appointments.has(id)) return false;
    const claim = open.findIndex((booking) => booking.patientId === patient_id && booking.start === start);
    if (claim >= 0) open.splice(claim, 1);
    return claim < 0;
  });
  return {
    lost: lost.length,
    doubled: unaccounted.length,
    overlapping: overlaps?.pairs ?? 0,
    mails: {
      doubled: [...accepted].filter(([id, times]) => times > 1 + (unheard.get(id) ?? 0)).length,
      again: [...unheard].filter(([id]) => (accepted.get(id) ?? 0) > 1).length,
      lost: mails?.lost ?? 0,
      waiting: mails?.waiting ?? 0,
    },
  };
}
