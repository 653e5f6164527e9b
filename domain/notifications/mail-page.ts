/**
 * A mail as HTML that common programs render: tables where Outlook needs them, styles in each element because some programs drop
 * the style element, which has only what cannot be written there: the dark theme. Nothing is loaded from anywhere: the logo is a part of
 * the mail.
 */
import { escapeHtml } from '../shared/html.ts';
import type { Line, Link, Sender } from '../shared/messages.ts';
import type { Words } from '../shared/wording/wording.ts';

const LIGHT = { page: '#f6f8f9', surface: '#ffffff', ink: '#14212b', mute: '#4a5b68', line: '#d5dde2' };
const DARK = { page: '#0f171d', surface: '#18232b', ink: '#eef3f6', mute: '#a9b8c3', line: '#33424d' };
/** The most that a logo takes, in CSS pixels: it fits into a mail of 320. */
export const LOGO_BOX = { width: 240, height: 64 };
/** Behind the logo, in both themes. */
const PLATE = '#ffffff';
/** Where the clinic has chosen none. */
const BRAND = { primary: '#0b6270', onPrimary: '#ffffff' };
const DARK_BRAND = { primary: '#5fc4d2', onPrimary: '#06252b' };
const COLOUR = /^#[0-9a-f]{6}$/i;
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const TABLE = 'role="presentation" border="0" cellpadding="0" cellspacing="0"';
const P = `margin:0 0 16px;${FONT};font-size:16px;line-height:24px;color:${LIGHT.ink}`;
const SMALL = `margin:0 0 12px;${FONT};font-size:14px;line-height:20px;color:${LIGHT.mute}`;

/** The parts of a mail, from which text and HTML are both made. */
export interface Mail {
  readonly subject: string;
  /** What mail programs show beside the subject. */
  readonly preview: string;
  readonly greeting: string;
  readonly lines: readonly Line[];
  readonly action: Link | undefined;
  readonly signature: readonly string[];
  /** Why one gets the mail. */
  readonly reason: string;
  /** To change what one gets. */
  readonly choices: readonly Link[];
}

interface Look {
  readonly sender: Sender;
  readonly words: Words;
}

export function mailPage(mail: Mail, { sender, words }: Look): string {
  const { language, direction } = words;
  const start = direction === 'rtl' ? 'right' : 'left';
  const chosen = sender.colours;
  const brand = chosen !== null && COLOUR.test(chosen.primary) && COLOUR.test(chosen.onPrimary) ? chosen : undefined;
  const { primary } = brand ?? BRAND;
  return `<!doctype html>
<html lang="${language}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${escapeHtml(mail.subject)}</title>
<style>${styles(brand)}</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:${LIGHT.page}">
<div class="preview" style="display:none;max-height:0;overflow:hidden">${escapeHtml(mail.preview)}</div>
<div role="article" aria-roledescription="email" aria-label="${escapeHtml(mail.subject)}" lang="${language}" dir="${direction}">
<table ${TABLE} width="100%" class="page" bgcolor="${LIGHT.page}" style="table-layout:fixed"><tr><td align="center" style="padding:16px 8px">
<!--[if mso]><table ${TABLE} width="600"><tr><td><![endif]-->
<table ${TABLE} width="100%" dir="${direction}" class="card" bgcolor="${LIGHT.surface}" style="max-width:600px;table-layout:fixed;border-top:4px solid ${primary};border-radius:8px">
<tr><td align="${start}" style="padding:24px 20px 8px;overflow-wrap:break-word;word-break:break-word">
${heading(sender, sender.name ?? words.portal)}
<h1 class="ink" style="margin:0 0 16px;${FONT};font-size:22px;line-height:28px;font-weight:600;color:${LIGHT.ink}">${escapeHtml(mail.subject)}</h1>
${[mail.greeting, ...mail.lines].map((line) => block(line, words)).join('\n')}
${mail.action === undefined ? '' : button(mail.action, brand ?? BRAND)}
</td></tr>
<tr><td align="${start}" class="line" style="padding:16px 20px 12px;border-top:1px solid ${LIGHT.line};overflow-wrap:break-word;word-break:break-word">
${[mail.signature, [mail.reason], mail.choices]
  .filter((lines) => lines.length > 0)
  .map(small)
  .join('\n')}
</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</div>
</body>
</html>
`;
}

