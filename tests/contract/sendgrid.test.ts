import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendgridChannel } from '../../adapters/channels/sendgrid.ts';
import type { OutgoingMessage } from '../../domain/notifications/ports.ts';
import type { DeliveryId } from '../../domain/notifications/states.ts';
import { type SendGridServer, startSendGrid } from '../../tools/cloud/sendgrid.ts';
import { LOGO } from '../support/mail.ts';

const MESSAGE: OutgoingMessage = {
  receiverKey: null,
  id: '019a0000-0000-7000-8000-000000000001' as DeliveryId,
  channel: 'email',
  to: 'ada@example.org',
  subject: 'Hello',
  text: 'Hello Ada',
  html: '<p>Hello Ada</p>',
  attachments: [],
  template: 'verify-email',
  links: [],
  codes: [],
};

describe('e-mail through SendGrid', () => {
  let server: SendGridServer;
  beforeAll(async () => {
    server = await startSendGrid({ apiKey: 'SG.right' });
  });
  afterAll(() => server.close());
  const send = (message: OutgoingMessage, apiKey = 'SG.right', url = server.url) =>
    sendgridChannel({ apiKey, from: 'portal@clinic.example', url }).send(message);

  test('a message arrives unchanged', async () => {
    expect(await send(MESSAGE)).toMatchObject({ ok: true });
    expect(server.mailbox('ada@example.org')[0]).toMatchObject({ subject: 'Hello' });
    expect(JSON.stringify(server.mailbox('ada@example.org')[0])).toContain('Hello Ada');
  });

  test('a file arrives as it was, with its name and its type', async () => {
    const file = { filename: 'appointment.ics', type: 'text/calendar', text: 'BEGIN:VCALENDAR\r\nSUMMARY:Приём' };
    expect((await send({ ...MESSAGE, attachments: [file, file] })).ok).toBe(true);
    expect(server.mailbox('ada@example.org')[0]?.attachments).toEqual([file, file]);
    expect((await send(MESSAGE)).ok).toBe(true);
    expect(server.mailbox('ada@example.org')[0]?.attachments).toEqual([]);
  });

  test('a picture of the HTML comes beside the files, under the name that the HTML has for it', async () => {
    const file = { filename: 'appointment.ics', type: 'text/calendar', text: 'BEGIN:VCALENDAR' };
    expect((await send({ ...MESSAGE, attachments: [file], picture: LOGO })).ok).toBe(true);
    const { filename, type, contentId } = LOGO;
    expect(server.mailbox('ada@example.org')[0]?.attachments).toEqual([
      file,
      { filename, type, contentId, text: Buffer.from(LOGO.bytes).toString('utf8') },
    ]);
    const nameless = { ...LOGO, contentId: '' };
    expect(await send({ ...MESSAGE, picture: nameless })).toMatchObject({ ok: false, error: { kind: 'permanent' } });
  });

  test('a mail that can be switched off says how, with one click', async () => {
    expect((await send({ ...MESSAGE, unsubscribeUrl: 'https://portal.example/u/abc' })).ok).toBe(true);
    expect(server.mailbox('ada@example.org')[0]?.headers).toEqual({
      'List-Unsubscribe': '<https://portal.example/u/abc>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    });
  });

  test('the provider refuses parameters in the type of a file', async () => {
    const file = { filename: 'appointment.ics', type: 'text/calendar; method=PUBLISH', text: 'BEGIN:VCALENDAR' };
    expect(await send({ ...MESSAGE, attachments: [file] })).toMatchObject({ ok: false, error: { kind: 'permanent' } });
  });

  test('a wrong API key is our fault: the message is kept for later', async () => {
    expect(await send(MESSAGE, 'SG.wrong')).toMatchObject({
      ok: false,
      error: { kind: 'unreachable', reason: 'rejected' },
    });
  });

  test('a message that the provider refuses is not retried', async () => {
    expect(await send({ ...MESSAGE, subject: '' })).toMatchObject({ ok: false, error: { kind: 'permanent' } });
    expect(await send({ ...MESSAGE, channel: 'sms' })).toMatchObject({ ok: false, error: { kind: 'permanent' } });
  });

  test('a provider that cannot be reached is retried', async () => {
    expect(await send(MESSAGE, 'SG.right', 'http://127.0.0.1:1')).toMatchObject({
      ok: false,
      error: { kind: 'unreachable' },
    });
  });
});
