/** The keys that seal what is stored about a person, wrapped by a key of the ring. */
import type { DataKey } from '../shared/ports.ts';

export type DataKeyChange =
  /** The same key, wrapped by another key of the ring. Guarded by the former wrapping. */
  { readonly type: 'data_key.rewrapped'; readonly key: DataKey; readonly previousRingKeyId: string };
