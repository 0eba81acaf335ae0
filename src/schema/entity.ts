/** The resolved schema as frozen values. In charge of what an entity is; must not know files, queries, SQL or rules' meaning. */

export type FieldTypeName =
  | 'uuid'
  | 'cuid'
  | 'string'
  | 'text'
  | 'email'
  | 'integer'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'datetime'
  | 'date'
  | 'json'
  | 'enum'
  | 'bytes'

/** A logical value: what JSON carries. bigint and decimal are strings of digits, bytes base64, datetime ISO text (contract 2.2). */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value }

/** The part of a field that decides what its values are and how they compare. */
export interface ValueType {
  readonly type: FieldTypeName
  readonly precision?: number
  readonly scale?: number
  /** Members of an enum, in order. */
  readonly values?: readonly string[]
}

export interface Field extends ValueType {
  readonly name: string
  readonly column: string
  readonly description?: string
  readonly primary: boolean
  /** The engine makes the value: uuid v7, cuid2, creation time. */
  readonly generated: boolean
  readonly required: boolean
  readonly nullable: boolean
  /** Present only where the schema declares one. Already normalised. `now` (datetime, date) is kept as the string `now`. */
  readonly default?: Value
  readonly unique: false | 'exact' | 'insensitive'
  readonly index: boolean
  readonly min?: number | string
  readonly max?: number | string
  readonly minLength?: number
  readonly maxLength?: number
  /** Source of a regular expression, checked at load to be linear-time safe; matched unanchored, flag `u`. */
  readonly pattern?: string
  readonly foreignKey?: ForeignKey
  readonly immutable: boolean
  /** The engine sets it to the time of every write. */
  readonly autoUpdate: boolean
  /** Never in logs or audit, never an attribute of `$user`. */
  readonly sensitive: boolean
  /** Never in any result, whoever asks (security.never_expose). */
  readonly neverExposed: boolean
  /** Kept by the engine, not writable by callers. */
  readonly kept?: 'version' | 'tenant'
  /** Name of the field before: what its column holds goes along. */
  readonly renamedFrom?: string
  /** The value is a script, or holds scripts: it is read before it is stored. */
  readonly code?: Code
}

/** What a field that holds scripts says of them. Names are fields of the same entity. */
export interface Code {
  readonly language: CodeLanguage
  /** Bytes of one script. */
  readonly maxBytes: number
  /** Field with the names of globals that the row's scripts may use beside those of the language. */
  readonly globalsField?: string
  /** Those are all that a row may name; absent: whatever is not forbidden to every script. */
  readonly globals?: readonly string[]
  /** Field with the milliseconds that the script may run; it has a least and a greatest value. */
  readonly timeoutField?: string
  /** Greatest number of milliseconds that a step of a workflow may ask for. */
  readonly maxTimeout: number
}

/** `lua`: the text is one script. `workflow`: the JSON is steps, some of which hold a script. */
export type CodeLanguage = 'lua' | 'workflow'

export interface ForeignKey {
  readonly entity: string
  readonly field: string
  readonly onDelete: 'cascade' | 'restrict' | 'set_null'
}

/** How to walk from one entity to another. `local[i]` of this entity equals `foreign[i]` of the target (or of `through`). */
export interface Relation {
  readonly name: string
  readonly kind: 'one' | 'many'
  readonly target: string
  readonly local: readonly string[]
  readonly foreign: readonly string[]
  /** Many to many: local = through.local, through.foreign = foreign of the target. */
  readonly through?: { readonly entity: string; readonly local: readonly string[]; readonly foreign: readonly string[] }
}

export interface Index {
  readonly name: string
  readonly fields: readonly string[]
  readonly unique: boolean
}

/** A place in a schema file, for complaints. Lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A YAML value with the places of its parts; kept for access rules, which `policy` interprets. */
export interface Sourced {
  readonly value: Value
  /** Place of the value at a path such as `update.row_level` (`''` is the whole); falls back to the nearest parent. */
  place(path: string): Place
  /** Place of character `offset` (from 0) of the text at `path`, behind its quote or below the sign of its block. */
  within?(path: string, offset: number): Place
}

