/** What the clinic says of itself, and the limits that it chooses. One row of the database. */
import type { DailyCaps } from '../shared/daily-caps.ts';
import type { Sender, SenderLogo } from '../shared/messages.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant, LocalTime } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { ZoneId } from '../shared/zone.ts';
import { LATEST_DIGEST } from './digest-day.ts';
import type { FieldError, InvalidFields } from './field-errors.ts';
import { addressInWords, type PostalAddress } from './location.ts';
import type { ChosenLimits } from './policy.ts';

/** Colours of buttons and headings, as `#rrggbb` in lower case. */
export interface ClinicColours {
  readonly primary: string;
  /** Of text on `primary`. */
  readonly onPrimary: string;
}

/** Plain text, which pages and mails show as it is. */
export interface ClinicTexts {
  readonly welcome: string | null;
  /** Who runs the portal, and how to reach them. */
  readonly imprint: string | null;
  /** The last lines of each mail. */
  readonly mailFooter: string | null;
}

export interface ClinicSettings extends PostalAddress, ClinicTexts {
  /** `null` until the clinic has saved its settings. */
  readonly name: string | null;
  /** E.164. */
  readonly phone: string | null;
  readonly email: string | null;
  readonly timezone: ZoneId;
  /** Where visits by video take place with doctors who have no address of their own. */
  readonly videoLink: string | null;
  readonly colours: ClinicColours | null;
  readonly limits: ChosenLimits;
  /**
   * Whether what shows on a locked screen names the doctor: subjects, text messages and push messages about appointments, reminders
   * foremost.
   */
  readonly namesDoctorInReminders: boolean;
  /** When doctors and staff are told what the next day holds, in the clinic's zone; `null`: they are not told. */
  readonly digestTime: LocalTime | null;
  readonly dailyCaps: DailyCaps;
  /** Whether files may be shared by links that open without a sign-in. */
  readonly publicFileLinks: boolean;
}

/** As they come in a change. */
export type GivenSettings = Omit<
  ClinicSettings,
  'namesDoctorInReminders' | 'digestTime' | 'dailyCaps' | 'publicFileLinks'
> & {
  readonly publicFileLinks?: boolean | undefined;
  readonly namesDoctorInReminders?: boolean | undefined;
  readonly digestTime?: LocalTime | null | undefined;
  readonly dailyCaps?: { readonly [C in keyof DailyCaps]?: DailyCaps[C] | undefined } | undefined;
};

export interface Clinic extends ClinicSettings {
  /** Its name in the file storage. */
  readonly logoKey: string | null;
  readonly version: number;
}

/** Guarded by the version. */
interface Changed<T extends string> {
  readonly type: T;
  readonly clinic: Clinic;
  readonly expectedVersion: number;
  readonly at: Instant;
}

export type ClinicSettingsChange = Changed<'clinic.settings_changed'> | Changed<'clinic.logo_changed'>;

/** The lowest contrast of text that WCAG 2.2 allows at level AA (1.4.3). */
const LOWEST_CONTRAST = 4.5;
const TEXTS = ['welcome', 'imprint', 'mailFooter'] as const satisfies readonly (keyof ClinicTexts)[];
/** The beginning of an element, a comment or a declaration of HTML. */
const MARKUP = /<[a-z!/?]/i;

/** What is left out of the limits and the daily caps, and `namesDoctorInReminders`, `digestTime` and `publicFileLinks`, stay as they were. */
export function changeClinic(
  current: Clinic,
  settings: GivenSettings,
  expected: ExpectedVersion,
  now: Instant,
): Result<ClinicSettingsChange, StaleVersion | InvalidFields> {
  const stale = staleness(current, expected);
  if (stale !== undefined) return refuse(stale);
  const errors = [...colourErrors(settings.colours), ...textErrors(settings), ...digestErrors(settings)];
  if (errors.length > 0) return refuse({ code: 'invalid_fields', errors });
  const clinic = {
    ...settings,
    namesDoctorInReminders: settings.namesDoctorInReminders ?? current.namesDoctorInReminders,
    digestTime: settings.digestTime === undefined ? current.digestTime : settings.digestTime,
    dailyCaps: chosenCaps(current.dailyCaps, settings.dailyCaps ?? {}),
    publicFileLinks: settings.publicFileLinks ?? current.publicFileLinks,
    limits: { ...current.limits, ...settings.limits },
    logoKey: current.logoKey,
    version: current.version + 1,
  };
  return ok({ type: 'clinic.settings_changed', clinic, expectedVersion: current.version, at: now });
}

