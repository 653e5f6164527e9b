/** A mail as it is handed to a channel. */
import type { InlinePicture, OutgoingMessage } from '../../domain/notifications/ports.ts';
import type { DeliveryId } from '../../domain/notifications/states.ts';

export const MAIL: OutgoingMessage & { readonly channel: 'email'; readonly to: string } = {
  receiverKey: null,
  id: '019a0000-0000-7000-8000-000000000001' as DeliveryId,
  channel: 'email',
  to: 'ana@example.org',
  subject: 'Grüße',
  text: 'Hallo Ana',
  html: '<p>Hallo Ana</p>',
  attachments: [],
  template: 'verify-email',
  links: [],
  codes: [],
};

/** As a clinic's logo comes with a mail. Its bytes are of every value, and are a view into a larger buffer. */
export const LOGO: InlinePicture = {
  contentId: 'logo.019a0000-0000-7000-8000-000000000003@portal.example',
  filename: 'logo.png',
  type: 'image/png',
  bytes: Uint8Array.from({ length: 300 }, (_, n) => n % 256).subarray(7),
};
