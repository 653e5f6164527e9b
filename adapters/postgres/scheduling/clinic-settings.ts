/** The settings of the clinic: loads, changes, and columns of other statements that need them. */

import type { ClinicLoads } from '../../../domain/scheduling/clinic-ports.ts';
import type { Clinic, ClinicSettingsChange } from '../../../domain/scheduling/clinic-settings.ts';
import type { ChosenLimits } from '../../../domain/scheduling/policy.ts';
import type { DailyCaps } from '../../../domain/shared/daily-caps.ts';
import type { LocalTime } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { at, guarded, raw, type SqlLoad, sql } from '../driver/sql.ts';

/** The limits that the clinic has chosen, as the column `clinic_limits`: one small value, read once for a statement. */
export const CLINIC_LIMITS = raw(`(SELECT jsonb_strip_nulls(jsonb_build_object(
    'cancelNoticeMinutes', s.cancel_notice_minutes, 'rescheduleNoticeMinutes', s.reschedule_notice_minutes,
    'maximumReschedules', s.maximum_reschedules, 'checkInOpensMinutes', s.check_in_opens_minutes,
    'noShowAfterMinutes', s.no_show_after_minutes, 'offerMinutes', s.offer_minutes,
    'parentalAgeLimit', s.parental_age_limit)) FROM clinic_settings s) AS clinic_limits`);

/** Where visits by video take place if the doctor has no address. */
export const CLINIC_VIDEO_LINK = raw('(SELECT s.video_link FROM clinic_settings s)');

export function readLimits(found: Row | undefined): ChosenLimits {
  return (found?.clinic_limits as ChosenLimits | null | undefined) ?? {};
}

export const clinicLoads = {
  clinic: (): SqlLoad<Clinic> => ({
    statements: [sql`SELECT s.*, ${CLINIC_LIMITS} FROM clinic_settings s`],
    read: ([found]) => {
      const [only] = found ?? [];
      if (only === undefined) throw new Error('clinic_settings has no row');
      return readClinic(only);
    },
  }),
  limits: (): SqlLoad<ChosenLimits> => ({
    statements: [sql`SELECT ${CLINIC_LIMITS}`],
    read: ([found]) => readLimits(found?.[0]),
  }),
} satisfies ClinicLoads;

/** Of a row of `clinic_settings`. */
export function readDailyCaps(found: Row): DailyCaps {
  return {
    email: found.email_daily_cap as number | null,
    sms: found.sms_daily_cap as number | null,
    push: found.push_daily_cap as number | null,
  };
}

function readClinic(found: Row): Clinic {
  const primary = found.primary_colour as string | null;
  const onPrimary = found.on_primary_colour as string | null;
  return {
    name: found.name as string | null,
    street: found.street as string | null,
    city: found.city as string | null,
    state: found.state as string | null,
    postalCode: found.postal_code as string | null,
    country: found.country as string | null,
    phone: found.phone as string | null,
    email: found.email as string | null,
    timezone: found.timezone as ZoneId,
    videoLink: found.video_link as string | null,
    colours: primary === null || onPrimary === null ? null : { primary, onPrimary },
    welcome: found.welcome as string | null,
    imprint: found.imprint as string | null,
    mailFooter: found.mail_footer as string | null,
    limits: readLimits(found),
    namesDoctorInReminders: found.names_doctor_in_reminders as boolean,
    digestTime: found.digest_time as LocalTime | null,
    dailyCaps: readDailyCaps(found),
    publicFileLinks: found.public_file_links as boolean,
    logoKey: found.logo_key as string | null,
    version: found.version as number,
  };
}

export const clinicWriters: ChangeWriters<ClinicSettingsChange> = {
  'clinic.settings_changed': ({ clinic: c, expectedVersion, at: now }) => [
    guarded(
      sql`UPDATE clinic_settings SET name = ${c.name}, street = ${c.street}, city = ${c.city}, state = ${c.state},
            postal_code = ${c.postalCode}, country = ${c.country}, phone = ${c.phone}, email = ${c.email},
            timezone = ${c.timezone}, video_link = ${c.videoLink}, primary_colour = ${c.colours?.primary ?? null},
            on_primary_colour = ${c.colours?.onPrimary ?? null}, welcome = ${c.welcome}, imprint = ${c.imprint},
            mail_footer = ${c.mailFooter}, cancel_notice_minutes = ${c.limits.cancelNoticeMinutes ?? null}::int,
            reschedule_notice_minutes = ${c.limits.rescheduleNoticeMinutes ?? null}::int,
            maximum_reschedules = ${c.limits.maximumReschedules ?? null}::int,
            check_in_opens_minutes = ${c.limits.checkInOpensMinutes ?? null}::int,
            no_show_after_minutes = ${c.limits.noShowAfterMinutes ?? null}::int,
            offer_minutes = ${c.limits.offerMinutes ?? null}::int,
            parental_age_limit = ${c.limits.parentalAgeLimit ?? null}::int,
            names_doctor_in_reminders = ${c.namesDoctorInReminders}, digest_time = ${c.digestTime},
            email_daily_cap = ${c.dailyCaps.email}::int, sms_daily_cap = ${c.dailyCaps.sms}::int,
            push_daily_cap = ${c.dailyCaps.push}::int,
            public_file_links = ${c.publicFileLinks}::boolean,
            updated_at = ${at(now)}, version = ${c.version}::int
          WHERE version = ${expectedVersion}::int RETURNING 1`,
      'clinic_settings',
    ),
  ],
  'clinic.logo_changed': ({ clinic, expectedVersion, at: now }) => [
    guarded(
      sql`UPDATE clinic_settings SET logo_key = ${clinic.logoKey}, updated_at = ${at(now)}, version = ${clinic.version}::int
          WHERE version = ${expectedVersion}::int RETURNING 1`,
      'clinic_settings',
    ),
  ],
};
