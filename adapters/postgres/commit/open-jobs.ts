/** Open jobs of the outbox, by the index `outbox_open_by_topic`. */
import { type Sql, sql } from '../driver/sql.ts';

/** Of a row of `outbox o`. */
export const OPEN_JOB = sql`o.state IN ('pending', 'published')`;

/**
 * `lots (topic, priority)`: each topic and priority of which there are open jobs, found by skipping from one to the next. To
 * be placed after `WITH RECURSIVE`.
 */
export const LOTS: Sql = sql`lots AS (
    (SELECT o.topic, o.priority FROM outbox o WHERE ${OPEN_JOB} ORDER BY o.topic, o.priority LIMIT 1)
    UNION ALL
    SELECT n.topic, n.priority FROM lots l, LATERAL (SELECT o.topic, o.priority FROM outbox o
      WHERE ${OPEN_JOB} AND (o.topic, o.priority) > (l.topic, l.priority) ORDER BY o.topic, o.priority LIMIT 1) n)`;
