/** Tables for spreadsheets, as RFC 4180 writes them. */

export type CsvColumn<T> = readonly [name: string, value: (row: T) => unknown];

export function csvHead<T>(columns: readonly CsvColumn<T>[]): string {
  return `${columns.map(([name]) => name).join(',')}\r\n`;
}

export function csvLine<T>(columns: readonly CsvColumn<T>[], row: T): string {
  return `${columns.map(([, value]) => csvField(value(row))).join(',')}\r\n`;
}

/** What a spreadsheet would run as a formula, in whatever width its first character is written, is marked as text. */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  const plain = String(value);
  const text = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