export interface Validation {
  readonly name: string
  /** Expression of contract 6.2 over the row after a write. */
  readonly expression: string
  readonly message: string
  /** Where the text of the expression begins. */
  readonly place: Place
}

export type OperationKind =
  | 'create'
  | 'read'
  | 'update'
  | 'delete'
  | 'list'
  | 'count'
  | 'search'
  | 'aggregate'
  | 'createMany'
  | 'updateMany'
  | 'deleteMany'
  | 'upsert'
  | 'find_by'
  | 'list_by'
  | 'tree'
  | 'reorder'
  | 'move'
  | 'set_secret'
  | 'verify_secret'
  | 'update_by'
  | 'delete_by'

/** One operation of an entity. Every entity has the twelve crud ones; files add limits and domain operations. */
export interface Operation {
  readonly name: string
  readonly kind: OperationKind
  readonly description?: string
  readonly input: { readonly required: readonly string[]; readonly optional: readonly string[] }
  readonly output?: string
  readonly defaultLimit: number
  readonly maxLimit: number
  readonly rateLimit?: { readonly maxAttempts: number; readonly windowSeconds: number }
  /** Only the engine's own identity may call it, whatever the rules say. */
  readonly systemOnly: boolean
  /** May be called without an identity. Grants no row: rows still follow the rules (verify_secret alone needs none). */
  readonly public: boolean
  readonly audit: boolean
  /** find_by, list_by, update_by, delete_by: the fields that the input fixes. */
  readonly by: readonly string[]
  /** find_by: answer this field's value instead of the row. */
  readonly returns?: string
  /** tree, reorder, move: parent link, order field, and the field (if any) that all rows of one tree share. */
  readonly tree?: { readonly parent: string; readonly order: string; readonly scope?: string }
  /** set_secret, verify_secret: the field that names the account and the one that holds the hash. */
  readonly secret?: { readonly identity: string; readonly hash: string }
  /** search: fields looked at; all readable text fields where absent. */
  readonly searchFields?: readonly string[]
}

export interface Entity {
  readonly name: string
  readonly plural: string
  readonly table: string
  readonly description?: string
  readonly version?: string
  readonly package?: string
  readonly fields: ReadonlyMap<string, Field>
  /** Names of the key fields, in order. */
  readonly key: readonly string[]
  readonly relations: ReadonlyMap<string, Relation>
  readonly indexes: readonly Index[]
  /** Name of the field that holds the tenant. */
  readonly tenant?: string
  /** Name of the field that the engine counts up (`version`). */
  readonly versioned?: string
  /** Field that `self` compares with the caller's id. */
  readonly owner?: string
  readonly softDelete?: string
  readonly ttl?: { readonly field: string; readonly autoDelete: boolean }
  readonly security: { readonly auditAllAccess: boolean; readonly scanForMalicious: boolean; readonly sandboxRequired: boolean }
  readonly acl?: Sourced
  readonly validations: readonly Validation[]
  readonly operations: ReadonlyMap<string, Operation>
  readonly place: Place
  /** Belongs to the engine: never listed to a caller, never in generated types. */
  readonly internal: boolean
  /** Name of the entity before: the rows of its table go along. */
  readonly renamedFrom?: string
}

/** Role names with their levels, lowest first. `public` is always there. */
export type Roles = ReadonlyMap<string, number>

export interface Schema {
  readonly entities: ReadonlyMap<string, Entity>
  readonly roles: Roles
  /** Roles that may explain and see schema details: `god` and up unless roles.yaml says otherwise. */
  readonly developerRoles: readonly string[]
  /** SHA-256 (hex, 16 characters) of the canonical form: two equal schemas have equal versions. */
  readonly version: string
}
