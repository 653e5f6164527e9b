/** The rules of the detection, as docs/operations.md lists them: made of their declarations. */
import { type DetectionRule, RULE_NAMES, ruleOf } from '../domain/protection/detection.ts';

const BEGIN = '<!-- detection: generated from domain/protection/detection.ts by `npm run docs` -->';
const END = '<!-- detection end -->';

function severityOf({ severity, graveSeverity }: DetectionRule): string {
  return graveSeverity === undefined ? severity : `${severity}; grave: ${graveSeverity}`;
}

function detectionTable(): string {
  const rows = RULE_NAMES.map((name) => {
    const rule = ruleOf(name);
    const { subject, threshold, windowMinutes, reaction, about } = rule;
    const cells = [`\`${name}\``, subject, `${threshold.toLocaleString('en')} in ${windowMinutes} min`];
    return `| ${[...cells, severityOf(rule), `\`${reaction}\``, about].join(' | ')} |`;
  });
  const head = ['| rule | about | threshold | severity | reaction | what it counts |', '|---|---|---|---|---|---|'];
  return [...head, ...rows].join('\n');
}

/** @param document docs/operations.md @returns the same, with the rules as they are declared now */
export function withDetectionTable(document: string): string {
  const [before = '', rest] = document.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error('docs/operations.md has no place for the table of the detection');
  return `${before}${BEGIN}\n${detectionTable()}\n${END}${after}`;
}
