/** Every page that a message links to, under the public URL. The clinic's own application serves them, beside the API. */

import type { AppointmentId } from './ids.ts';

interface LinkTarget {
  /** For the README and the page that stands in: what people do there. */
  readonly about: string;
  /** Whether the link carries a token in its fragment, which the page hands to the API. */
  readonly takesToken: boolean;
}

export const LINK_TARGETS = {
  '/verify-email': { about: 'Confirm an e-mail address', takesToken: true },
  '/accept-invitation': { about: 'Accept an invitation', takesToken: true },
  '/reset-password': { about: 'Choose a new password', takesToken: true },
  '/confirm-email-change': { about: 'Confirm a new e-mail address', takesToken: true },
  '/restore-email': { about: 'Take back a change of the e-mail address', takesToken: true },
  '/login': { about: 'Sign in', takesToken: false },
  '/forgot-password': { about: 'Ask for a new password', takesToken: false },
  '/sessions': { about: 'See where one is signed in', takesToken: false },
  '/mfa': { about: 'Manage two-step sign-in', takesToken: false },
  '/api-keys': { about: 'See API keys', takesToken: false },
  '/appointments': { about: 'See appointments', takesToken: false },
  '/appointments/{id}': { about: 'See an appointment; move or cancel it, with `?action=`', takesToken: false },
  '/notifications': { about: 'Read messages, and choose which to get', takesToken: false },
  '/calendar': { about: 'See calendar links', takesToken: false },
  '/privacy': { about: 'See copies of one’s data', takesToken: false },
  '/documents': { about: 'See documents, and those that others share', takesToken: false },
  '/waitlist': { about: 'See the waitlist and answer offers', takesToken: false },
} as const satisfies Readonly<Record<`/${string}`, LinkTarget>>;

export type LinkPath = keyof typeof LINK_TARGETS;
export type TokenLinkPath = {
  [P in LinkPath]: (typeof LINK_TARGETS)[P]['takesToken'] extends true ? P : never;
}[LinkPath];

/** Those without parameters. */
export type PagePath = Exclude<LinkPath, '/appointments/{id}'>;

export const LINK_PATHS = Object.keys(LINK_TARGETS) as readonly LinkPath[];

const APPOINTMENT = /^\/appointments\/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @returns the page at this path; `undefined` if no message links there */
export function pageAt(path: string): LinkPath | undefined {
  if (APPOINTMENT.test(path)) return '/appointments/{id}';
  return LINK_PATHS.find((known) => known === path && known !== '/appointments/{id}');
}

export function linkTo(publicUrl: string, path: PagePath): string {
  return `${publicUrl}${path}`;
}

/** What a link to the page of an appointment is followed for, by the name of the link of the API that does it. */
export type AppointmentAction = 'reschedule' | 'cancel';

/**
 * The page of an appointment.
 * @param id `undefined`: not known, as in messages of the version before: the list of all
 * @param action the page begins with it. Default: none
 */
export function appointmentLink(publicUrl: string, id: AppointmentId | undefined, action?: AppointmentAction): string {
  if (id === undefined) return linkTo(publicUrl, '/appointments');
  return `${publicUrl}/appointments/${id}${action === undefined ? '' : `?action=${action}`}`;
}

/**
 * The page that confirms an appointment. The portal serves it itself, without scripts, so the token is in the path; what it opens is
 * narrow (ADR 0235).
 */
export function confirmationLink(publicUrl: string, token: string): string {
  return `${publicUrl}/confirm/${token}`;
}

/** The page that ends mails of one kind, served like the one of `confirmationLink`: programs post to it (RFC 8058). */
export function unsubscribeLink(publicUrl: string, token: string): string {
  return `${publicUrl}/unsubscribe/${token}`;
}

/** The token goes into the fragment: browsers send it to no server and put it into no referrer (R35). */
export function tokenLink(publicUrl: string, path: TokenLinkPath, token: string): string {
  return `${publicUrl}${path}#token=${token}`;
}
