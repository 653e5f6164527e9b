/** Where each link of each message leads: one table of all templates, compared with what they render and with the pages that there are. */
import { expect, test } from 'vitest';
import { TEMPLATE_NAMES, type TemplateName } from '../../../domain/messages.ts';
import { LINK_PATHS, LINK_TARGETS, type LinkPath } from '../../../domain/shared/link-targets.ts';
import { CASES, CONTEXT, renderedCase } from './rendering.ts';

const TABLE: Readonly<Record<TemplateName, readonly string[]>> = {
  'verify-email': ['/verify-email#token={token}'],
  welcome: ['/appointments'],
  'account-exists': ['/login'],
  invitation: ['/accept-invitation#token={token}'],
  'password-reset': ['/reset-password#token={token}'],
  'password-changed': ['/forgot-password'],
  'confirm-email-change': ['/confirm-email-change#token={token}'],
  'email-change-requested': ['/restore-email#token={token}'],
  'email-changed': [],
  'email-restored': ['/reset-password#token={token}'],
  'signed-out-everywhere': ['/forgot-password'],
  'credential-made': ['/api-keys', '/calendar', '/documents', '/notifications', '/privacy'],
  'new-sign-in': ['/sessions'],
  'account-closed': [],
  'mfa-changed': ['/forgot-password'],
  'backup-code-used': ['/mfa'],
  'sign-in-code': [],
  'appointment-confirmation': [
    '/appointments',
    '/appointments/{id}',
    '/appointments/{id}?action=cancel',
    '/appointments/{id}?action=reschedule',
    '/calendar',
    '/confirm/{token}',
    'of the doctor, for a visit by video',
  ],
  'appointment-reminder': [
    '/appointments/{id}',
    '/appointments/{id}?action=cancel',
    '/appointments/{id}?action=reschedule',
    '/calendar',
    '/confirm/{token}',
  ],
  'appointment-requested': ['/appointments/{id}'],
  'appointment-declined': ['/appointments/{id}'],
  'appointment-request-expired': ['/appointments/{id}'],
  'appointment-cancelled': [],
  'appointment-restored': [
    '/appointments/{id}',
    '/appointments/{id}?action=cancel',
    '/appointments/{id}?action=reschedule',
    '/calendar',
    '/confirm/{token}',
  ],
  'appointment-given-up': ['/appointments', '/waitlist'],
  'appointment-rescheduled': [
    '/appointments/{id}',
    '/appointments/{id}?action=cancel',
    '/appointments/{id}?action=reschedule',
    '/calendar',
    '/confirm/{token}',
  ],
  'appointment-zone-changed': [
    '/appointments/{id}',
    '/appointments/{id}?action=cancel',
    '/appointments/{id}?action=reschedule',
    '/calendar',
    '/confirm/{token}',
  ],
  'appointment-series-booked': ['/appointments'],
  'waitlist-offer': ['/waitlist'],
  'offer-kept': [],
  'doctor-running-late': [],
  'waitlist-ended': ['/waitlist'],
  'daily-digest': ['/appointments'],
  proxy: [],
  'file-shared': ['/documents'],
  'clinic-message': [],
  'clinic-notice': [],
  'emergency-alert': [],
  'breach-notice': [],
  'text-answer': [],
  'addresses-suppressed': [],
  'daily-cap-reached': [],
  'audit-alert': [],
  'emergency-access': [],
  'acted-on-behalf': [],
  'processing-limit': [],
  'records-merged': [],
  'account-merged': [],
  'records-parted': [],
  'webhook-disabled': [],
  'security-findings': [],
  'file-infected': [],
};

/** A link as the table writes it: without the portal's address, ids and tokens. */
function shape(url: string): string {
  if (!url.startsWith(`${CONTEXT.publicUrl}/`)) return 'of the doctor, for a visit by video';
  return url
    .slice(CONTEXT.publicUrl.length)
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, '{id}')
    .replace(/^\/confirm\/.+/, '/confirm/{token}')
    .replace(/#token=.+/, '#token={token}');
}

const linksOf = (template: TemplateName, language: (typeof CASES)[number]['language']) => {
  const links = CASES.filter((one) => one.template === template && one.language === language);
  return [...new Set(links.flatMap((one) => renderedCase(one).links.map(shape)))].toSorted();
};

test('every link of every template leads where the table says, in every language', () => {
  for (const language of new Set(CASES.map((one) => one.language))) {
    const found = Object.fromEntries(TEMPLATE_NAMES.map((name) => [name, linksOf(name, language)]));
    expect(found, language).toEqual(TABLE);
  }
});

test('every place in the table is a page of the application or of the portal itself, with what that page takes', () => {
  const pages = LINK_PATHS.map((path) => (LINK_TARGETS[path].takesToken ? `${path}#token={token}` : path));
  const known: readonly string[] = [
    ...pages,
    ...(['reschedule', 'cancel'] as const).map(
      (action) => `${'/appointments/{id}' satisfies LinkPath}?action=${action}`,
    ),
    ...['/confirm/{token}', 'of the doctor, for a visit by video'],
  ];
  const used = new Set(Object.values(TABLE).flat());
  expect([...used].filter((place) => !known.includes(place))).toEqual([]);
  expect(known.filter((place) => !used.has(place))).toEqual([]);
});
