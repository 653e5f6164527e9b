import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SendGridServer, startSendGrid } from '../../tools/cloud/sendgrid.ts';

const apiKey = 'SG.a-key-for-tests';
const mail = {
  personalizations: [{ to: [{ email: 'Ana@example.org', name: 'Ana' }], custom_args: { notification: 'n-1' } }],
  from: { email: 'clinic@example.org' },
  subject: 'Your appointment',
  content: [
    { type: 'text/plain', value: 'Tomorrow at nine.' },
    { type: 'text/html', value: '<p>Tomorrow at nine.</p>' },
  ],
};

describe('SendGrid stand-in', () => {
  let server: SendGridServer;
  beforeAll(async () => {
    server = await startSendGrid({ apiKey });
  });
  beforeEach(() => server.clear());
  afterAll(() => server.close());

  const send = (body: unknown, key = apiKey) =>
    fetch(`${server.url}/v3/mail/send`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });

  test('an accepted mail is in the mailbox of its recipient, newest first', async () => {
    const reply = await send(mail);
    expect(reply.status).toBe(202);
    expect(await reply.text()).toBe('');
    await send({ ...mail, subject: 'Moved' });
    await send({ ...mail, personalizations: [{ to: [{ email: 'ben@example.org' }] }] });
    const mails = await (await fetch(`${server.url}/__mailbox?to=ana@example.org`)).json();
    expect(mails.map(({ subject }: { subject: string }) => subject)).toEqual(['Moved', 'Your appointment']);
    expect(mails[1]).toMatchObject({
      messageId: reply.headers.get('x-message-id'),
      to: ['ana@example.org'],
      content: { 'text/plain': 'Tomorrow at nine.' },
      customArguments: { notification: 'n-1' },
    });
    expect(server.mailbox()).toHaveLength(3);
  });

  test('a wrong key is refused', async () => {
    expect((await send(mail, 'SG.guess')).status).toBe(401);
  });

  test.each([
    ['from', { from: undefined }],
    ['from', { from: { email: 'nobody' } }],
    ['personalizations', { personalizations: [] }],
    ['personalizations.0.to', { personalizations: [{ to: [] }] }],
    ['personalizations.0.to', { personalizations: [{ to: [{ email: 'a b@example.org' }] }] }],
    ['subject', { subject: '' }],
    ['content', { content: [] }],
    ['content', { content: [{ type: 'text/plain', value: '' }] }],
    ['content', { content: [mail.content[1], mail.content[0]] }],
  ])('a fault in %s is named and nothing is kept', async (field, change) => {
    const reply = await send({ ...mail, ...change });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ errors: [{ field, message: expect.any(String) }] });
    expect(server.mailbox()).toEqual([]);
  });
});
