/** How many messages of each channel leave on a day of the clinic. */
import type { SendingChannel } from '../../../domain/notifications/categories.ts';
import type { NotificationChange } from '../../../domain/notifications/changes.ts';
import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type { SendingDay } from '../../../domain/notifications/sending-day.ts';
import { type Instant, type LocalDate, MILLISECONDS_PER_DAY } from '../../../domain/shared/time.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { at, guarded, rows, type Sql, sql } from '../driver/sql.ts';

type Told = Extract<NotificationChange, { readonly type: 'sending_day.told' }>;

/** Those of yesterday, today and tomorrow, wherever the clinic is. */
export function sendingDaysStatement(now: Instant): Sql {
  return sql`SELECT s.channel, s.date, s.used, s.told FROM sending_days s
    WHERE s.date BETWEEN ${at(now - MILLISECONDS_PER_DAY)}::timestamptz::date AND ${at(now + MILLISECONDS_PER_DAY)}::timestamptz::date
    ORDER BY s.channel, s.date`;
}

export function readSendingDay(found: Row): SendingDay {
  return {
    channel: found.channel as SendingChannel,
    date: found.date as LocalDate,
    used: found.used as number,
    told: found.told as number,
  };
}

export const sendingDayLoads: Pick<NotificationLoads, 'sendingDays'> = {
  sendingDays: (now) => rows(sendingDaysStatement(now), readSendingDay),
};

export const sendingDayWriters: ChangeWriters<Told> = {
  'sending_day.told': ({ channel, date, share }) => [
    guarded(
      sql`UPDATE sending_days SET told = ${share}::smallint
          WHERE channel = ${channel} AND date = ${date}::date AND told < ${share}::smallint RETURNING 1`,
      'sending_day',
    ),
  ],
};
