/** Describes the schema that the migrations create, as text that can be compared and reviewed. */
import type { SqlDriver } from '../adapters/postgres/driver/driver.ts';
import { sql } from '../adapters/postgres/driver/sql.ts';

/** Tables with columns, constraints and indexes, functions, and privileges of the application's role. Sorted. */
export async function describeSchema(driver: SqlDriver): Promise<string> {
  const [columns = [], constraints = [], indexes = [], functions = [], grants = []] = await driver.run(
    [
      sql`SELECT c.relname AS owner, a.attnum AS place, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
            || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2`,
      sql`SELECT c.relname AS owner, o.conname || ' ' || pg_get_constraintdef(o.oid) AS line
          FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'public' AND o.contype <> 'n' ORDER BY 1, 2`,
      sql`SELECT tablename AS owner, indexdef AS line FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2`,
      sql`SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'
            || CASE WHEN p.prosecdef THEN ' SECURITY DEFINER' ELSE '' END || coalesce(' ' || array_to_string(p.proconfig, '; '), '')
            || CASE WHEN has_function_privilege('patient_portal_app', p.oid, 'EXECUTE') THEN ' application may call' ELSE '' END AS line
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
          WHERE n.nspname = 'public' AND l.lanname IN ('plpgsql', 'sql') ORDER BY 1`,
      sql`SELECT table_name AS owner, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS line
          FROM information_schema.role_table_grants
          WHERE grantee = 'patient_portal_app' AND table_schema = 'public' GROUP BY 1 ORDER BY 1`,
    ],
    'snapshot',
  );
  const tables = [...new Set(columns.map(({ owner }) => String(owner)))];
  const of = (rows: typeof columns, table: string, prefix: string) =>
    rows.filter(({ owner }) => owner === table).map(({ line }) => `  ${prefix}${line}`);
  const described = tables.map((table) =>
    [
      table,
      ...of(columns, table, ''),
      ...of(constraints, table, 'constraint '),
      ...of(indexes, table, 'index '),
      ...(of(grants, table, 'application may ').length === 0
        ? ['  application may nothing']
        : of(grants, table, 'application may ')),
    ].join('\n'),
  );
  return `${[...described, ['functions', ...functions.map(({ line }) => `  ${line}`)].join('\n')].join('\n\n')}\n`;
}
