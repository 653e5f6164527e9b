/** Ports behind the policy of the dependency that serves them. Only what is idempotent is repeated. */
import type { CheckpointWitness } from '../../domain/audit/ports.ts';
import type { FileScanner, Thumbnailer } from '../../domain/files/ports.ts';
import type { Dependency } from '../../domain/shared/dependency.ts';
import type { FileStorage, JobQueue } from '../../domain/shared/ports.ts';

export function guardedFileStorage(storage: FileStorage, dependency: Dependency): FileStorage {
  return {
    // The same bytes under the same key.
    put: (key, bytes, contentType) => dependency.idempotent(() => storage.put(key, bytes, contentType)),
    // Had the first attempt stored it, the second would report the key as taken.
    putNew: (key, bytes, contentType) => dependency.once(() => storage.putNew(key, bytes, contentType)),
    get: (key, range) => dependency.idempotent(() => storage.get(key, range)),
    delete: (key) => dependency.idempotent(() => storage.delete(key)),
    deleteFolder: (folder) => dependency.idempotent(() => storage.deleteFolder(folder)),
  };
}

/** The bytes of a file can be read once; its job scans it again. */
export function guardedScanner(scanner: FileScanner, dependency: Dependency): FileScanner {
  return { name: scanner.name, scan: (bytes, sizeBytes) => dependency.once(() => scanner.scan(bytes, sizeBytes)) };
}

export function guardedThumbnailer(thumbnailer: Thumbnailer, dependency: Dependency): Thumbnailer {
  return { render: (...rendering) => dependency.idempotent(() => thumbnailer.render(...rendering)) };
}

/** The queue knows a job that is published again by its deduplication id. */
export function guardedQueue(queue: JobQueue, dependency: Dependency): JobQueue {
  return { ...queue, publish: (jobs) => dependency.idempotent(() => queue.publish(jobs)) };
}

export function guardedWitness<W extends CheckpointWitness>(witness: W, dependency: Dependency): W {
  return { ...witness, latest: () => dependency.idempotent(() => witness.latest()) };
}
