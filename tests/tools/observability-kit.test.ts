/** The kit of ops/compose.observability.yaml. No container is started here: keys, files, addresses and retention are compared. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { VARIABLES } from '../../src/config.ts';
import { FOLDER, RULE_FILES } from '../support/alert-rules.ts';

const yaml = async (path: string) => parse(await readFile(`${FOLDER}${path}`, 'utf8'), { merge: true });

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly read_only?: boolean;
}

/** Of the Compose specification, as far as it is used here. */
const KEYS = new Set(
  'image command environment ports volumes secrets cap_drop cap_add security_opt read_only restart tmpfs user logging'.split(
    ' ',
  ),
);
const kit = await yaml('compose.observability.yaml');
const services: [string, Service][] = Object.entries(kit.services);
const added = services.filter(([name]) => name !== 'portal');

describe('the services', () => {
  test('are hardened images of a version, and use what is declared and there', async () => {
    expect(added.map(([name]) => name)).toEqual(['prometheus', 'alertmanager', 'grafana', 'jaeger', 'loki', 'alloy']);
    for (const [name, service] of added) {
      expect(
        Object.keys(service).filter((key) => !KEYS.has(key)),
        name,
      ).toEqual([]);
      expect(service.image, name).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+$/);
      expect(service).toMatchObject({
        ...{ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
      });
      // Dashboards, traces and logs have no sign-in, or one of their own: never on an address that others reach.
      for (const port of service.ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('./')) expect(existsSync(`${FOLDER}${source}`), volume).toBe(true);
        else if (!source.startsWith('/')) expect(Object.keys(kit.volumes)).toContain(source);
      }
      for (const secret of service.secrets ?? []) expect(Object.keys(kit.secrets)).toContain(secret);
    }
    const { environment } = kit.services.portal;
    for (const variable of Object.keys(environment)) expect(VARIABLES).toContain(variable);
    expect(VARIABLES).toContain(kit.secrets.metrics_token.environment);
    // Docker's socket is the machine.
    expect(await readFile(`${FOLDER}compose.observability.yaml`, 'utf8')).not.toContain('docker.sock');
  });

  test('each keep what they store for a time that is set', async () => {
    const command = (name: string) => (kit.services[name] as Service).command?.join(' ');
    expect(command('prometheus')).toMatch(/retention\.time=\d+d.*retention\.size=\d+GB/);
    expect(command('alertmanager')).toMatch(/--data\.retention=\d+h/);
    const { limits_config, compactor } = await yaml('loki/loki.yaml');
    expect(limits_config.retention_period).toMatch(/^\d+h$/);
    expect(compactor).toMatchObject({ retention_enabled: true, delete_request_store: 'filesystem' });
    const { extensions } = await yaml('jaeger/jaeger.yaml');
    expect(extensions.jaeger_storage.backends.traces.badger).toMatchObject({
      ephemeral: false,
      ttl: { spans: '168h' },
    });
  });

  test('call each other by name and port', async () => {
    const { datasources } = await yaml('grafana/provisioning/datasources/portal.yaml');
    const alloy = await readFile(`${FOLDER}alloy/config.alloy`, 'utf8');
    const called = [
      ...datasources.map(({ url }: { url: string }) => url),
      kit.services.portal.environment.OTEL_EXPORTER_OTLP_ENDPOINT,
      ...[...alloy.matchAll(/url = "([^"]+)"/g)].map(([, url]) => url),
    ].map((url) => new URL(url));
    const ports: Record<string, string[]> = {
      ...{ prometheus: ['9090'], alertmanager: ['9093'], loki: ['3100'], jaeger: ['16686', '4318'] },
    };
    expect(called.length).toBe(6);
    for (const { hostname, port } of called) expect(ports[hostname], hostname).toContain(port);
    const jaeger = await readFile(`${FOLDER}jaeger/jaeger.yaml`, 'utf8');
    for (const port of ports.jaeger ?? []) expect(jaeger).toContain(`0.0.0.0:${port}`);
    const uids = datasources.map(({ uid }: { uid: string }) => uid);
    for (const [, uid] of JSON.stringify(datasources).matchAll(/"datasourceUid":"(\w+)"/g)) expect(uids).toContain(uid);
    const { providers } = await yaml('grafana/provisioning/dashboards/portal.yaml');
    expect(kit.services.grafana.volumes).toContain(`./grafana/dashboards:${providers[0].options.path}:ro`);
  });

  test('Prometheus reads all rules and scrapes the job that they are about; Alertmanager knows every alert it names', async () => {
    const { rule_files, scrape_configs, global, alerting } = await yaml('prometheus/prometheus.yaml');
    expect(rule_files.sort()).toEqual([...RULE_FILES].sort());
    expect(scrape_configs.map(({ job_name }: { job_name: string }) => job_name)).toEqual(['patient-portal']);
    expect(global.external_labels.runbooks).toMatch(/^https:.*\/docs\/runbook$/);
    expect(JSON.stringify(alerting)).toContain('{"action":"labeldrop","regex":"runbooks"}');
    const { receivers, route, inhibit_rules } = await yaml('alertmanager/alertmanager.yaml');
    const named = receivers.map(({ name }: { name: string }) => name);
    expect([route.receiver, ...route.routes.map(({ receiver }: { receiver: string }) => receiver)].sort()).toEqual(
      named.sort(),
    );
    const text = await Promise.all(RULE_FILES.map((name) => readFile(`${FOLDER}prometheus/${name}`, 'utf8')));
    const inhibiting = [...JSON.stringify(inhibit_rules).matchAll(/Portal\w+/g)].map(([name]) => name);
    expect(inhibiting.length).toBeGreaterThan(5);
    for (const name of inhibiting) expect(text.join('\n')).toContain(`alert: ${name}`);
  });
});

/** Those that are installed: Debian has them in prometheus and prometheus-alertmanager. */
const TOOLS = [
  ['promtool', ['check', 'config', '--syntax-only', `${FOLDER}prometheus/prometheus.yaml`]],
  ['amtool', ['check-config', `${FOLDER}alertmanager/alertmanager.yaml`]],
] as const;
for (const [tool, args] of TOOLS)
  test(`${tool} takes its configuration`, (context) => {
    const { status, stdout, stderr, error } = spawnSync(tool, args, { encoding: 'utf8' });
    context.skip(error !== undefined, `${tool} is not installed`);
    expect(`${stdout}${stderr}`).toContain('SUCCESS');
    expect(status).toBe(0);
  });
