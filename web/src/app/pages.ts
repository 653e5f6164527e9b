/** Every page by its path. The paths that mails name are kept (`domain/shared/link-targets.ts`). */
import type { ComponentType } from 'react';

export type LoadPage = () => Promise<{ readonly default: ComponentType }>;

/** For everybody: signing in, and what leads there. */
export const OPEN_PAGES: Readonly<Record<string, LoadPage>> = {
  '/login': () => import('../features/entry/sign-in.tsx'),
  '/register': () => import('../features/entry/register.tsx'),
  '/verify-email': () => import('../features/entry/verify-email.tsx'),
  '/accept-invitation': () => import('../features/entry/accept-invitation.tsx'),
  '/forgot-password': () => import('../features/entry/forgot-password.tsx'),
  '/reset-password': () => import('../features/entry/reset-password.tsx'),
  '/confirm-email-change': () => import('../features/entry/confirm-email-change.tsx'),
  '/restore-email': () => import('../features/entry/restore-email.tsx'),
};

/** For people who are signed in. */
export const OWN_PAGES: Readonly<Record<string, LoadPage>> = {
  '/': () => import('../features/home/home.tsx'),
  '/appointments': () => import('../features/appointments/list.tsx'),
  '/appointments/$id': () => import('../features/appointments/details.tsx'),
  '/appointments/$id/move': () => import('../features/booking/move.tsx'),
  '/book': () => import('../features/booking/book.tsx'),
  '/notifications': () => import('../features/messages/messages.tsx'),
  '/sessions': () => import('../features/account/sessions.tsx'),
  '/me': () => import('../features/account/me.tsx'),
  '/me/sign-in': () => import('../features/account/sign-in-data.tsx'),
  '/mfa': () => import('../features/security/mfa.tsx'),
  '/api-keys': () => import('../features/access/api-keys.tsx'),
  '/calendar': () => import('../features/access/calendar.tsx'),
  '/documents': () => import('../features/documents/documents.tsx'),
  '/waitlist': () => import('../features/waitlist/waitlist.tsx'),
  '/privacy': () => import('../features/privacy/privacy.tsx'),
  '/privacy/seen': () => import('../features/privacy/seen.tsx'),
};
