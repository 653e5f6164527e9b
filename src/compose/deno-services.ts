/** The services that the portal uses under Deno besides its database: Redis, files, the scanner and the witness. */
import { clamdScanner } from '../../adapters/clamav/instream.ts';
import { fileSystemStorage } from '../../adapters/filesystem/file-storage.ts';
import { guardedFileStorage, guardedWitness } from '../../adapters/resilience/guarded.ts';
import { POLICIES } from '../../adapters/resilience/policies.ts';
import { s3FileStorage } from '../../adapters/s3/file-storage.ts';
import type { Clock, FileStorage } from '../../domain/shared/ports.ts';
import type { Log } from '../app/log.ts';
import type { Metrics } from '../app/metrics.ts';
import type { Config } from '../config.ts';
import type { DependencyCheck } from '../http/platform.ts';
import { checkedStorage, type Dependencies } from './dependencies.ts';
import type { Instrumentation } from './instrumentation.ts';
import { composeRedis } from './redis.ts';
import { composeScanner } from './scanner.ts';
import type { Lasting } from './shared.ts';

/** Files in a bucket if one is set, else in a folder of this machine. */
function composeFiles(
  config: Config,
  dependencies: Dependencies,
): { readonly files: FileStorage; readonly checks: readonly DependencyCheck[] } {
  if (config.S3_URL === undefined) return { files: fileSystemStorage(`${config.DATA_DIR}/files`), checks: [] };
  const storage = s3FileStorage({ ...config.S3_URL, timeoutMilliseconds: POLICIES.s3.timeoutMs });
  const files = guardedFileStorage(storage, dependencies.of('s3'));
  return { files, checks: [checkedStorage('s3', files, dependencies)] };
}

export interface Surroundings {
  readonly dependencies: Dependencies;
  readonly metrics: Metrics;
  readonly traced: Instrumentation;
}

/** The services outside of the process, each behind its policy, and with spans around their calls. */
export async function composeServices(
  config: Config,
  { witness }: Pick<Lasting, 'witness'>,
  clock: Clock,
  { dependencies, metrics, traced }: Surroundings,
) {
  const { checks, versioned, memory, ...redis } = await composeRedis(config, clock, dependencies, metrics, traced);
  const { files, checks: ofFiles } = composeFiles(config, dependencies);
  const { scanner, checks: ofScanner } = composeScanner(config, clamdScanner, dependencies, traced);
  return {
    ...{
      ...redis,
      hot: { cache: versioned, memory, sharesLoads: true },
      files: traced.storage(files, config.S3_URL === undefined ? 'files' : 's3'),
      scanner,
      checks: [...checks, ...ofFiles, ...ofScanner],
    },
    witness: witness && guardedWitness(witness, dependencies.of('witness')),
  };
}

/** Keeps work running after the answer. */
export function inBackground(log: Log) {
  return (work: Promise<unknown>) => void work.catch((error: unknown) => log.failure('background_failed', error));
}
