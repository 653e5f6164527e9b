/** Settings of the providers that send messages, and what they need of each other. */
import { z } from 'zod';
import { secret, setting, url } from './setting.ts';

/** Providers of e-mail. */
const MAIL_PROVIDERS = ['sendgrid', 'smtp'] as const;
export type MailProvider = (typeof MAIL_PROVIDERS)[number];

/** A mail server. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'off';
  readonly credentials: { readonly user: string; readonly password: string } | null;
}

const mailServer = z.string().transform((text, context): MailServer => {
  const server = parseMailServer(text);
  if (server !== undefined) return server;
  const message =
    'expected smtp://user:password@host:587 or smtps://user:password@host:465, with both or neither of user and password';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** User and password are percent-encoded, as in any URL. */
function parseMailServer(text: string): MailServer | undefined {
  if (!/^smtps?:\/\/[^/]/.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, search, pathname } = new URL(text);
  const isImplicit = protocol === 'smtps:';
  const isOff = search === '?tls=off' && !isImplicit;
  if ((username === '') !== (password === '') || (search !== '' && !isOff) || !['', '/'].includes(pathname))
    return undefined;
  try {
    return {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (isImplicit ? 465 : 587) : Number(port),
      tls: isImplicit ? 'implicit' : isOff ? 'off' : 'starttls',
      credentials:
        username === '' ? null : { user: decodeURIComponent(username), password: decodeURIComponent(password) },
    };
  } catch {
    return undefined;
  }
}

/** A P-256 key as SubjectPublicKeyInfo, in base64. */
const verificationKey = z.string().regex(/^MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE[A-Za-z0-9+/]{86}==$/, {
  error: 'expected the verification key that SendGrid shows beside the signed event webhook',
});

/** The key file of a Google service account. */
const serviceAccount = z.string().transform((text, context) => {
  const shape = z.object({
    project_id: z.string().regex(/^[a-z0-9-]+$/),
    client_email: z.string().min(1),
    private_key: z.string().startsWith('-----BEGIN PRIVATE KEY-----'),
    token_uri: url(['https:', 'http:']),
  });
  const parsed = shape.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'expected the JSON of the key file of a Google service account' });
  return z.NEVER;
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const listed = (text: string) =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

const hosts = z
  .string()
  .default('')
  .transform(listed)
  .refine((names) => names.every((name) => /^\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)), {
    error: 'expected names of hosts, separated by commas',
  });