/** The logo is on a light plate, because it may be dark and transparent. Programs that darken colours by themselves leave a gradient as it is. */
function heading({ logo }: Sender, name: string): string {
  const said = escapeHtml(name);
  if (logo == null) return `<p class="mute" style="${SMALL}">${said}</p>`;
  const { src, size } = logo;
  const [given, shown] =
    size === null
      ? ['', `max-width:${LOGO_BOX.width}px;max-height:${LOGO_BOX.height}px`]
      : [` width="${size.width}" height="${size.height}"`, `width:${size.width}px;height:${size.height}px`];
  const image = `<img src="${escapeHtml(src)}" alt="${said}"${given} style="display:block;border:0;${shown};${FONT};font-size:14px;line-height:20px;color:${LIGHT.mute}">`;
  const plate = `background-color:${PLATE};background-image:linear-gradient(${PLATE},${PLATE});border-radius:6px`;
  return `<table ${TABLE} style="margin:0 0 12px"><tr><td class="plate" bgcolor="${PLATE}" style="${plate}">${image}</td></tr></table>
<p class="mute" aria-hidden="true" style="${SMALL}">${said}</p>`;
}

function block(line: Line, words: Words): string {
  if (typeof line === 'string') return `<p class="ink" style="${P}">${escapeHtml(line)}</p>`;
  if ('items' in line) {
    const items = line.items.map((item) => `<li style="margin:0 0 8px">${escapeHtml(item)}</li>`).join('\n');
    return `<ul class="ink" style="${P};padding-inline-start:24px">\n${items}\n</ul>`;
  }
  if ('words' in line) {
    // What a person wrote may be in another language than the rest.
    return `<p class="ink" dir="auto" style="${P}">${escapeHtml(line.words).replaceAll('\n', '<br>\n')}</p>`;
  }
  return `<p class="ink" style="${P}">${escapeHtml(`${line.label}${words.colon}`)}${anchor(line.url, line.url, 'ink', LIGHT.ink)}</p>`;
}

/** A cell with a background and a link that fills it, which needs neither an image nor the language of Outlook's shapes. */
function button({ label, url }: Link, { primary, onPrimary }: NonNullable<Sender['colours']>): string {
  const style = `display:inline-block;padding:12px 20px;${FONT};font-size:16px;line-height:20px;font-weight:600;color:${onPrimary};text-decoration:none;mso-padding-alt:0`;
  return `<table ${TABLE} style="margin:8px 0 24px"><tr><td class="button" bgcolor="${primary}" style="border-radius:8px;mso-padding-alt:12px 20px"><a class="on-button" href="${escapeHtml(url)}" style="${style}">${escapeHtml(label)}</a></td></tr></table>`;
}

function small(lines: readonly (string | Link)[]): string {
  const shown = lines.map((line) =>
    typeof line === 'string' ? escapeHtml(line) : anchor(line.url, line.label, 'mute', LIGHT.mute),
  );
  return `<p class="mute" style="${SMALL}">${shown.join('<br>\n')}</p>`;
}

/** Of pages alone: anything else is text. */
function anchor(url: string, label: string, className: string, colour: string): string {
  if (!/^https?:\/\//i.test(url)) return escapeHtml(label);
  return `<a class="${className}" href="${escapeHtml(url)}" style="color:${colour};text-decoration:underline">${escapeHtml(label)}</a>`;
}

function styles(brand: Sender['colours'] | undefined): string {
  const button =
    brand === undefined
      ? `.button{background-color:${DARK_BRAND.primary}!important}.on-button{color:${DARK_BRAND.onPrimary}!important}`
      : '';
  return `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){.page{background-color:${DARK.page}!important}.card{background-color:${DARK.surface}!important}.ink{color:${DARK.ink}!important}.mute{color:${DARK.mute}!important}.line{border-color:${DARK.line}!important}.plate{padding:8px!important}${button}}`;
}
