/** The grammar of an entity document (contract 2.1): keywords and what may stand under them. Must not know how entities are resolved. */
import type { CodeLanguage, FieldTypeName, Value } from '../entity.ts'
import { fieldTypeNames } from '../field-type.ts'
import { entityName, flag, memberName, name, names, type Shape, text, wordName } from './shape.ts'

/** Other spellings of types. */
export const typeAliases: Readonly<Record<string, FieldTypeName>> = { int: 'integer', number: 'float' }

export const onDelete = ['cascade', 'restrict', 'set_null'] as const

export interface FieldDocument {
  readonly type?: string
  readonly primary?: boolean
  readonly generated?: boolean
  readonly required?: boolean
  readonly optional?: boolean
  readonly nullable?: boolean
  readonly default?: Value
  readonly unique?: boolean | 'insensitive'
  readonly index?: boolean
  readonly min?: Value
  readonly max?: Value
  readonly min_length?: number
  readonly max_length?: number
  readonly pattern?: string
  readonly values?: readonly string[]
  readonly precision?: number
  readonly scale?: number
  readonly foreign_key?: { readonly entity?: string; readonly field?: string; readonly on_delete?: (typeof onDelete)[number] }
  readonly immutable?: boolean
  readonly auto_update?: boolean
  readonly sensitive?: boolean
  readonly column?: string
  readonly renamed_from?: string
  readonly code?: CodeLanguage | CodeDocument
  readonly description?: string
}

export interface CodeDocument {
  readonly language?: CodeLanguage
  readonly max_bytes?: number
  readonly globals_field?: string
  readonly globals?: readonly string[]
  readonly timeout_field?: string
  readonly max_timeout?: number
}

export interface RelationDocument {
  readonly to?: string
  readonly many?: string
  readonly via?: string | readonly string[]
  readonly through?: string
  readonly description?: string
}

export interface EntityDocument {
  readonly entity?: string
  readonly version?: string
  readonly description?: string
  readonly package?: string
  readonly plural?: string
  readonly table?: string
  readonly renamed_from?: string
  readonly fields?: Readonly<Record<string, FieldDocument>>
  readonly primary_key?: readonly string[]
  readonly relations?: Readonly<Record<string, RelationDocument>>
  readonly indexes?: readonly { readonly fields?: readonly string[]; readonly unique?: boolean; readonly name?: string }[]
  readonly tenant?: boolean | string
  readonly versioned?: boolean
  readonly owner?: string
  readonly soft_delete?: string
  readonly ttl?: { readonly field?: string; readonly auto_delete?: boolean }
  readonly acl?: Value
  readonly security?: {
    readonly never_expose?: readonly string[]
    readonly audit_all_access?: boolean
    readonly scan_for_malicious?: boolean
    readonly sandbox_required?: boolean
  }
  readonly validations?: Readonly<Record<string, { readonly expression?: string; readonly message?: string }>>
}

const bound: Shape = { is: 'any' }
/** Far beyond any use; keeps lengths within what every backend can count. */
const length: Shape = { is: 'integer', min: 0, max: 1_073_741_823 }

const foreignKey: Shape = {
  is: 'record',
  members: {
    entity: { shape: { is: 'text', name: entityName }, required: true, doc: 'The entity that the field refers to.' },
    field: { shape: name, doc: 'Its unique field; the key where absent.' },
    on_delete: { shape: { is: 'word', of: onDelete }, doc: 'What happens to this row when that one is deleted; restrict where absent.' },
  },
}

const languages: readonly CodeLanguage[] = ['lua', 'workflow']

const code: Shape = {
  is: 'record',
  members: {
    language: {
      shape: { is: 'word', of: languages },
      required: true,
      doc: 'lua: the text is a script. workflow: the JSON is steps that may hold scripts.',
    },
    max_bytes: { shape: { is: 'integer', min: 1, max: 1_048_576 }, doc: 'Greatest size of one script in bytes; 65536 where absent.' },
    globals_field: { shape: name, doc: 'The json field with the names of globals that a row lets its scripts use.' },
    globals: { shape: names, doc: 'All names that a row may let its scripts use; where absent, any that is not forbidden to every script.' },
    timeout_field: { shape: name, doc: 'The integer field, with min and max, that holds how many milliseconds the script may run.' },
    max_timeout: { shape: { is: 'integer', min: 1, max: 86_400_000 }, doc: 'Milliseconds that a step may ask for at most; 30000 where absent.' },
  },
}

