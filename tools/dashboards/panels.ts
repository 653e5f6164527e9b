/** Panels of Grafana from what differs between them: a title, a query, a unit. The rest is the same in all of them. */

export type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'ops' | 'dateTimeFromNow';

export interface Panel {
  readonly title: string;
  /** Queries of PromQL by the legend of their series. */
  readonly queries: Readonly<Record<string, string>>;
  /** Default: `short`. */
  readonly unit?: Unit;
  /** `stat` shows the newest value, `table` all series at the moment. Default: `timeseries`. */
  readonly as?: 'timeseries' | 'stat' | 'table';
  /** What the panel is red from on. */
  readonly alarm?: number;
  readonly about?: string;
}

export interface Dashboard {
  /** Part of its address and the name of its file. */
  readonly name: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const DATASOURCE = { type: 'prometheus', uid: `\${datasource}` } as const;
const COLUMNS = 24;
const SIZES = { timeseries: [12, 8], stat: [4, 4], table: [12, 8] } as const;

/** @returns the dashboard as Grafana provisions it, formatted with two spaces */
export function dashboardJson({ name, title, panels }: Dashboard): string {
  const dashboard = {
    uid: `portal-${name}`,
    title: `Patient Portal: ${title}`,
    tags: ['patient-portal'],
    editable: false,
    refresh: '30s',
    schemaVersion: 39,
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    links: [
      { type: 'dashboards', tags: ['patient-portal'], title: 'Patient Portal', asDropdown: true, keepTime: true },
    ],
    templating: { list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }] },
    panels: placed(panels),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

/** Fills rows from left to right. */
function placed(panels: readonly Panel[]) {
  let [x, y, height] = [0, 0, 0];
  return panels.map((panel, index) => {
    const [w, h] = SIZES[panel.as ?? 'timeseries'];
    if (x + w > COLUMNS || (x > 0 && h !== height)) {
      y += height;
      x = 0;
    }
    height = h;
    const gridPos = { x, y, w, h };
    x += w;
    return { id: index + 1, gridPos, ...panelJson(panel) };
  });
}

function panelJson({ title, queries, unit = 'short', as = 'timeseries', alarm, about }: Panel) {
  const steps = [{ color: 'green', value: null }, ...(alarm === undefined ? [] : [{ color: 'red', value: alarm }])];
  const line = { lineWidth: 1, fillOpacity: 10, showPoints: 'never' };
  const custom = alarm === undefined ? line : { ...line, thresholdsStyle: { mode: 'line' } };
  return {
    type: as,
    title,
    ...(about === undefined ? {} : { description: about }),
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: {
        unit,
        min: unit === 'dateTimeFromNow' ? null : 0,
        thresholds: { mode: 'absolute', steps },
        ...(as === 'timeseries' ? { custom } : {}),
      },
      overrides: [],
    },
    targets: Object.entries(queries).map(([legendFormat, expr], at) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + at),
      datasource: DATASOURCE,
      expr,
      legendFormat,
      ...(as === 'timeseries' ? {} : { instant: true }),
      ...(as === 'table' ? { format: 'table' } : {}),
    })),
  };
}
