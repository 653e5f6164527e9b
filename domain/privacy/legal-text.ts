/** The clinic's legal texts. A published version never changes, so that the text that somebody agreed to stays readable. */

import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { PrivacyChange } from './changes.ts';
import type { Decision } from './decision.ts';

/** A text in one language, as Markdown without HTML. */
export interface LocalText {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly text: string;
}

export interface LegalText {
  /** Such as `terms`, `privacy`, `cookies`, or a consent that the clinic asks for. */
  readonly kind: string;
  readonly version: string;
  /** Whether it stays outstanding until the person accepts it, or until the person decides either way. */
  readonly acceptance: 'required' | 'optional';
  /** When it becomes the current version. */
  readonly from: Instant;
  /** The first is the default, for people who read none of the other languages. */
  readonly texts: readonly LocalText[];
  readonly publishedAt: Instant;
}

/** A person's latest decision on a version of a text. */
export interface TextDecision {
  readonly kind: string;
  readonly version: string;
  readonly given: boolean;
}

export type LegalVersionExists = { readonly code: 'legal_version_exists' };
export type LegalTextUnknown = {
  readonly code: 'legal_text_unknown';
  /** Which of the two is unknown. */
  readonly field: 'kind' | 'version';
  /** The values that exist. */
  readonly known: readonly string[];
};

/** The version of this kind that is in force. */
export function currentText(texts: readonly LegalText[], kind: string, now: Instant): LegalText | undefined {
  return texts.filter((text) => text.kind === kind && text.from <= now).toSorted(newestFirst)[0];
}

export function newestFirst(a: LegalText, b: LegalText): number {
  return b.from - a.from || b.publishedAt - a.publishedAt || (a.version < b.version ? 1 : -1);
}

/** In the language asked for, else in the same language of another region, else in the first. */
export function textIn({ texts }: LegalText, language: string | undefined): LocalText | undefined {
  const primary = (tag: string) => tag.split('-')[0]?.toLowerCase();
  return (
    texts.find((text) => text.language === language) ??
    texts.find((text) => language !== undefined && primary(text.language) === primary(language)) ??
    texts[0]
  );
}

/** The current versions that the person has not decided on; of required ones, those not accepted. */
export function outstandingTexts(
  texts: readonly LegalText[],
  decisions: readonly TextDecision[],
  now: Instant,
): readonly LegalText[] {
  const kinds = [...new Set(texts.map(({ kind }) => kind))].sort();
  return kinds.flatMap((kind) => {
    const current = currentText(texts, kind, now);
    if (current === undefined) return [];
    const said = decisions.find((each) => each.kind === kind && each.version === current.version);
    const isSettled = current.acceptance === 'required' ? said?.given === true : said !== undefined;
    return isSettled ? [] : [current];
  });
}

/**
 * Whether a decision can be recorded: the version must be published and in force. An earlier decision can always be
 * withdrawn, even if its version is not published (GDPR Art. 7(3)).
 * @returns undefined when it can be recorded
 */
export function checkDecision(
  wanted: TextDecision,
  texts: readonly LegalText[],
  decisions: readonly TextDecision[],
  now: Instant,
): LegalTextUnknown | undefined {
  const isThis = (each: { readonly kind: string; readonly version: string }) =>
    each.kind === wanted.kind && each.version === wanted.version;
  if (!wanted.given && decisions.some(isThis)) return undefined;
  const inForce = texts.filter(({ from }) => from <= now);
  if (inForce.some(isThis)) return undefined;
  const versions = inForce.filter(({ kind }) => kind === wanted.kind).map(({ version }) => version);
  return versions.length === 0
    ? { code: 'legal_text_unknown', field: 'kind', known: [...new Set(inForce.map(({ kind }) => kind))].sort() }
    : { code: 'legal_text_unknown', field: 'version', known: versions };
}

/** Publishes a version. Publishing the same text under the same version again changes nothing. */
export function publishText(
  text: LegalText,
  publishedBy: UserId,
  existing: readonly LegalText[],
): Result<Decision<PrivacyChange, LegalText>, LegalVersionExists> {
  const same = existing.find(({ kind, version }) => kind === text.kind && version === text.version);
  if (same !== undefined) {
    return isEqual(same, text)
      ? ok(decided({ value: same, changes: [], audit: [] }))
      : refuse({ code: 'legal_version_exists' });
  }
  return ok(
    decided({
      value: text,
      changes: [{ type: 'legal_text.published', text, publishedBy }],
      audit: [
        {
          type: 'legal_text.published',
          stream: 'system',
          outcome: 'success',
          resource: { type: 'legal_text', id: `${text.kind}/${text.version}` },
          details: { kind: text.kind, version: text.version, acceptance: text.acceptance },
        },
      ],
    }),
  );
}

function isEqual(a: LegalText, b: LegalText): boolean {
  const texts = (each: LegalText) =>
    JSON.stringify(each.texts.map(({ language, title, text }) => [language, title, text]));
  return a.acceptance === b.acceptance && texts(a) === texts(b);
}
