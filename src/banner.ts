/** What the terminal shows when the portal is up: where everything is. */
import type { DemoLogin } from './app/demo.ts';
import type { Config } from './config.ts';

export function banner(config: Config, url: string, demo: readonly DemoLogin[]): string {
  const rows: [string, string][] = [
    ['API', `${url}/api/v1`],
    ['Reference', `${url}/reference`],
    ['Ready?', `${url}/ready`],
  ];
  if (config.keepMails) rows.push(['Mailbox', `${url}/dev/mailbox`]);
  rows.push([
    'Database',
    config.DATABASE_URL === undefined ? `${config.DATA_DIR}/database (embedded)` : shown(config.DATABASE_URL),
  ]);
  rows.push([
    'Redis',
    config.REDIS_URL === undefined ? 'none: limits and cache in this process' : shown(config.REDIS_URL),
  ]);
  rows.push(['Files', `${config.DATA_DIR}/files`]);
  const lines = rows.map(([label, text]) => `  ${label.padEnd(10)} ${text}`);
  const logins =
    demo.length === 0
      ? []
      : [
          '',
          `  A demo clinic was made. Everybody’s password: ${demo[0]?.password ?? ''}`,
          ...demo.map(({ role, email }) => `  ${role.padEnd(10)} ${email}`),
          '  It is shown this once. DEMO=0 starts without.',
        ];
  return ['', `  Patient Portal is up (${config.mode}). Ctrl-C stops it.`, '', ...lines, ...logins, ''].join('\n');
}

/** Without the password. */
function shown(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
