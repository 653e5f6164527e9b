/** Generates a value for a JSON schema from its examples, which the document and the problem pages show as an answer. */

export type JsonSchema = Readonly<Record<string, unknown>>;

/** @param named the schemas that references lead to, by name */
export function sampleOf(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>): unknown {
  if (typeof schema.$ref === 'string') {
    const target = named[schema.$ref.split('/').at(-1) ?? ''];
    if (target === undefined) throw new Error(`${schema.$ref} leads nowhere`);
    return sampleOf(target, named);
  }
  if ('example' in schema) return schema.example;
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (Array.isArray(schema.allOf)) {
    const parts = schema.allOf.map((part) => sampleOf(part, named));
    return Object.assign({}, ...parts, ownFields(schema, named));
  }
  const options = (schema.oneOf ?? schema.anyOf) as readonly JsonSchema[] | undefined;
  // What may be absent is shown as that, where there is no example of it: it belongs to some states alone.
  const isNullable = [schema.type].flat().includes('null') || options?.some(({ type }) => type === 'null') === true;
  if (isNullable) return null;
  if (options !== undefined) return sampleOf(options[0] ?? {}, named);
  const [type] = [schema.type].flat();
  switch (type) {
    case 'object':
      return ownFields(schema, named);
    case 'array':
      return schema.items === undefined ? [] : [sampleOf(schema.items as JsonSchema, named)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return false;
    case 'string':
      return '…';
    default:
      return null;
  }
}

/** The fields that are always there. */
function ownFields(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>): Record<string, unknown> {
  const required = new Set((schema.required ?? []) as string[]);
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  return Object.fromEntries(
    properties.filter(([name]) => required.has(name)).map(([name, field]) => [name, sampleOf(field, named)]),
  );
}
