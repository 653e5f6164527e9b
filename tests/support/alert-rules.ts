/** The alert rules of `ops/prometheus`, read. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const FOLDER = fileURLToPath(new URL('../../ops/', import.meta.url));
export const PAGES = fileURLToPath(new URL('../../docs/runbook/', import.meta.url));

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** Files of rules, without the configuration of Prometheus beside them. */
export const RULE_FILES = (await readdir(`${FOLDER}prometheus`)).filter((name) => /^(alerts|slo)\.yaml$/.test(name));
const read = await Promise.all(
  RULE_FILES.map(async (name) => parse(await readFile(`${FOLDER}prometheus/${name}`, 'utf8')) as RuleFile),
);
export const rules: readonly Rule[] = read.flatMap(({ groups }) => groups.flatMap((group) => group.rules));
