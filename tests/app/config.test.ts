import { describe, expect, test } from 'vitest';
import { LocksUnavailable } from '../../adapters/postgres/migrate/migration-locks.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { ConfigRefused, parseConfig, SETTING_DOCS, VARIABLES, webhookAddresses } from '../../src/config.ts';
import { mailProviders } from '../../src/provider-settings.ts';
import { explainStart } from '../../src/start-faults.ts';

function faults(environment: Record<string, string>, runtime: 'worker' | 'deno' = 'deno'): readonly string[] {
  try {
    parseConfig(environment, runtime);
  } catch (error) {
    if (error instanceof ConfigRefused) return error.faults;
    throw error;
  }
  return [];
}

describe('the settings', () => {
  test('nothing set: embedded, on loopback, with a demo clinic', () => {
    expect(parseConfig({}, 'deno')).toMatchObject({
      mode: 'embedded',
      HOST: '127.0.0.1',
      PORT: 8787,
      DATA_DIR: '.data',
      DEMO: true,
      MFA_REQUIRED_ROLES: ['admin', 'staff', 'doctor'],
      RATE_LIMIT_FACTOR: 1,
    });
  });

  test('a database makes it self-hosted; an empty value counts as unset, except for the roles that need a second factor', () => {
    expect(parseConfig({ DATABASE_URL: 'postgres://host/db', PORT: '' }, 'deno')).toMatchObject({
      mode: 'self-hosted',
      PORT: 8787,
    });
    expect(parseConfig({ MFA_REQUIRED_ROLES: '' }, 'deno').MFA_REQUIRED_ROLES).toEqual([]);
    expect(parseConfig({ PUBLIC_URL: 'https://portal.example/' }, 'deno').PUBLIC_URL).toBe('https://portal.example');
  });

  test('all faults are reported at once, each with its variable but without its value', () => {
    const told = faults({
      PORT: '70000',
      DEMO: 'yes',
      DATABASE_URL: 'mysql://secret-host/db',
      MFA_REQUIRED_ROLES: 'nurse',
      TOKEN_KEYS: 'short',
    });
    expect(told.map((fault) => fault.split(':')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'DEMO',
      'MFA_REQUIRED_ROLES',
      'TOKEN_KEYS',
    ]);
    expect(told.join()).not.toMatch(/secret-host|short\b/);
  });

  test('in production nothing is generated, and settings that weaken security are refused', () => {
    expect(
      faults({
        APP_ENV: 'production',
        PUBLIC_URL: 'http://portal.example',
        RATE_LIMIT_FACTOR: '0',
        DEV_MAILBOX: '1',
        DATABASE_URL: 'postgres://h/d',
      }),
    ).toEqual([
      'TOKEN_KEYS: must be set when APP_ENV is production',
      'FIELD_KEYS: must be set when APP_ENV is production',
      'INDEX_KEY: must be set when APP_ENV is production',
      'CHECKPOINT_KEYS: must be set when APP_ENV is production',
      'DEV_MAILBOX: refused when APP_ENV is production',
      'RATE_LIMIT_FACTOR: 0 is refused in production',
      'PUBLIC_URL: must start with https:// in production',
      'SENDGRID_API_KEY, SMTP_URL: one of them must be set in production, or no mail can be sent',
    ]);
  });

  test('only an embedded portal in development keeps mails and creates a demo', () => {
    const secrets = {
      TOKEN_KEYS: 'x'.repeat(20),
      FIELD_KEYS: 'x'.repeat(20),
      INDEX_KEY: 'x'.repeat(43),
      CHECKPOINT_KEYS: 'x'.repeat(20),
    };
    const mail = { SENDGRID_API_KEY: 'SG.0123456789abcdef', MAIL_FROM: 'a@b.example' };
    const production = { APP_ENV: 'production', PUBLIC_URL: 'https://portal.example', ...secrets, ...mail };
    expect(parseConfig({}, 'deno')).toMatchObject({ keepMails: true, seedDemo: true });
    expect(parseConfig({ DEMO: '0' }, 'deno')).toMatchObject({ seedDemo: false });
    expect(parseConfig(production, 'deno')).toMatchObject({ mode: 'embedded', keepMails: false, seedDemo: false });
    expect(parseConfig({ DATABASE_URL: 'postgres://h/d' }, 'deno')).toMatchObject({
      keepMails: false,
      seedDemo: false,
    });
    expect(faults({ ...production, APP_ENV: 'staging', DEV_MAILBOX: '1' })).toEqual([
      'DEV_MAILBOX: refused when APP_ENV is staging',
    ]);
    expect(faults({ CORS_ORIGINS: 'https://a.example,*' })).toEqual([
      'CORS_ORIGINS: name each origin; * is refused (R36)',
    ]);
  });

  test('at the edge every service must be named', () => {
    expect(faults({}, 'worker').map((fault) => fault.split(':')[0])).toEqual([
      'DATABASE_URL',
      'PUBLIC_URL',
      'TOKEN_KEYS',
      'FIELD_KEYS',
      'INDEX_KEY',
      'CHECKPOINT_KEYS',
      'UPSTASH_REDIS_REST_URL',
      'UPSTASH_REDIS_REST_TOKEN',
      'QSTASH_TOKEN',
      'QSTASH_CURRENT_SIGNING_KEY',
      'QSTASH_NEXT_SIGNING_KEY',
    ]);
  });

  test('settings that belong together are set together or not at all', () => {
    expect(faults({ ADMIN_EMAIL: 'a@b.example' })).toEqual(['ADMIN_EMAIL, ADMIN_PASSWORD: set both or neither']);
    expect(faults({ SENDGRID_API_KEY: 'SG.0123456789abcdef' })).toEqual([
      'MAIL_FROM: must be set with SENDGRID_API_KEY',
    ]);
  });

  test('a bucket is an address with both keys', () => {
    const bucket = (text: string) => parseConfig({ S3_URL: text }, 'deno').S3_URL;
    expect(bucket('https://AKIA:se%2Fcret@s3.example:9000/clinic-files?region=eu-central-1')).toEqual({
      endpoint: 'https://s3.example:9000',
      bucket: 'clinic-files',
      accessKeyId: 'AKIA',
      secretAccessKey: 'se/cret',
      region: 'eu-central-1',
    });
    expect(bucket('http://id:key@127.0.0.1/files/')).toMatchObject({ endpoint: 'http://127.0.0.1', bucket: 'files' });
    const wrong = [
      'https://s3.example/files',
      'https://id@s3.example/files',
      'https://id:key@s3.example',
      's3://id:key@a/b',
    ];
    for (const text of [...wrong, 'https://id:key@s3.example/a/b', 'https://id:key@s3.example/files?acl=public']) {
      expect(faults({ S3_URL: text }), text).toEqual([expect.stringMatching(/^S3_URL: expected https/)]);
    }
  });

  test('a mail server is an address with or without user and password', () => {
    const server = (text: string) => parseConfig({ SMTP_URL: text, MAIL_FROM: 'a@b.example' }, 'deno').SMTP_URL;
    expect(server('smtp://mail.example')).toEqual({
      host: 'mail.example',
      port: 587,
      tls: 'starttls',
      credentials: null,
    });
    expect(server('smtps://us%40er:p%3Aw%2Fd@mail.example')).toEqual({
      host: 'mail.example',
      port: 465,
      tls: 'implicit',
      credentials: { user: 'us@er', password: 'p:w/d' },
    });
    expect(server('smtp://[::1]:2525?tls=off')).toMatchObject({ host: '::1', port: 2525, tls: 'off' });
    const wrong = ['mail.example', 'http://mail.example', 'smtp://user@mail.example', 'smtp://mail.example/x'];
    for (const text of [
      ...wrong,
      'smtps://mail.example?tls=off',
      'smtp://mail.example?tls=no',
      'smtp://%ff:x@mail.example',
    ]) {
      expect(faults({ SMTP_URL: text, MAIL_FROM: 'a@b.example' }), text).toEqual([
        expect.stringMatching(/^SMTP_URL: expected smtp/),
      ]);
    }
  });

  test('mail is not sent unencrypted, except to this machine', () => {
    const off = (host: string, more = {}) =>
      faults({ SMTP_URL: `smtp://${host}?tls=off`, MAIL_FROM: 'a@b.example', ...more }).filter((fault) =>
        fault.startsWith('SMTP_URL'),
      );
    expect(off('mail.example')).toEqual([]);
    expect(off('user:secret@mail.example')).toHaveLength(1);
    expect(off('mail.example', { APP_ENV: 'production' })).toHaveLength(1);
    expect(off('user:secret@localhost', { APP_ENV: 'production' })).toEqual([]);
  });

  test('Workers reach no port 25, and take no authority of ours', () => {
    const settings = {
      SMTP_URL: 'smtp://mail.example:25',
      MAIL_FROM: 'a@b.example',
      SMTP_CA: '-----BEGIN CERTIFICATE-----',
    };
    expect(faults(settings, 'worker').filter((fault) => fault.startsWith('SMTP'))).toHaveLength(2);
    expect(faults(settings)).toEqual([]);
  });

  test('the providers of e-mail are used in the order that is set, if they are configured', () => {
    const both = { SENDGRID_API_KEY: 'SG.0123456789abcdef', SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'a@b.example' };
    const order = (settings: Record<string, string>) => mailProviders(parseConfig(settings, 'deno'));
    expect(order(both)).toEqual(['sendgrid', 'smtp']);
    expect(order({ ...both, MAIL_PROVIDERS: 'smtp, sendgrid' })).toEqual(['smtp', 'sendgrid']);
    expect(order({ ...both, MAIL_PROVIDERS: 'smtp' })).toEqual(['smtp']);
    expect(order({ ...both, SENDGRID_API_KEY: '' })).toEqual(['smtp']);
    expect(faults({ ...both, MAIL_PROVIDERS: 'postbox' })).toHaveLength(1);
  });

  test('webhooks go to any host at the edge and in development, else to those that the operator names', () => {
    const hosts = (environment: Record<string, string>) => webhookAddresses(parseConfig(environment, 'deno')).hosts;
    expect(hosts({})).toEqual(['*']);
    expect(hosts({ WEBHOOK_HOSTS: 'a.example, .b.example' })).toEqual(['a.example', '.b.example']);
    expect(hosts({ DATABASE_URL: 'postgres://h/d' })).toEqual([]);
    expect(hosts({ DATABASE_URL: 'postgres://h/d', WEBHOOK_HOSTS: '*' })).toEqual(['*']);
    expect(faults({ WEBHOOK_HOSTS: 'https://a.example' })).toHaveLength(1);
    expect(faults({ APP_ENV: 'staging', WEBHOOKS_ALLOW_LOCALHOST: '1' })).toContain(
      'WEBHOOKS_ALLOW_LOCALHOST: refused when APP_ENV is staging',
    );
  });

  test('push needs a whole set of keys, and no stand-in in production', () => {
    const vapid = { VAPID_PUBLIC_KEY: `B${'A'.repeat(86)}`, VAPID_PRIVATE_KEY: 'A'.repeat(43) };
    expect(faults(vapid)).toEqual(['VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT: set all or none']);
    expect(
      faults({ ...vapid, VAPID_SUBJECT: 'mailto:it@clinic.example', WEB_PUSH_HOSTS: 'a.example, .b.example' }),
    ).toEqual([]);
    expect(faults({ WEB_PUSH_HOSTS: 'https://a.example' })).toHaveLength(1);
    expect(faults({ FCM_SERVICE_ACCOUNT: '{"project_id":"p"}' })).toHaveLength(1);
    const production = { APP_ENV: 'production', WEB_PUSH_URL: 'http://127.0.0.1' };
    expect(faults(production)).toContain('WEB_PUSH_URL: refused in production');
  });

  test('each setting is described', () => {
    expect(SETTING_DOCS.map(({ name }) => name)).toEqual(VARIABLES);
    expect(SETTING_DOCS.every(({ about }) => about.length > 10)).toBe(true);
  });
});

describe('messages when the portal cannot start', () => {
  test.each([
    [new ConfigRefused(['PORT: wrong']), 'PORT: wrong'],
    [Object.assign(new Error('x'), { name: 'AddrInUse' }), 'set PORT to another port'],
    [Object.assign(new Error('x'), { name: 'AddrNotAvailable' }), 'Set HOST'],
    [Object.assign(new Error('0001_x.sql was changed'), { name: 'MigrationRefused' }), '0001_x.sql was changed'],
    [
      new Unavailable('database', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) }),
      'ECONNREFUSED: connect',
    ],
    [new LocksUnavailable('its locks were not available'), 'The database cannot be migrated now: its locks'],
    [new Unavailable('database'), 'it does not answer'],
    [new Error('something else'), 'something else'],
  ])('%s', (error, message) => {
    const told = explainStart(error);
    expect(told).toContain(message);
    expect(told).not.toMatch(/\n\s+at /);
  });
});
