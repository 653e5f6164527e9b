/** Settings of the file storage. */
import { z } from 'zod';
import { setting } from './setting.ts';

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

export const FILE_SETTINGS = {
  S3_URL: setting(
    bucket.optional(),
    'a folder in `DATA_DIR`',
    'Bucket of an S3-compatible server that keeps the files (Deno): `https://ACCESS_KEY_ID:SECRET_ACCESS_KEY@host/bucket`, with `?region=` where the server has regions; special characters of both keys are percent-encoded. The bucket must exist and be private',
  ),
};
