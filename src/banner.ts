/** The text that the terminal shows when the portal has started: its addresses, its state and the demo logins. */
import type { DemoLogin } from './app/demo.ts';
import type { Config } from './config.ts';
import { pathTo } from './http/links.ts';
import { warningsOf } from './warnings.ts';

export function banner(config: Config, url: string, demo: readonly DemoLogin[], hasAdministrator: boolean): string {
  const rows: [string, string][] = [
    ['Pages', `${url}/`],
    ['API', `${url}${pathTo('getApiIndex')}`],
    ['Reference', `${url}${pathTo('getReference')}`],
    ['Readiness', `${url}${pathTo('getReadiness')}`],
  ];
  if (config.keepMails) rows.push(['Mailbox', `${url}${pathTo('listDevelopmentMails')}`]);
  else rows.push(['Mail', config.sendsMail ? `through SendGrid, from ${config.MAIL_FROM}` : 'cannot be sent']);
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
          `  A demo clinic was created. The password of all accounts: ${demo[0]?.password ?? ''}`,
          ...demo.map(({ role, email }) => `  ${role.padEnd(10)} ${email}`),
          '  The password is shown only once. Set DEMO=0 to start without the demo clinic.',
        ];
  const notes = [
    ...warningsOf(config).map(({ detail }) => detail),
    ...(hasAdministrator ? [] : [noAdministrator(config)]),
  ];
  const told = notes.flatMap((note) => ['', `  ! ${note}.`]);
  return ['', `  Patient Portal is up (${config.mode}). Ctrl-C stops it.`, '', ...lines, ...told, ...logins, ''].join(
    '\n',
  );
}

function noAdministrator({ mode }: Config): string {
  const first = mode === 'embedded' ? 'Stop the portal and run' : 'Run';
  return `There is no administrator. ${first}: npm run admin -- create-admin --email you@clinic.example`;
}

/** The URL without user and password. */
function shown(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