function chosenCaps(current: DailyCaps, given: NonNullable<GivenSettings['dailyCaps']>): DailyCaps {
  const { email = current.email, sms = current.sms, push = current.push } = given;
  return { email, sms, push };
}

export type LogoNotFound = { readonly code: 'not_found' };

/** @param logoKey `null` removes the logo, and is refused where there is none */
export function changeLogo(
  current: Clinic,
  logoKey: string | null,
  expected: ExpectedVersion,
  now: Instant,
): Result<ClinicSettingsChange, StaleVersion | LogoNotFound> {
  const stale = staleness(current, expected);
  if (stale !== undefined) return refuse(stale);
  if (logoKey === null && current.logoKey === null) return refuse({ code: 'not_found' });
  const clinic = { ...current, logoKey, version: current.version + 1 };
  return ok({ type: 'clinic.logo_changed', clinic, expectedVersion: current.version, at: now });
}

/** The last lines of each mail: who sends it. None until the clinic has saved its settings. */
export function signatureOf(clinic: Clinic): string[] {
  const { name, phone, mailFooter } = clinic;
  if (name === null) return [];
  const lines = [name, addressInWords(clinic), phone, ...(mailFooter?.split('\n') ?? [])];
  return lines.flatMap((line) => line?.trim() || []);
}

/** The clinic as its messages show it. @param logo as this mail has it. Default: none */
export function senderOf(clinic: Clinic, logo: SenderLogo | null = null): Sender {
  const { name, colours, timezone, namesDoctorInReminders: namesDoctor } = clinic;
  return { name, signature: signatureOf(clinic), colours, timezone, namesDoctor, logo };
}

/** Names of the settings that differ, in a fixed order; limits by their own names. */
export function differences(before: Clinic, after: Clinic): string[] {
  const { limits: limitsBefore, ...rest } = before;
  const flat = (of: Clinic) => new Map<string, unknown>(Object.entries({ ...of, ...of.limits }));
  const [was, is] = [flat(before), flat(after)];
  const names = new Set([...Object.keys(rest), ...Object.keys(limitsBefore), ...Object.keys(after.limits)]);
  return [...names].filter(
    (name) => name !== 'version' && JSON.stringify(was.get(name)) !== JSON.stringify(is.get(name)),
  );
}

/** From 1 to 21, as WCAG 2.2 defines it. Expects two colours as `#rrggbb`. */
export function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function colourErrors(colours: ClinicColours | null): FieldError[] {
  if (colours === null) return [];
  const met = contrast(colours.primary, colours.onPrimary);
  if (met >= LOWEST_CONTRAST) return [];
  const message = `expected a contrast of ${LOWEST_CONTRAST}:1 with primary, got ${met.toFixed(2)}:1`;
  return [{ pointer: '/colours/onPrimary', code: 'invalid', message }];
}

function digestErrors({ digestTime }: GivenSettings): FieldError[] {
  if (digestTime == null || digestTime <= LATEST_DIGEST) return [];
  return [{ pointer: '/digestTime', code: 'out_of_range', message: `expected ${LATEST_DIGEST} at the latest` }];
}

function textErrors(settings: ClinicTexts & Pick<ClinicSettings, 'name'>): FieldError[] {
  return (['name', ...TEXTS] as const)
    .filter((field) => MARKUP.test(settings[field] ?? ''))
    .map((field) => ({
      pointer: field === 'name' ? '/name' : `/texts/${field}`,
      code: 'invalid',
      message: 'expected plain text, without HTML',
    }));
}
