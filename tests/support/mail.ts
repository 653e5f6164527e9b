/** A mail as it is handed to a channel. */
import type { OutgoingMessage } from '../../domain/notifications/ports.ts';
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
