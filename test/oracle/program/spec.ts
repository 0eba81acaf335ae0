/** What a program consists of, as plain data that can be kept in a file. Must not know engines. */
import type { Principal } from '../../../src/policy/principal.ts'
import type { FieldTypeName, Value } from '../../../src/schema/entity.ts'

/** A field document of contract 2.1, as far as random schemas go. */
export interface FieldSpec {
  readonly type: FieldTypeName
  readonly primary?: boolean
  readonly generated?: boolean
  readonly required?: boolean
  readonly nullable?: boolean
  readonly default?: Value
  readonly unique?: boolean
  readonly immutable?: boolean
  readonly sensitive?: boolean
  readonly auto_update?: boolean
  readonly values?: readonly string[]
  readonly precision?: number
  readonly scale?: number
  readonly foreign_key?: { readonly entity: string; readonly on_delete: 'cascade' | 'restrict' | 'set_null' }
}

/** The general form of a rule (contract 6.1). */
export interface RuleSpec {
  readonly entity: string
  readonly role: readonly string[]
  readonly operations: readonly string[]
  readonly row_level_filter?: string
  readonly check?: string
  readonly readable_fields?: readonly string[]
  readonly except_fields?: readonly string[]
  readonly writable_fields?: readonly string[]
  readonly presets?: { readonly [field: string]: Value }
  readonly effect?: 'deny'
  readonly across_tenants?: boolean
}

/** One document of a schema file. JSON is YAML, so it is kept as JSON. */
export interface EntitySpec {
  readonly entity: string
  readonly plural: string
  readonly fields: { readonly [name: string]: FieldSpec }
  readonly primary_key?: readonly string[]
  readonly relations?: { readonly [name: string]: { readonly many: string; readonly through: string } }
  readonly owner?: string
  readonly tenant?: boolean
  readonly versioned?: boolean
  readonly soft_delete?: string
  readonly ttl?: { readonly field: string }
  readonly security?: { readonly never_expose: readonly string[] }
  readonly acl: { readonly rules: readonly RuleSpec[] }
}

export interface RowSpec {
  readonly entity: string
  readonly row: { readonly [field: string]: Value }
}

export interface CallSpec {
  /** Index into `principals`. */
  readonly who: number
  readonly method: string
  readonly params: readonly Value[]
  /** Go on by cursor, up to this many pages. */
  readonly pages?: number
}

export interface Program {
  readonly entities: readonly EntitySpec[]
  readonly rows: readonly RowSpec[]
  readonly calls: readonly CallSpec[]
}

const user = (id: string, role: string, tenantId: string | undefined, attributes: Principal['attributes']): Principal => ({
  kind: 'user',
  id,
  role,
  attributes,
  ...(tenantId === undefined ? {} : { tenantId }),
})

/** Who calls: nobody, users of two tenants and of none, higher roles, and a role that the schema does not know. */
export const principals: readonly Principal[] = [
  { kind: 'public', role: 'public', attributes: {} },
  user('a', 'user', 't1', { team: 'x', rank: 1 }),
  user('b', 'user', 't2', { team: 'b', rank: null }),
  user('x', 'admin', 't1', { team: 'x', rank: 2 }),
  user('A', 'god', 't2', { rank: 'many' }),
  user('a', 'ghost', 't1', {}),
  user('b c', 'user', undefined, {}),
]

export const rolesText = 'roles: {public: 1, user: 2, admin: 3, god: {level: 4, developer: true}, supergod: {level: 5, developer: true}}'
export const schemaText = (program: Pick<Program, 'entities'>): string => program.entities.map((entity) => JSON.stringify(entity)).join('\n---\n')