export const fieldShape: Shape = {
  is: 'record',
  members: {
    type: { shape: { is: 'word', of: [...fieldTypeNames, ...Object.keys(typeAliases)] }, required: true, doc: 'The type of its values.' },
    primary: { shape: flag, doc: 'The field is the key.' },
    generated: { shape: flag, doc: 'The engine makes the value: an id, or the time of creation.' },
    required: { shape: flag, doc: 'A new row has to give a value (unless there is a default).' },
    optional: { shape: flag, doc: 'A new row may leave it out; without a default it is then null.' },
    nullable: { shape: flag, doc: 'null is a value.' },
    default: { shape: { is: 'any' }, doc: 'The value where a new row gives none; `now` for times.' },
    unique: {
      shape: { is: 'either', of: [flag, { is: 'word', of: ['insensitive'] }], says: 'true, false or insensitive' },
      doc: 'No two rows share a value; insensitive: not even in another case.',
    },
    index: { shape: flag, doc: 'Keep an index for filters and sorting.' },
    min: { shape: bound, doc: 'Least value.' },
    max: { shape: bound, doc: 'Greatest value.' },
    min_length: { shape: length, doc: 'Least number of characters (bytes for bytes).' },
    max_length: { shape: length, doc: 'Greatest number of characters (bytes for bytes).' },
    pattern: { shape: text, doc: 'Regular expression that the text has to match; anchor it with ^ and $.' },
    values: { shape: { is: 'list', of: text }, doc: 'The members of an enum.' },
    precision: { shape: { is: 'integer', min: 1, max: 38 }, doc: 'Digits of a decimal.' },
    scale: { shape: { is: 'integer', min: 0, max: 38 }, doc: 'Digits of a decimal behind the point; 0 where absent.' },
    foreign_key: { shape: foreignKey, doc: 'The value names a row of another entity.' },
    immutable: { shape: flag, doc: 'Never changed after creation.' },
    auto_update: { shape: flag, doc: 'The engine sets it to the time of every write.' },
    sensitive: { shape: flag, doc: 'Never in logs, audit or access rules.' },
    column: { shape: name, doc: 'Column in the database; snake_case of the name where absent.' },
    renamed_from: { shape: name, doc: 'Name of the field before; `dbal migrate` renames its column instead of dropping it.' },
    code: {
      shape: { is: 'either', of: [{ is: 'word', of: languages }, code], says: 'lua, workflow, or a map with language' },
      doc: 'The value is a script, or holds scripts: it is parsed and refused where it could leave its sandbox. Nothing runs it.',
    },
    description: { shape: text, doc: 'What the field is for.' },
  },
}

const relation: Shape = {
  is: 'record',
  members: {
    to: { shape: { is: 'text', name: entityName }, doc: 'Belongs to one row of this entity.' },
    many: { shape: { is: 'text', name: entityName }, doc: 'Has many rows of this entity.' },
    via: {
      shape: { is: 'either', of: [name, names], says: 'a field name or a list of them' },
      doc: 'The field (or fields) that hold the reference.',
    },
    through: { shape: { is: 'text', name: entityName }, doc: 'The entity between, for many to many.' },
    description: { shape: text, doc: 'What the relation means.' },
  },
}

const index: Shape = {
  is: 'record',
  members: {
    fields: { shape: names, required: true, doc: 'Field names, in order.' },
    unique: { shape: flag, doc: 'No two rows share these values.' },
    name: { shape: name, doc: 'Name in the database.' },
  },
}

const security: Shape = {
  is: 'record',
  members: {
    never_expose: { shape: names, doc: 'Fields that are in no answer, whoever asks.' },
    audit_all_access: { shape: flag, doc: 'Audit reads too.' },
    scan_for_malicious: { shape: flag, doc: 'The entity holds scripts; at least one of its fields has to say so with code.' },
    sandbox_required: { shape: flag, doc: 'The code may only run in a sandbox.' },
  },
}

const validation: Shape = {
  is: 'record',
  members: {
    expression: { shape: text, required: true, doc: 'What has to be true of the row after a write.' },
    message: { shape: text, required: true, doc: 'What the caller is told.' },
  },
}

export const entityShape: Shape = {
  is: 'record',
  members: {
    entity: { shape: { is: 'text', name: entityName }, required: true, doc: 'Name of the entity, in PascalCase.' },
    version: { shape: { is: 'text', digits: true }, doc: 'Version of the definition.' },
    description: { shape: text, doc: 'What the entity is.' },
    package: { shape: text, doc: 'The package that it belongs to.' },
    plural: { shape: name, doc: 'Property of the client; the English plural in camelCase where absent.' },
    table: { shape: name, doc: 'Table in the database; snake_case of the plural where absent.' },
    renamed_from: {
      shape: { is: 'text', name: entityName },
      doc: 'Name of the entity before; `dbal migrate` renames its table instead of dropping it.',
    },
    fields: { shape: { is: 'map', of: fieldShape, names: memberName }, required: true, doc: 'The fields by name.' },
    primary_key: { shape: names, doc: 'The key, where it is not one field marked primary.' },
    relations: {
      shape: { is: 'map', of: relation, names: memberName },
      doc: 'Named ways to other entities; foreign keys give theirs by themselves.',
    },
    indexes: { shape: { is: 'list', of: index }, doc: 'Indexes over several fields.' },
    tenant: { shape: { is: 'either', of: [flag, name], says: 'true or a field name' }, doc: 'Every row belongs to a tenant.' },
    versioned: { shape: flag, doc: 'Keep a version number for optimistic concurrency.' },
    owner: { shape: name, doc: 'The field that holds the id of the user who owns the row.' },
    soft_delete: { shape: name, doc: 'A nullable datetime field: deleting sets it, reads leave such rows out.' },
    ttl: {
      shape: {
        is: 'record',
        members: {
          field: { shape: name, required: true, doc: 'The datetime after which a row is invisible.' },
          auto_delete: { shape: flag, doc: 'Remove such rows.' },
        },
      },
      doc: 'Rows that expire.',
    },
    acl: { shape: { is: 'any' }, doc: 'Who may do what.' },
    security: { shape: security, doc: 'Marks for secrets and code.' },
    validations: { shape: { is: 'map', of: validation, names: wordName }, doc: 'Rules over several fields of a row.' },
  },
}