export const PROVIDER_SETTINGS = {
  MAIL_FROM: setting(
    z.email({ error: 'expected an e-mail address' }).optional(),
    '',
    'Address that e-mail is sent from',
  ),
  MAIL_PROVIDERS: setting(
    z
      .string()
      .default('sendgrid,smtp')
      .transform(listed)
      .pipe(
        z.array(z.enum(MAIL_PROVIDERS, { error: `expected ${MAIL_PROVIDERS.join(' and ')}, separated by commas` })),
      ),
    'sendgrid,smtp',
    'Who sends the e-mail: the first of these that is configured (ADR 0223)',
  ),
  SENDGRID_API_KEY: setting(secret.optional(), '', 'API key of SendGrid, which sends the e-mail'),
  SENDGRID_URL: setting(
    url(['http:', 'https:']).default('https://api.sendgrid.com'),
    'https://api.sendgrid.com',
    'Address of the SendGrid API',
  ),
  SMTP_URL: setting(
    mailServer.optional(),
    '',
    'Mail server that sends the e-mail: `smtp://user:password@host:587`, which must offer STARTTLS, or `smtps://user:password@host:465`; special characters of user and password are percent-encoded. `?tls=off` sends unencrypted, which production allows only to this machine',
  ),
  SMTP_CA: setting(
    z.string().startsWith('-----BEGIN CERTIFICATE-----', { error: 'expected a certificate in PEM' }).optional(),
    'those of the runtime',
    'Certificate in PEM of the authority that vouches for the mail server, if it is your own (Deno)',
  ),
  SENDGRID_WEBHOOK_KEY: setting(
    verificationKey.optional(),
    'none is accepted',
    'Verification key of SendGrid’s event webhook, which tells what became of mails',
  ),
  SENDGRID_NEXT_WEBHOOK_KEY: setting(
    verificationKey.optional(),
    '',
    'Verification key that SendGrid’s event webhook will be signed with next, while it is changed',
  ),
  TWILIO_ACCOUNT_SID: setting(
    z
      .string()
      .regex(/^AC[0-9a-f]{32}$/, { error: 'expected AC and 32 hexadecimal digits' })
      .optional(),
    '',
    'Account at Twilio, which sends the SMS',
  ),
  TWILIO_AUTH_TOKEN: setting(secret.optional(), '', 'Token of the Twilio account'),
  TWILIO_NEXT_AUTH_TOKEN: setting(
    secret.optional(),
    '',
    'Token that will sign the callbacks of Twilio next, while it is changed',
  ),
  TWILIO_FROM: setting(
    z
      .string()
      .regex(/^(\+\d{6,15}|MG[0-9a-f]{32})$/, {
        error: 'expected a number such as +15005550006, or the SID of a messaging service',
      })
      .optional(),
    '',
    'Number, or messaging service of Twilio, that SMS are sent from',
  ),
  TWILIO_URL: setting(
    url(['http:', 'https:']).default('https://api.twilio.com'),
    'https://api.twilio.com',
    'Address of the Twilio API',
  ),
  VAPID_PUBLIC_KEY: setting(
    z
      .string()
      .regex(/^B[A-Za-z0-9_-]{86}$/, { error: 'expected base64url of an uncompressed P-256 point' })
      .optional(),
    '',
    'Key that browsers subscribe to push messages with. Without it, nothing is pushed to browsers',
  ),
  VAPID_PRIVATE_KEY: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/, { error: 'expected base64url of 32 bytes' })
      .optional(),
    '',
    'Private half of `VAPID_PUBLIC_KEY`',
  ),
  VAPID_SUBJECT: setting(
    z
      .string()
      .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, { error: 'expected mailto: or https:' })
      .optional(),
    '',
    'Whom a push service writes to if something is wrong, such as `mailto:it@clinic.example`',
  ),
  WEB_PUSH_HOSTS: setting(
    hosts,
    '',
    'Hosts of push services beside those of the common browsers, separated by commas; with a dot in front all hosts below. Nothing is pushed elsewhere',
  ),
  WEB_PUSH_URL: setting(
    url(['http:', 'https:']).optional(),
    'each browser’s own push service',
    'Address of a stand-in that gets the push messages instead. Refused in production',
  ),
  FCM_SERVICE_ACCOUNT: setting(
    serviceAccount.optional(),
    '',
    'Key file, as JSON, of the Google service account that sends push messages to apps by Firebase Cloud Messaging',
  ),
  FCM_URL: setting(
    url(['http:', 'https:']).default('https://fcm.googleapis.com'),
    'https://fcm.googleapis.com',
    'Address of Firebase Cloud Messaging',
  ),
} as const;

type Parsed = { readonly [K in keyof typeof PROVIDER_SETTINGS]: z.infer<(typeof PROVIDER_SETTINGS)[K]['schema']> };

/** Providers of e-mail that can send, the preferred one first. */
export function mailProviders(config: Parsed): readonly MailProvider[] {
  if (config.MAIL_FROM === undefined) return [];
  const configured = { sendgrid: config.SENDGRID_API_KEY !== undefined, smtp: config.SMTP_URL !== undefined };
  return config.MAIL_PROVIDERS.filter((name) => configured[name]);
}

export function providerFaults(
  config: Parsed,
  { isEdge, isProduction }: { isEdge: boolean; isProduction: boolean },
): string[] {
  const faults: string[] = [];
  for (const name of ['SENDGRID_API_KEY', 'SMTP_URL'] as const) {
    if (config[name] !== undefined && config.MAIL_FROM === undefined)
      faults.push(`MAIL_FROM: must be set with ${name}`);
  }
  const twilio = [config.TWILIO_ACCOUNT_SID, config.TWILIO_AUTH_TOKEN, config.TWILIO_FROM];
  if (twilio.includes(undefined) && twilio.some((value) => value !== undefined)) {
    faults.push('TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM: set all or none');
  }
  const vapid = [config.VAPID_PUBLIC_KEY, config.VAPID_PRIVATE_KEY, config.VAPID_SUBJECT];
  if (vapid.includes(undefined) && vapid.some((value) => value !== undefined)) {
    faults.push('VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT: set all or none');
  }
  const server = config.SMTP_URL;
  if (isEdge && server?.port === 25) faults.push('SMTP_URL: Workers cannot connect to port 25; use 587 or 465');
  if (isEdge && config.SMTP_CA !== undefined) faults.push('SMTP_CA: Workers know the public authorities only');
  const isRemote = server !== undefined && !['localhost', '127.0.0.1', '::1'].includes(server.host);
  if (server?.tls === 'off' && isRemote && (isProduction || server.credentials !== null)) {
    faults.push(
      'SMTP_URL: ?tls=off is refused in production and with a password, unless the server is on this machine',
    );
  }
  if (isProduction && config.WEB_PUSH_URL !== undefined) faults.push('WEB_PUSH_URL: refused in production');
  return faults;
}
