/** How unusual a sign-in is compared with earlier ones: a new device, a new country, or an impossible journey. */
import type { Instant } from '../shared/time.ts';

/** The location of a request as the platform determined it. Coordinates in degrees. */
export interface Location {
  readonly country: string | null;
  readonly city: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface PastSignIn {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly location: Location | null;
  readonly at: Instant;
}

export interface Origin {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly location: Location | null;
}

export type RiskReason = 'new_device' | 'new_country' | 'impossible_travel';

export interface Risk {
  /** 0 to 100. */
  readonly score: number;
  readonly reasons: readonly RiskReason[];
  /** A score of 50 or more: sensitive operations then require a recent proof. */
  readonly isSuspicious: boolean;
}

const WEIGHTS: Readonly<Record<RiskReason, number>> = { new_device: 25, new_country: 35, impossible_travel: 60 };
const SUSPICIOUS_FROM = 50;
/** In km/h: faster than an airliner. */
const IMPOSSIBLE_SPEED = 1000;
/** Positions are derived from IP addresses, which may be wrong by hundreds of kilometres. */
const SHORTEST_JOURNEY_KM = 500;

/**
 * @param past newest first, without suspicious ones. If it is empty, the sign-in is not unusual
 */
export function assess(past: readonly PastSignIn[], origin: Origin, now: Instant): Risk {
  const reasons: RiskReason[] = [];
  if (past.length > 0) {
    if (!past.some((sign) => sameDevice(sign, origin))) reasons.push('new_device');
    const country = origin.location?.country ?? null;
    const countries = past.flatMap((sign) => sign.location?.country ?? []);
    if (country !== null && countries.length > 0 && !countries.includes(country)) reasons.push('new_country');
    const last = past.find(({ location }) => location !== null);
    if (last !== undefined && isImpossible(last, origin, now)) reasons.push('impossible_travel');
  }
  const score = Math.min(
    100,
    reasons.reduce((sum, reason) => sum + WEIGHTS[reason], 0),
  );
  return { score, reasons, isSuspicious: score >= SUSPICIOUS_FROM };
}

/** Whether the account was used before from this very address with this kind of browser (R6). */
export function isKnownOrigin(past: readonly PastSignIn[], origin: Origin): boolean {
  return origin.ip !== null && past.some((sign) => sign.ip === origin.ip && sameDevice(sign, origin));
}

/** Versions do not count: browsers update themselves. */
function sameDevice(a: Pick<Origin, 'userAgent'>, b: Pick<Origin, 'userAgent'>): boolean {
  return kindOf(a.userAgent) === kindOf(b.userAgent);
}

function kindOf(userAgent: string | null): string {
  return (userAgent ?? '').replace(/[\d._]+/g, '');
}

function isImpossible(last: PastSignIn, origin: Origin, now: Instant): boolean {
  const distance = kilometres(last.location, origin.location);
  if (distance === undefined || distance < SHORTEST_JOURNEY_KM) return false;
  const hours = Math.max(now - last.at, 0) / 3_600_000;
  return distance > hours * IMPOSSIBLE_SPEED;
}

/** Great-circle distance by the haversine formula. */
export function kilometres(a: Location | null, b: Location | null): number | undefined {
  if (a?.latitude == null || a.longitude === null || b?.latitude == null || b.longitude === null) return undefined;
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const latitudes = radians(b.latitude - a.latitude);
  const longitudes = radians(b.longitude - a.longitude);
  const h =
    Math.sin(latitudes / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(longitudes / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)));
}
