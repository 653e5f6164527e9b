/**
 * Hono's router, with a memory for paths without parameters, which most requests have. The faster router of Hono cannot
 * hold paths such as `/users/me` and `/users/{id}/profile` side by side.
 */
import type { Result, Router } from 'hono/router';
import { TrieRouter } from 'hono/router/trie-router';

export class RememberingRouter<T> implements Router<T> {
  readonly name = 'RememberingRouter';
  readonly #inner = new TrieRouter<T>();
  /** The methods and paths that were added: others, of which there are any number, are not remembered. */
  readonly #methods = new Set<string>();
  readonly #plain = new Set<string>();
  readonly #found = new Map<string, Result<T>>();

  add(method: string, path: string, handler: T): void {
    this.#inner.add(method, path, handler);
    this.#methods.add(method);
    if (!/[:*]/.test(path)) this.#plain.add(path);
    this.#found.clear();
  }

  match(method: string, path: string): Result<T> {
    if (!this.#plain.has(path) || !this.#methods.has(method)) return this.#inner.match(method, path);
    const key = `${method} ${path}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = this.#inner.match(method, path);
    this.#found.set(key, found);
    return found;
  }
}
