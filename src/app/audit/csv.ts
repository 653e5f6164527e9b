/** CSV for spreadsheets (RFC 4180). */

export type CsvColumn<T> = readonly [name: string, value: (row: T) => unknown];

export function csvHead<T>(columns: readonly CsvColumn<T>[]): string {
  return `${columns.map(([name]) => name).join(',')}\r\n`;
}

export function csvLine<T>(columns: readonly CsvColumn<T>[], row: T): string {
  return `${columns.map(([, value]) => csvField(value(row))).join(',')}\r\n`;
}

/** A field that a spreadsheet would run as a formula is marked as text; full-width forms of `=+-@` count too. */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  const plain = String(value);
  const text = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
