/** Which group of routes serves a path. */
import { getPath } from 'hono/utils/url';
import type { GroupName } from './groups.ts';
import { PATH_GROUPS } from './path-groups.ts';
import { RememberingRouter } from './remembering-router.ts';

/** The router of the groups, so that a path means here what it means in a group. */
const router = new RememberingRouter<GroupName>();
for (const [path, group] of Object.entries(PATH_GROUPS)) {
  // A parameter with an extension, such as `{id}.ics`, is a whole segment.
  router.add('GET', path.replaceAll(/\{(\w+)\}[^/]*/g, ':$1'), group);
}

/** @returns undefined if no operation has this path */
export function groupAt(request: Request): GroupName | undefined {
  const [found] = router.match('GET', getPath(request))[0];
  return found?.[0];
}
