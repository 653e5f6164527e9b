/** The streams of the platform (ADR 0228) in SQL. All other streams are named by a person's id. */
import { PLATFORM, PLATFORM_BYTE, PLATFORM_STREAMS } from '../../../domain/audit/platform-streams.ts';
import { raw, type Sql } from '../driver/sql.ts';

/** @param stream an expression */
export function isOfPlatform(stream: string): Sql {
  return raw(`${stream} LIKE '${PLATFORM}%'`);
}

/** The person whose stream it is, as text of SQL; NULL for a stream of the platform. */
export function personOfStream(stream: string): string {
  return `CASE WHEN ${stream} NOT LIKE '${PLATFORM}%' THEN ${stream}::uuid END`;
}

/** As `streamOfEvent` chooses it. */
export function streamOfDigest(stream: string, digest: string): Sql {
  return raw(
    `CASE WHEN ${stream} = '${PLATFORM}' THEN '${PLATFORM}/' || get_byte(${digest}, ${PLATFORM_BYTE}) % ${PLATFORM_STREAMS} ELSE ${stream} END`,
  );
}
