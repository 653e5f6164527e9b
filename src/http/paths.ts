/** Which group of routes serves a path. */
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';
import { getPath } from 'hono/utils/url';
import type { GroupName } from './groups.ts';
import { PATH_GROUPS } from './path-groups.ts';

/** The routers that Hono has by default, so that a path means here what it means in a group. */
const router = new SmartRouter<GroupName>({ routers: [new RegExpRouter(), new TrieRouter()] });
for (const [path, group] of Object.entries(PATH_GROUPS)) {
  // A parameter with an extension, such as `{id}.ics`, is a whole segment.
  router.add('GET', path.replaceAll(/\{(\w+)\}[^/]*/g, ':$1'), group);
}

/** @returns undefined if no operation has this path */
export function groupAt(request: Request): GroupName | undefined {
  const [found] = router.match('GET', getPath(request))[0];
  return found?.[0];
}
