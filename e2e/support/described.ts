/** Whether a JSON answer is what its OpenAPI schema says: every member is told, and what is required is there. */
type Schema = Readonly<Record<string, unknown>> & {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
};

/** Paths that do not fit, each with what is wrong; `.items[].spec.title: not told`. */
export function undescribed(schemas: Readonly<Record<string, Schema>>, schema: Schema, value: unknown, path = ''): string[] {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1)!;
    return schemas[name] ? undescribed(schemas, schemas[name], value, path) : [`${path}: refers to ${name}, which is not there`];
  }
  if (schema.allOf?.length === 1) return undescribed(schemas, schema.allOf[0]!, value, path);
  if (schema.oneOf) return schema.oneOf.some((option) => undescribed(schemas, option, value, path).length === 0) ? [] : [`${path}: fits nothing`];
  if (value === null || value === undefined) return [];
  const type = Array.isArray(value) ? 'array' : typeof value;
  const told = schema.type === 'integer' ? 'number' : schema.type;
  if (told && told !== type) return [`${path}: ${type}, told as ${schema.type}`];
  if (Array.isArray(value)) return schema.items ? [...new Set(value.flatMap((item) => undescribed(schemas, schema.items!, item, `${path}[]`)))] : [`${path}: items are not told`];
  return typeof value === 'object' ? undescribedMembers(schemas, schema, value as Record<string, unknown>, path) : [];
}

function undescribedMembers(schemas: Readonly<Record<string, Schema>>, { properties, additionalProperties: others, required = [] }: Schema, value: Record<string, unknown>, path: string): string[] {
  const missing = required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${path}.${name}: required`);
  const odd = Object.entries(value).flatMap(([name, member]) => {
    if (properties?.[name]) return undescribed(schemas, properties[name], member, `${path}.${name}`);
    if (typeof others === 'object') return undescribed(schemas, others, member, `${path}.*`);
    return others === true || !properties ? [] : [`${path}.${name}: not told`];
  });
  return [...missing, ...odd];
}
