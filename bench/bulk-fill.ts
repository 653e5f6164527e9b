/** Fills tables of a scratch database in bulk. */
import type pg from 'pg';

/** Runs the work and prints how long it took. */
export async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${name}`);
  return result;
}

/**
 * Runs a fill without triggers, foreign keys, and the indexes and the constraints of the tables that need one. What was dropped is
 * made anew as the catalogue defines it, and everything is analysed. Keys to which others refer stay.
 * Of an exclusion constraint the index is made alone, which is the same to the planner and takes half of the time.
 * @param leftOut indexes that are not made anew, because nothing that is measured uses them
 */
export async function inBulk(
  client: pg.Client,
  tables: readonly string[],
  fill: () => Promise<void>,
  leftOut: readonly string[] = [],
): Promise<void> {
  const { rows } = await client.query<{ name: string; drop: string; create: string }>(
    `SELECT i.indexrelid::regclass::text AS name,
       CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
         ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, c.conname) END AS drop,
       CASE WHEN c.oid IS NULL OR c.contype = 'x' THEN pg_get_indexdef(i.indexrelid)
         ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) END AS create
     FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
     WHERE i.indrelid = ANY($1::regclass[])
       AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.indexrelid) ORDER BY name`,
    [tables],
  );
  await client.query(
    `SET session_replication_role = replica; SET maintenance_work_mem = '1GB'; SET synchronous_commit = off`,
  );
  for (const { drop } of rows) await client.query(drop);
  await fill();
  for (const { name, create } of rows.filter(({ name }) => !leftOut.includes(name)))
    await timed(name, () => client.query(create));
  await timed('VACUUM (ANALYZE)', () => client.query('VACUUM (ANALYZE)'));
  await client.query('RESET session_replication_role');
}
