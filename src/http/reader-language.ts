/** The language of a page: of its reader, or else the one that the browser asks for. */
import type { Context as HonoContext } from 'hono';
import { parseAccept } from 'hono/utils/accept';
import { LANGUAGES, languageOf, writtenLanguage } from '../../domain/shared/wording/language.ts';
import { textsIn } from '../app/notifications/languages.ts';
import type { AppEnv } from './env.ts';

/**
 * Of the languages that the portal writes, the one of the highest quality (RFC 9110 section 12.5.4). Of several the first.
 *
 * @returns BCP 47, with the region that the header gives; `en` if the portal writes none of them
 */
export function acceptedTag(acceptLanguage: string | undefined): string {
  const ranges = parseAccept(acceptLanguage ?? '');
  const named = new Set(ranges.map(({ type }) => writtenLanguage(type)));
  for (const { type, q } of ranges) {
    if (q === 0) break;
    if (writtenLanguage(type) !== undefined) return type;
    const other = type === '*' ? LANGUAGES.find((language) => !named.has(language)) : undefined;
    if (other !== undefined) return other;
  }
  return 'en';
}

/** @param known BCP 47, of the reader; null if nothing is known of who reads, and the browser decides */
export async function readerLanguage(c: HonoContext<AppEnv>, known: string | null) {
  if (known === null) c.header('Vary', 'Accept-Language', { append: true });
  const tag = known ?? acceptedTag(c.req.header('accept-language'));
  const { words } = await textsIn(tag);
  return { tag, language: languageOf(tag), words };
}
