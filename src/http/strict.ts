/** Bodies of requests refuse fields that their operation does not know: a misspelt optional field would be ignored. */
import type { RouteConfig, z } from '@hono/zod-openapi';

/** The parts of zod's schema definitions that are inspected here. */
interface Definition {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
}

/** @returns the places of objects in a schema that accept unknown fields */
export function openPlaces(schema: z.ZodType, place = ''): string[] {
  const { shape, catchall, element, options = [], innerType, in: before, out } = schema.def as Definition;
  if (shape !== undefined) {
    const inside = Object.entries(shape).flatMap(([name, field]) => openPlaces(field, `${place}/${name}`));
    return (catchall?.def.type === 'never' ? [] : [place]).concat(inside);
  }
  if (element !== undefined) return openPlaces(element, `${place}/*`);
  return [innerType, before, out, ...options].flatMap((part) => (part === undefined ? [] : openPlaces(part, place)));
}

/** The schemas of a request's body, in each media type. */
export function bodySchemas(request: RouteConfig['request']): z.ZodType[] {
  return Object.values(request?.body?.content ?? {}).flatMap((content) =>
    content !== undefined && 'schema' in content && 'def' in content.schema ? [content.schema as z.ZodType] : [],
  );
}
