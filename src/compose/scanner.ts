/** What scans files, as `FILE_SCANNER` says. */
import type { ClamdOptions } from '../../adapters/clamav/instream.ts';
import { scannerService } from '../../adapters/clamav/scanner-service.ts';
import { guardedScanner } from '../../adapters/resilience/guarded.ts';
import { POLICIES } from '../../adapters/resilience/policies.ts';
import type { FileScanner } from '../../domain/files/ports.ts';
import type { Config } from '../config.ts';
import type { DependencyCheck } from '../http/platform.ts';
import type { Dependencies } from './dependencies.ts';
import type { Instrumentation } from './instrumentation.ts';

const UNSCANNED: FileScanner = { name: 'none', scan: async () => ({ verdict: 'clean' }) };

export interface ComposedScanner {
  readonly scanner: FileScanner | null;
  readonly checks: readonly DependencyCheck[];
}

/** @param clamd `null` where the runtime reaches no clamd */
export function composeScanner(
  { FILE_SCANNER: setting, FILE_MAX_MB }: Pick<Config, 'FILE_SCANNER' | 'FILE_MAX_MB'>,
  clamd: ((options: ClamdOptions) => FileScanner) | null,
  dependencies: Dependencies,
  traced: Instrumentation,
): ComposedScanner {
  const guarded = (scanner: FileScanner): ComposedScanner => ({
    scanner: traced.scanner(guardedScanner(scanner, dependencies.of('scanner'))),
    checks: [dependencies.check('scanner', 'scanner')],
  });
  switch (setting?.kind) {
    case undefined:
      return { scanner: null, checks: [] };
    case 'none':
      return { scanner: UNSCANNED, checks: [] };
    case 'service':
      return guarded(
        scannerService({
          ...setting,
          timeoutMilliseconds: POLICIES.scanner.timeoutMs,
          traceParent: traced.tracer.current,
        }),
      );
    case 'clamd':
      if (clamd === null) throw new Error('clamd cannot be reached, although the settings were checked');
      return guarded(clamd({ host: setting.host, port: setting.port, maximumBytes: FILE_MAX_MB * 1_000_000 }));
  }
}
