/** The files of a new project, as texts. In charge of an example that shows fields, a relation to accounts and row rules in one page. */

/** Path to text, relative to the project's folder. */
export function exampleFiles(name: string): Readonly<Record<string, string>> {
  return {
    'dbal.yaml': config,
    'dbal/entities/note.yaml': entity,
    'dbal/entities/note.policy.test.yaml': policyTest,
    'dbal/operations/note.ops.yaml': operations,
    'example.mjs': script,
    'README.md': readme(name),
    '.gitignore': 'node_modules/\n.dbal/\n*.key\n',
  }
}

const config = `# All options: dbal daemon --help, and docs/reference/configuration.md of DBAL.
schema: ./dbal
server:
  bind: "127.0.0.1:50051"
database:
  url: "file:./.dbal/notes.db"
security:
  audit_log: "./.dbal/audit.log"
`

const entity = `# yaml-language-server: $schema=../../generated/json-schema/entity.schema.json
entity: Note
description: Something to remember.
owner: authorId

fields:
  id: { type: uuid, primary: true, generated: true }
  authorId: { type: uuid, required: true, foreign_key: { entity: User, field: id, on_delete: cascade } }
  title: { type: string, required: true, max_length: 200 }
  text: { type: text, default: "" }
  shared: { type: boolean, default: false, index: true }
  createdAt: { type: datetime, generated: true, immutable: true }

# Nobody may do anything that is not named here.
acl:
  rules:
    - entity: Note
      role: [user, admin]
      operations: [create]
      presets: { authorId: $user.id }
    - entity: Note
      role: [user, admin]
      operations: [read]
      row_level_filter: "authorId = $user.id OR shared = true"
    - entity: Note
      role: [user, admin]
      operations: [update, delete]
      row_level_filter: "authorId = $user.id"
      writable_fields: [title, text, shared]
`

const policyTest = `# yaml-language-server: $schema=../../generated/json-schema/policy-test.schema.json
# Run with: dbal policy test
principals: { ana: user, ben: user, adam: admin }
rows:
  Note:
    diary: { authorId: $ana }
    menu: { authorId: $ana, shared: true }
    plan: { authorId: $adam }

tests:
  - name: notes are for their authors, and for others once they are shared
    call: [list, Note]
    who: { public: UNAUTHORIZED, ana: [diary, menu], ben: [menu], adam: [menu, plan] }
  - name: who writes a note is its author
    call: [create, Note, { title: New }]
    who: { public: UNAUTHORIZED, ana: { row: { authorId: $ana } }, adam: { row: { authorId: $adam } } }
  - name: authors change and remove their notes, others do not
    call: [update, Note, $menu, { title: Lunch, text: Soup, shared: false }]
    who: { ana: ok, ben: FORBIDDEN }
  - { call: [update, Note, $menu, { authorId: $ana }], who: { ana: VALIDATION_ERROR } }
  - { call: [update, Note, $plan, { title: Mine }], who: { adam: ok, ben: NOT_FOUND } }
  - { call: [delete, Note, $menu], who: { ana: ok, ben: FORBIDDEN, adam: FORBIDDEN } }
`

const operations = `entity: Note
operations:
  listShared:
    kind: list_by
    description: Notes that their authors let others see, or keep to themselves.
    by: [shared]
    input: { required: [shared] }
    output: Note[]
`

const script = `// Logs in at the daemon and works with notes. Needs: npm install @metabuilder/dbal
// Usage: node example.mjs NAME PASSWORD
import { DBALClient, DBALError } from '@metabuilder/dbal'

const [username, password] = process.argv.slice(2)
if (password === undefined) {
  console.error('Usage: node example.mjs NAME PASSWORD')
  process.exit(2)
}

const anonymous = new DBALClient({ mode: 'production', endpoint: 'ws://127.0.0.1:50051' })
try {
  const session = await anonymous.login(username, password)
  const client = new DBALClient({ mode: 'production', endpoint: 'ws://127.0.0.1:50051', auth: { session } })
  const notes = client.entity('Note')
  const note = await notes.create({ title: 'Milk', text: 'Two bottles' })
  console.log('made', note.id)
  const page = await notes.list({ filter: { title: { contains: 'Mi' } }, sort: { createdAt: 'desc' }, limit: 5 })
  console.log(page.total, 'notes, the newest is', page.data[0].title)
  await client.close()
} catch (error) {
  if (!(error instanceof DBALError)) throw error
  console.error(error.code, error.message, error.details)
  process.exitCode = 1
} finally {
  await anonymous.close()
}
`

function readme(name: string): string {
  return `# ${name}

A DBAL project. The schema and its access rules are in \`dbal/\`, the configuration is \`dbal.yaml\`.

\`\`\`sh
dbal user add ada --role admin --email ada@example.com   # asks for a password
dbal daemon                                              # serves on 127.0.0.1:50051
node example.mjs ada PASSWORD                            # in another terminal
dbal generate                                            # types, SQL and JSON Schemas into generated/
dbal policy test                                         # do the access rules do what they should?
dbal doctor                                              # is everything in order?
\`\`\`
`
}
