/** Dashboards, alert rules and their pages: each names only what there is. What promtool says is in observability.full.test.ts. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { METRICS } from '../../src/app/metrics.ts';
import { OPERATION_PATHS } from '../../src/http/operation-paths.ts';
import { DASHBOARDS } from '../../tools/dashboards/boards.ts';
import { FOLDER, PAGES, type Rule, rules } from '../support/alert-rules.ts';

const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);
const recorded = rules.flatMap(({ record }) => (record === undefined ? [] : [record]));
const TABLE: Readonly<Record<string, { readonly kind: string; readonly labels: readonly string[] }>> = METRICS;
/** Of Prometheus: each scraped target has them, and a histogram has `le`. */
const OF_TARGETS = ['instance', 'job'];

/** @returns what a query names that neither the portal nor Prometheus has */
function unknownIn(expr: string): string[] {
  const series = [...expr.matchAll(/\b((?:portal|up)[a-z0-9_:]*)(?:\{([^}]*)\})?/g)];
  const ofSeries = series.flatMap(([, name = '', matchers = '']) => {
    if (name === 'up' || recorded.includes(name)) return [];
    const isBucket = TABLE[name] === undefined && name.endsWith('_bucket');
    const metric = TABLE[isBucket ? name.slice(0, -'_bucket'.length) : name];
    if (metric === undefined || (metric.kind === 'histogram') !== isBucket) return [name];
    const known = [...metric.labels, ...OF_TARGETS, ...(isBucket ? ['le'] : [])];
    const used = [...matchers.matchAll(/([a-z_]+)\s*[=!]~?"/g)].map(([, label = '']) => label);
    return used.filter((label) => !known.includes(label)).map((label) => `${name}{${label}}`);
  });
  const labels = series.flatMap(([, name = '']) => TABLE[name.replace(/_bucket$/, '')]?.labels ?? []);
  const grouped = [...expr.matchAll(/\b(?:by|ignoring) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
  return [...ofSeries, ...grouped.filter((label) => ![...labels, ...OF_TARGETS, 'le'].includes(label))];
}

const shown = DASHBOARDS.flatMap(({ panels }) => panels.flatMap(({ queries }) => Object.values(queries)));

describe('dashboards and alert rules', () => {
  test('name only metrics and labels that the portal has', () => {
    expect(shown.length).toBeGreaterThan(60);
    expect(shown.flatMap(unknownIn)).toEqual([]);
    expect(rules.flatMap(({ expr }) => unknownIn(expr))).toEqual([]);
    // What the check itself must find.
    expect(unknownIn('sum by (colour) (portal_bookings_total{who="x"}) / portal_beds')).toEqual([
      'portal_bookings_total{who}',
      'portal_beds',
      'colour',
    ]);
    expect(unknownIn('portal_http_request_duration_seconds')).toEqual(['portal_http_request_duration_seconds']);
  });

  test('legends use labels that their query leaves', () => {
    const faults = DASHBOARDS.flatMap(({ panels }) => panels).flatMap(({ queries }) =>
      Object.entries(queries).filter(([legend, expr]) => {
        const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
        const by = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ');
        return by !== undefined && named.some((label) => !by.includes(label));
      }),
    );
    expect(faults).toEqual([]);
  });

  test('every metric is shown on a dashboard', () => {
    const all = shown.join('\n');
    expect(Object.keys(METRICS).filter((name) => !new RegExp(`\\b${name}(_bucket)?\\b`).test(all))).toEqual([]);
  });

  test('each dashboard has a file that Grafana can read, and panels that do not overlap', async () => {
    const files = await readdir(`${FOLDER}grafana/dashboards`);
    expect(files.sort()).toEqual(DASHBOARDS.map(({ name }) => `${name}.json`).sort());
    for (const file of files) {
      const { panels } = JSON.parse(await readFile(`${FOLDER}grafana/dashboards/${file}`, 'utf8'));
      const places = (panels as { gridPos: { x: number; y: number; w: number; h: number } }[]).flatMap(({ gridPos }) =>
        Array.from({ length: gridPos.w * gridPos.h }, (_, at) => [
          gridPos.x + (at % gridPos.w),
          gridPos.y + Math.floor(at / gridPos.w),
        ]).map(String),
      );
      expect(new Set(places).size).toBe(places.length);
      expect(places.every((place) => Number(place.split(',')[0]) < 24)).toBe(true);
    }
  });
});

describe('each alert', () => {
  test('has a severity, a text, a page that names it, and a test that it fires and one that it does not', async () => {
    const tested = await testedAlerts();
    expect(alerts.length).toBeGreaterThan(20);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    for (const { alert, labels, annotations } of alerts) {
      expect(['critical', 'warning'], alert).toContain(labels?.severity);
      for (const part of ['summary', 'description']) expect(annotations?.[part]?.length, alert).toBeGreaterThan(10);
      const page = /^\{\{ \$externalLabels\.runbooks \}\}\/([a-z-]+\.md)$/.exec(annotations?.runbook_url ?? '')?.[1];
      const text = await readFile(`${PAGES}${page}`, 'utf8');
      expect(text).toContain(`\`${alert}\` (${labels?.severity}): ${annotations?.summary}`);
      for (const part of [
        '**What it means.**',
        '**Who is affected.**',
        '## First look',
        '## What to do',
        '## How it ends',
      ])
        expect(text, page).toContain(part);
      expect(await readFile(`${PAGES}README.md`, 'utf8')).toContain(`| \`${alert}\` | ${labels?.severity} |`);
      expect(
        tested
          .filter(([name]) => name === alert)
          .map(([, fires]) => fires)
          .sort(),
        alert,
      ).toEqual(expect.arrayContaining([false, true]));
    }
  });

  test('pages name operations, files and sections that are there', async () => {
    const paths = new Set(Object.values(OPERATION_PATHS).map(([method, path]) => `${method} ${path}`));
    for (const page of await readdir(PAGES)) {
      const text = await readFile(`${PAGES}${page}`, 'utf8');
      const named = [...text.matchAll(/`((?:GET|POST|PUT|DELETE) \/[^`?]*)/g)].map(([, operation = '']) => operation);
      expect(
        named.filter((operation) => !paths.has(operation)),
        page,
      ).toEqual([]);
      for (const [, link = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
        const [file = '', section] = link.split('#');
        expect(existsSync(`${PAGES}${file}`), `${page}: ${link}`).toBe(true);
        if (section === undefined) continue;
        const heads = [...(await readFile(`${PAGES}${file}`, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, head = '']) =>
          head
            .toLowerCase()
            .replace(/[^\w -]/g, '')
            .replaceAll(' ', '-'),
        );
        expect(heads, `${page}: ${link}`).toContain(section);
      }
    }
  });
});

interface Case {
  readonly promql_expr_test?: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[];
}

/** @returns the alerts that the files of tests are about, and whether they are expected to fire */
async function testedAlerts(): Promise<readonly (readonly [string, boolean])[]> {
  const folder = `${FOLDER}prometheus/tests/`;
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(`${folder}${name}`, 'utf8')));
  const cases = files.flatMap((text) => (parse(text) as { tests: Case[] }).tests);
  return cases.flatMap(({ promql_expr_test = [] }) =>
    promql_expr_test.map(
      ({ expr, exp_samples }) => [/alertname="(\w+)"/.exec(expr)?.[1] ?? '', exp_samples.length > 0] as const,
    ),
  );
}
