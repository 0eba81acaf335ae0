/** Names of the generated types, free of collisions. In charge of that alone. */
import type { Entity, Schema } from '../../schema/entity.ts'

/** Endings of the types that belong to one entity; '' is the row itself. */
const endings = [
  '',
  'Create',
  'Update',
  'Where',
  'Some',
  'Sort',
  'Field',
  'Relations',
  'Pick',
  'Include',
  'Included',
  'Shape',
  'Change',
  'Query',
  'Aggregate',
  'Key',
  'Unique',
  'Tree',
  'Operations',
] as const

/** Global types that the generated text uses, and names that it exports itself. */
const taken = [
  'Promise',
  'Pick',
  'Partial',
  'Readonly',
  'Schema',
  'SchemaProperties',
  'SchemaEntities',
  'Uint8Array',
  'Date',
  'String',
  'Object',
  'Array',
  'Function',
  'Boolean',
  'Number',
]

/** Entity name to the first word of its types: the name itself, with `_` behind it where another type has the name already. */
export function typeNames(schema: Schema): ReadonlyMap<string, string> {
  const used = new Set<string>(taken)
  const names = new Map<string, string>()
  for (const entity of exposed(schema)) {
    let base = entity.name
    while (allNames(entity, base).some((name) => used.has(name))) base += '_'
    for (const name of allNames(entity, base)) used.add(name)
    names.set(entity.name, base)
  }
  return names
}

function allNames(entity: Entity, base: string): string[] {
  const enums = [...entity.fields.values()]
    .filter((field) => field.type === 'enum')
    .flatMap((field) => [enumName(base, field.name), `${enumName(base, field.name)}Filter`])
  return [...endings.map((ending) => base + ending), ...enums]
}

export function enumName(base: string, field: string): string {
  return `${base}${field.charAt(0).toUpperCase()}${field.slice(1)}`
}

/** Entities that callers may ever see, by name. */
export function exposed(schema: Schema): readonly Entity[] {
  return [...schema.entities.values()].filter((entity) => !entity.internal).sort((a, b) => (a.name < b.name ? -1 : 1))
}
