/** The grammar of an operations document (contract 2.3). Must not know how operations are resolved. */
import { entityName, flag, memberName, name, names, type Shape, text } from './shape.ts'

export const domainKinds = ['find_by', 'list_by', 'tree', 'reorder', 'move', 'set_secret', 'verify_secret', 'update_by', 'delete_by'] as const

export type DomainKind = (typeof domainKinds)[number]

export interface OperationDocument {
  readonly kind?: 'crud' | DomainKind
  readonly description?: string
  readonly input?: { readonly required?: readonly string[]; readonly optional?: readonly string[] }
  readonly output?: string
  readonly default_limit?: number
  readonly max_limit?: number
  readonly rate_limit?: { readonly max_attempts?: number; readonly window_seconds?: number }
  readonly system_only?: boolean
  readonly public?: boolean
  readonly audit?: boolean
  readonly by?: readonly string[]
  readonly returns?: string
  readonly tree?: { readonly parent?: string; readonly order?: string; readonly scope?: string }
  readonly secret?: { readonly identity?: string; readonly hash?: string }
  readonly search_fields?: readonly string[]
}

export interface OperationsDocument {
  readonly entity?: string
  readonly operations?: Readonly<Record<string, OperationDocument>>
}

/** The largest page that may be declared: ten thousand rows of a megabyte would be the memory of a small server. */
const limit: Shape = { is: 'integer', min: 1, max: 10_000 }

const operation: Shape = {
  is: 'record',
  members: {
    kind: { shape: { is: 'word', of: ['crud', ...domainKinds] }, doc: 'What the operation does; only the twelve basic ones need none.' },
    description: { shape: text, doc: 'What it is for.' },
    input: {
      shape: {
        is: 'record',
        members: {
          required: { shape: names, doc: 'Names that have to be given, in order.' },
          optional: { shape: names, doc: 'Names that may be given.' },
        },
      },
      doc: 'The names of what goes in.',
    },
    output: { shape: text, doc: 'An entity, `Entity[]`, boolean, integer, or the type of a field.' },
    default_limit: { shape: limit, doc: 'Rows of a page where the caller names no limit; 20 where absent.' },
    max_limit: { shape: limit, doc: 'Most rows of a page; 100 where absent.' },
    rate_limit: {
      shape: {
        is: 'record',
        members: {
          max_attempts: { shape: { is: 'integer', min: 1, max: 1_000_000 }, required: true, doc: 'Calls allowed in the window.' },
          window_seconds: { shape: { is: 'integer', min: 1, max: 86_400 }, required: true, doc: 'Length of the window.' },
        },
      },
      doc: 'A limit of its own.',
    },
    system_only: { shape: flag, doc: 'Only the engine may call it, whatever the rules say.' },
    public: { shape: flag, doc: 'May be called without an identity; rows still follow the rules.' },
    audit: { shape: flag, doc: 'Always audited.' },
    by: { shape: names, doc: 'The fields that the input fixes; the required input where absent.' },
    returns: { shape: name, doc: 'find_by: answer the value of this field instead of the row.' },
    tree: {
      shape: {
        is: 'record',
        members: {
          parent: { shape: name, doc: 'The field that names the parent row.' },
          order: { shape: name, doc: 'The integer field that orders siblings.' },
          scope: { shape: name, doc: 'The field that all rows of one tree share.' },
        },
      },
      doc: 'How rows form trees; said at one operation it holds for the others.',
    },
    secret: {
      shape: {
        is: 'record',
        members: {
          identity: { shape: name, doc: 'The field that names the account.' },
          hash: { shape: name, doc: 'The field that holds the hash.' },
        },
      },
      doc: 'Where the password is kept; said at one operation it holds for the others.',
    },
    search_fields: { shape: names, doc: 'search: the text fields looked at.' },
  },
}

export const operationsShape: Shape = {
  is: 'record',
  members: {
    entity: { shape: { is: 'text', name: entityName }, required: true, doc: 'The entity whose operations these are.' },
    operations: { shape: { is: 'map', of: operation, names: memberName }, required: true, doc: 'The operations by name.' },
  },
}
