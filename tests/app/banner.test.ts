import { describe, expect, test } from 'vitest';
import { banner } from '../../src/banner.ts';
import { parseConfig } from '../../src/config.ts';

const URL_ = 'http://127.0.0.1:8787';
const HOSTED = { DATABASE_URL: 'postgres://portal:secret@db.example/portal' };

describe('the banner', () => {
  test('without a mail provider a self-hosted portal says that mail cannot be sent, and what to set', () => {
    const told = banner(parseConfig(HOSTED, 'deno'), URL_, [], true);
    expect(told).toMatch(/Mail +cannot be sent/);
    expect(told).toContain('Set MAIL_FROM and SENDGRID_API_KEY or SMTP_URL');
    expect(told).not.toContain('secret');
  });

  test('with a provider or a mailbox it says where mails go, without a warning', () => {
    const sends = { ...HOSTED, SENDGRID_API_KEY: 'SG.0123456789abcdef', MAIL_FROM: 'portal@clinic.example' };
    expect(banner(parseConfig(sends, 'deno'), URL_, [], true)).toContain(
      'through SendGrid, from portal@clinic.example',
    );
    for (const settings of [sends, { ...HOSTED, DEV_MAILBOX: '1' }, {}]) {
      expect(banner(parseConfig(settings, 'deno'), URL_, [], true)).not.toContain('!');
    }
  });

  test('without an administrator it says how to create one', () => {
    expect(banner(parseConfig(HOSTED, 'deno'), URL_, [], false)).toContain('Run: npm run admin -- create-admin');
    expect(banner(parseConfig({}, 'deno'), URL_, [], false)).toContain('Stop the portal and run: npm run admin');
  });
});
