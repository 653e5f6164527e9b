/** Settings of the file storage. */
import { z } from 'zod';
import { setting, whole } from './setting.ts';

/** A bucket of an S3-compatible server. */
export interface S3Bucket {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region?: string;
}

const bucket = z.string().transform((text, context): S3Bucket => {
  const parsed = parseBucket(text);
  if (parsed !== undefined) return parsed;
  const message =
    'expected https://ACCESS_KEY_ID:SECRET_ACCESS_KEY@host/bucket, with an optional ?region=, and both keys percent-encoded';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

function parseBucket(text: string): S3Bucket | undefined {
  if (!/^https?:\/\/[^/]/.test(text) || !URL.canParse(text)) return undefined;
  const { origin, username, password, pathname, searchParams, hash } = new URL(text);
  const [, name] = /^\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/?$/.exec(pathname) ?? [];
  const region = searchParams.get('region');
  const isKnown = [...searchParams.keys()].every((key) => key === 'region') && hash === '';
  if (name === undefined || username === '' || password === '' || !isKnown) return undefined;
  try {
    return {
      endpoint: origin,
      bucket: name,
      accessKeyId: decodeURIComponent(username),
      secretAccessKey: decodeURIComponent(password),
      ...(region === null ? {} : { region }),
    };
  } catch {
    return undefined;
  }
}

/** What scans files for malware. */
export type ScannerSetting =
  | { readonly kind: 'none' }
  | { readonly kind: 'clamd'; readonly host: string; readonly port: number }
  | { readonly kind: 'service'; readonly url: string; readonly token: string };

const LEAST_TOKEN = 16;

const scanner = z.string().transform((text, context): ScannerSetting => {
  const parsed = parseScanner(text);
  if (parsed !== undefined) return parsed;
  const message = `expected clamd://host:3310, https://TOKEN@host with a token of at least ${LEAST_TOKEN} characters, or none`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

function parseScanner(text: string): ScannerSetting | undefined {
  if (text === 'none') return { kind: 'none' };
  const [, host, digits] = /^clamd:\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (host !== undefined) {
    return port >= 1 && port <= 65_535 ? { kind: 'clamd', host: host.replace(/^\[|\]$/g, ''), port } : undefined;
  }
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, origin, username, password, pathname, search, hash } = new URL(text);
  // Files and the token are readable on the way without TLS.
  const isSafe =
    protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
  const isPlain = password === '' && pathname === '/' && search === '' && hash === '';
  if (!isSafe || !isPlain || username.length < LEAST_TOKEN) return undefined;
  return { kind: 'service', url: origin, token: username };
}

export const FILE_SETTINGS = {
  FILE_SCANNER: setting(
    scanner.optional(),
    '',
    'What scans files for malware: `clamd://127.0.0.1:3310` on the same machine or in a private network (Deno), `https://TOKEN@host` for the scanner service, or `none`, which calls every file clean. Without it files stay in quarantine, and nobody can open them',
  ),
  FILE_MAX_MB: setting(
    whole(1, 2_048).default(25),
    '25',
    'Largest file that may be uploaded, in megabytes (1,000,000 bytes)',
  ),
  FILE_QUOTA_MB: setting(
    whole(1, 1_000_000).default(500),
    '500',
    'What the own files of one person may take together, in megabytes. Deleted files count until they are purged',
  ),
  FILE_TOTAL_GB: setting(
    whole(1, 1_000_000).default(100),
    '100',
    'What all files may take together, in gigabytes (1,000,000,000 bytes)',
  ),
  UPLOADS_AT_ONCE: setting(
    whole(1, 1_000).default(4),
    '4',
    'Uploads that one process receives at the same time, half of them of one person; others get 503. Each takes up to 17 MB of memory',
  ),
  SHARE_DAYS: setting(
    whole(1, 3_650).default(30),
    '30',
    'Days for which a file is shared with a person, where no end is asked for; at most `SHARE_MAXIMUM_DAYS`',
  ),
  SHARE_MAXIMUM_DAYS: setting(
    whole(1, 3_650).default(365),
    '365',
    'Days for which a file can be shared with a person at most. A share can be renewed',
  ),
  PUBLIC_SHARE_MAXIMUM_DAYS: setting(
    whole(1, 365).default(30),
    '30',
    'Days for which a link to a file opens it without a sign-in at most, where the clinic allows such links; 7 if no end is asked for',
  ),
  S3_URL: setting(
    bucket.optional(),
    'a folder in `DATA_DIR`',
    'Bucket of an S3-compatible server that keeps the files (Deno): `https://ACCESS_KEY_ID:SECRET_ACCESS_KEY@host/bucket`, with `?region=` where the server has regions; special characters of both keys are percent-encoded. The bucket must exist and be private',
  ),
};
