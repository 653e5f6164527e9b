/** Reads of legal texts and of people's decisions on them. */
import type { ConsentId } from '../../../domain/privacy/changes.ts';
import type { LegalText, LocalText, TextDecision } from '../../../domain/privacy/legal-text.ts';
import type { Acceptance, PrivacyLoads } from '../../../domain/privacy/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Row } from '../driver/driver.ts';
import { isAfter, rows, type SqlRecordedLoad, sql } from '../driver/sql.ts';

function readText(found: Row): LegalText {
  return {
    kind: found.kind as string,
    version: found.version as string,
    acceptance: found.acceptance as LegalText['acceptance'],
    from: found.valid_from as number,
    texts: found.texts as LocalText[],
    publishedAt: found.published_at as number,
  };
}

export const legalLoads: Pick<PrivacyLoads, 'legalTexts' | 'textDecisions' | 'acceptancesRead'> = {
  legalTexts: () =>
    rows(
      sql`SELECT kind, version, acceptance, valid_from, texts, published_at FROM legal_texts ORDER BY kind, valid_from`,
      readText,
    ),
  textDecisions: (userId) =>
    rows(
      sql`SELECT DISTINCT ON (kind, version) kind, version, given FROM consents WHERE user_id = ${userId}::uuid
          ORDER BY kind, version, at DESC, id DESC`,
      (found): TextDecision => ({
        kind: found.kind as string,
        version: found.version as string,
        given: found.given as boolean,
      }),
    ),
  acceptancesRead: ({ kind, version, userId }, { after, limit }): SqlRecordedLoad<Acceptance[]> => {
    const page = sql`FROM consents c
      WHERE c.kind = ${kind} AND ${version === null ? sql`true` : sql`c.version = ${version}`}
        AND ${userId === null ? sql`true` : sql`c.user_id = ${userId}::uuid`} AND ${isAfter(sql`c.at`, sql`c.id`, after)}
      ORDER BY c.at DESC, c.id DESC LIMIT ${limit + 1}::int`;
    return {
      load: rows(
        sql`SELECT c.id, c.user_id, c.kind, c.version, c.given, c.at, NOT EXISTS (
              SELECT 1 FROM consents n WHERE n.user_id = c.user_id AND n.kind = c.kind AND (n.at, n.id) > (c.at, c.id)
            ) AS current ${page}`,
        (found) => ({
          id: found.id as ConsentId,
          userId: found.user_id as UserId,
          kind: found.kind as string,
          version: found.version as string,
          given: found.given as boolean,
          at: found.at as number,
          current: found.current as boolean,
        }),
      ),
      streams: sql`SELECT q.user_id::text AS stream FROM (SELECT c.user_id ${page}) q`,
    };
  },
};
