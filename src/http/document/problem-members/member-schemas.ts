import type { z } from '@hono/zod-openapi';

/** The members of a problem of one code, by name. */
export type MemberSchemas = Readonly<Record<string, z.ZodType>>;
