/** What scans files, as `FILE_SCANNER` says. */
import type { ClamdOptions } from '../../adapters/clamav/instream.ts';
import { scannerService } from '../../adapters/clamav/scanner-service.ts';
import type { FileScanner } from '../../domain/files/ports.ts';
import type { Config } from '../config.ts';

const UNSCANNED: FileScanner = { name: 'none', scan: async () => ({ verdict: 'clean' }) };

/** @param clamd `null` where the runtime reaches no clamd */
export function composeScanner(
  { FILE_SCANNER: setting, FILE_MAX_MB }: Pick<Config, 'FILE_SCANNER' | 'FILE_MAX_MB'>,
  clamd: ((options: ClamdOptions) => FileScanner) | null,
): FileScanner | null {
  switch (setting?.kind) {
    case undefined:
      return null;
    case 'none':
      return UNSCANNED;
    case 'service':
      return scannerService(setting);
    case 'clamd':
      if (clamd === null) throw new Error('clamd cannot be reached, although the settings were checked');
      return clamd({ host: setting.host, port: setting.port, maximumBytes: FILE_MAX_MB * 1_000_000 });
  }
}
