/** The grammar of access rules (contract 6.1) for editors: the short form in entities and the general form in rules files. Their meaning belongs to policy. */
import { entityName, flag, memberName, names, type Shape, text, wordName } from './shape.ts'

const roles: Shape = { is: 'list', of: { is: 'text', name: wordName } }
const presets: Shape = { is: 'map', names: memberName, of: { is: 'any' } }

const common = {
  check: { shape: text, doc: 'Holds of the row after the write; the row filter where absent.' },
  readable_fields: { shape: names, doc: 'The fields that are shown.' },
  except_fields: { shape: names, doc: 'All fields but these are shown.' },
  writable_fields: { shape: names, doc: 'The fields that may be written.' },
  presets: { shape: presets, doc: 'Fields that the rule fills itself, such as {ownerId: $user.id}.' },
  reason: { shape: text, doc: 'What a caller who is refused is told.' },
} as const

export const ruleShape: Shape = {
  is: 'record',
  members: {
    id: { shape: text, doc: 'Name of the rule in explanations.' },
    entity: { shape: { is: 'text', name: entityName }, doc: 'The entity that the rule is about; in an entity file its own.' },
    role: { shape: roles, required: true, doc: 'Exactly these roles; public holds for everybody.' },
    operations: { shape: names, required: true, doc: 'create, read, update, delete, list, or a domain operation.' },
    row_level_filter: { shape: text, doc: 'Which rows.' },
    effect: { shape: { is: 'word', of: ['permit', 'deny'] }, doc: 'deny wins over every permit.' },
    ...common,
  },
}

/** A file that `acl.rules_file` names. */
export const rulesShape: Shape = {
  is: 'record',
  members: { rules: { shape: { is: 'list', of: ruleShape }, required: true, doc: 'The rules; their order means nothing.' } },
}

const grant: Shape = {
  is: 'either',
  says: 'false, or a map such as {admin: true}',
  of: [
    flag,
    {
      is: 'record',
      rest: flag,
      members: {
        role: { shape: roles, doc: 'Exactly these roles.' },
        public: { shape: flag, doc: 'Everybody.' },
        self: { shape: flag, doc: 'The owner of the row.' },
        system: { shape: flag, doc: 'The engine only.' },
        row_level: { shape: text, doc: 'Which rows: in place of what self means, or narrowing role and public.' },
        ...common,
      },
    },
  ],
}

/** `acl` of an entity: a grant for each operation, and rules in the general form. */
export const aclShape: Shape = {
  is: 'record',
  rest: grant,
  members: {
    create: { shape: grant, doc: 'Who may add rows.' },
    read: { shape: grant, doc: 'Who may see rows.' },
    update: { shape: grant, doc: 'Who may change rows.' },
    delete: { shape: grant, doc: 'Who may remove rows.' },
    list: { shape: grant, doc: 'Who may list rows; follows read where absent.' },
    rules: { shape: { is: 'list', of: ruleShape }, doc: 'Rules that the short form cannot say.' },
  },
}
