/** A storage of which a test can tell what it holds. */
import type { FileStorage } from '../../domain/shared/ports.ts';

export interface NoticedFiles extends FileStorage {
  /** The keys of what is stored, sorted. */
  held(): string[];
}

/** @param before called before each object is stored */
export function noticedFiles(
  files: FileStorage,
  before: (key: string) => void | Promise<void> = () => {},
): NoticedFiles {
  const held = new Set<string>();
  return {
    ...files,
    async put(key, bytes, type) {
      await before(key);
      await files.put(key, bytes, type);
      held.add(key);
    },
    async delete(key) {
      await files.delete(key);
      held.delete(key);
    },
    async deleteFolder(folder) {
      await files.deleteFolder(folder);
      for (const key of held) if (key.startsWith(`${folder}/`)) held.delete(key);
    },
    held: () => [...held].sort(),
  };
}
