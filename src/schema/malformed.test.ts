import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DBALError } from '../errors/error.ts'
import { parseSchema, type SourceFile } from './parse.ts'

/** Name of the case, what the complaint says, and the text of the file with `▸` where the complaint has to point. */
type Case = readonly [name: string, says: RegExp, text: string, path?: string]

const file = 'entities/note.yaml'
const ops = 'operations/note.ops.yaml'
const id = 'id: {type: uuid, primary: true, generated: true}'
/** A sound entity with one field or keyword more. */
const withField = (field: string): string => `entity: Note\nfields:\n  ${id}\n  ${field}\n`
const withKeyword = (keyword: string): string => `entity: Note\nfields:\n  ${id}\n${keyword}\n`
const sound: SourceFile = {
  path: file,
  text: `entity: Note\nfields:\n  ${id}\n  title: {type: string, required: true}\n  rank: {type: integer, default: 0}\n`,
}

const yaml: readonly Case[] = [
  [
    'anchor bomb',
    /More than 100 aliases/,
    `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\na1: &a1 [*a0, ▸${Array(9).fill('*a0').join(', ')}]\n${Array.from(
      { length: 9 },
      (_, i) =>
        `a${i + 2}: &a${i + 2} [${Array(10)
          .fill(`*a${i + 1}`)
          .join(', ')}]`,
    ).join('\n')}\nentity: Note\nfields: {}\n`,
  ],
  ['alias to itself', /contains itself/, 'entity: &a [x, ▸*a]\n'],
  ['alias to nothing', /\*ghost/, 'entity: ▸*ghost\n'],
  ['!!js/function', /tag "!!js\/function" is not accepted/, withField("f: {type: json, default: ▸!!js/function 'x', optional: true}")],
  ["a tag of one's own", /tag "!foo"/, 'entity: ▸!foo Note\n'],
  ['!!binary', /!!binary/, 'entity: ▸!!binary aGk=\n'],
  ['merge key', /Merge keys/, withField('▸<<: {a: 1}')],
  ['duplicate key', /"title" stands twice/, withField('title: {type: text, optional: true}\n  ▸title: {type: text, optional: true}')],
  ['duplicate keyword in flow', /"type" stands twice/, withField('title: {type: text, index: true, ▸type: text}')],
  ['tab as indentation', /tab cannot indent/, 'entity: Note\nfields:\n▸\tid: {type: uuid}\n'],
  ['NaN', /not a finite number/, withField('rank: {type: float, min: ▸.nan}')],
  ['infinity', /not a finite number/, withField('rank: {type: float, max: ▸.inf}')],
  ['a number beyond doubles', /not a finite number/, withField('rank: {type: float, max: ▸1e999}')],
  ['octal as other YAML reads it', /"017" reads as 17 here and as something else/, withField('rank: {type: integer, default: ▸017}')],
  ['octal', /"0o17".*decimal/, withField('rank: {type: integer, default: ▸0o17}')],
  ['hexadecimal', /"0x1F".*decimal/, withField('rank: {type: integer, default: ▸0x1F}')],
  ['Norway: no as a flag', /true or false \(YAML 1\.2 knows no other spelling\), found "no"/, withField('title: {type: string, required: ▸no}')],
  ['Norway under YAML 1.1', /only YAML 1\.2 is accepted/, '▸%YAML 1.1\n---\nentity: Note\n'],
  ['booleans as values of an enum', /text \(put it in quotes\), found true/, withField('answer: {type: enum, values: [no, ▸true], required: true}')],
  ['a number as a key', /Keys are text: "1"/, withField('▸1: {type: text, optional: true}')],
  ['null as a key', /Keys are text: "~"/, withField('▸~: {type: text, optional: true}')],
  ['a list as a key', /Keys are text/, withField('? ▸[a]\n  : {type: text}')],
  ['__proto__', /"__proto__" cannot be a name/, withField('▸__proto__: {type: text, optional: true}')],
  ['constructor', /"constructor" cannot be a name/, withField('▸constructor: {type: text, optional: true}')],
  ['prototype in json', /"prototype" cannot be a name/, withField('extra: {type: json, default: {a: 1, b: {▸prototype: 1}}}')],
  ['open bracket', /must end|sufficiently indented/, `${withField('title: {type: string\n')}▸`],
  ['colon in a value', /quoted/, 'entity: Note\ndescription: ▸a: b\n'],
  ['open quote', /quote/i, 'entity: Note\ndescription: "open\n▸'],
  ['deep brackets', /Nested deeper/, `entity: ${'['.repeat(200)}▸${'['.repeat(100_000)}\n`],
  ['deep dashes', /Nested deeper/, `entity:\n▸${'- '.repeat(100_000)}x\n`],
  ['ten megabytes', /larger than 1 MiB/, `▸entity: Note\n${'# filling\n'.repeat(1_050_000)}`],
]

const entities: readonly Case[] = [
  ['no map at all', /Expected a map with entity/, '▸- entity\n'],
  ['no entity', /"entity" is missing/, '▸fields: {}\n'],
  ['no fields', /"fields" is missing/, '▸entity: Note\n'],
  ['no key', /has no key/, 'entity: ▸Note\nfields:\n  title: {type: string, required: true}\n'],
  ['unknown keyword', /Unknown keyword "colour"/, withKeyword('▸colour: red')],
  ['misspelt keyword', /Unknown keyword "indexs"; did you mean "indexes"\?/, withKeyword('▸indexs: []')],
  ['misspelt keyword of a field', /Unknown keyword "requird"; did you mean "required"\?/, withField('title: {type: string, ▸requird: true}')],
  ['misspelt type', /Unknown word "sting"; did you mean "string"\?/, withField('title: {type: ▸sting, required: true}')],
  ['unlikely type', /Unknown word "varchar"; known here: uuid, /, withField('title: {type: ▸varchar, required: true}')],
  ['no type', /"type" is missing in "fields.title"/, withField('▸title: {required: true}')],
  ['field without a body', /Expected a map with type, .*found nothing/, withField('▸title:')],
  ['lower-case entity', /"note" is no entity name/, 'entity: ▸note\nfields:\n  id: {type: uuid, primary: true, generated: true}\n'],
  [
    "engine's prefix",
    /"DbalNote": Names that start with Dbal belong to the engine/,
    'entity: ▸DbalNote\nfields:\n  id: {type: uuid, primary: true, generated: true}\n',
  ],
  ['field with a dash', /"due-date" is no name/, withField('▸due-date: {type: date, optional: true}')],
  ['field called or', /"or" is a word of the filter language/, withField('▸or: {type: text, optional: true}')],
  [
    'columns that collide',
    /"user_name" and "userName" would share the column "user_name"/,
    withField('userName: {type: string, optional: true}\n  ▸user_name: {type: string, optional: true}'),
  ],
  ['never filled', /no value for "title": write required: true, optional: true, or a default/, withField('▸title: {type: string}')],
  ['required and optional', /either required or optional/, withField('title: {type: string, required: true, optional: ▸true}')],
  ['null default of what is not nullable', /default is null, but/, withField('rank: {type: integer, default: ▸null, required: true}')],
  ['default of another type', /default "x" is no valid value/, withField('rank: {type: integer, default: ▸x}')],
  ['default above the maximum', /default 9 is no valid value: must be at most 5/, withField('rank: {type: integer, default: ▸9, max: 5}')],
  ['default not in the enum', /default "c" .*one of: a, b/, withField('kind: {type: enum, values: [a, b], default: ▸c}')],
  ['fraction as integer default', /default 1\.5/, withField('rank: {type: integer, default: ▸1.5}')],
  ['min above max', /min 5 is more than max 1/, withField('rank: {type: integer, min: ▸5, max: 1, required: true}')],
  ['min of a text', /"min" is for numbers and times/, withField('title: {type: string, min: ▸5, required: true}')],
  [
    'lengths upside down',
    /min_length 9 is more than max_length 3/,
    withField('title: {type: string, min_length:  ▸9, max_length: 3, required: true}'),
  ],
  ['negative length', /whole number from 0/, withField('title: {type: string, min_length: ▸-1, required: true}')],
  ['enum without values', /An enum needs "values"/, withField('▸kind: {type: enum, required: true}')],
  ['empty enum', /at least one value/, withField('kind: {type: enum, values: ▸[], required: true}')],
  ['value twice', /"a" stands twice among the values/, withField('kind: {type: enum, values: [a, ▸a], required: true}')],
  ['decimal without precision', /A decimal needs "precision"/, withField('▸price: {type: decimal, required: true}')],
  ['scale above precision', /scale 5 is more than precision 3/, withField('price: {type: decimal, precision: 3, scale: ▸5, required: true}')],
  ['nested quantifiers', /"\(a\+\)\+": The pattern can take exponential time/, withField('title: {type: string, pattern: ▸"(a+)+", required: true}')],
  ['pattern that is none', /No regular expression/, withField('title: {type: string, pattern: ▸"[z-a]", required: true}')],
  ['key of json', /key cannot be of type json/, 'entity: Note\nfields:\n  id: {type: ▸json, primary: true}\n'],
  ['nullable key', /neither optional nor nullable/, 'entity: Note\nfields:\n  id: {type: uuid, primary: true, nullable: ▸true}\n'],
  ['two primary fields', /primary_key: \[id, no\]/, withField('▸no: {type: integer, primary: true}')],
  ['primary_key of nothing known', /Note has no field "idd"; did you mean "id"\?/, withKeyword('primary_key: [▸idd]')],
  ['generated text', /"generated" is for uuid, cuid, /, withField('no: {type: text, generated: ▸true}')],
  ['index of an unknown field', /Note has no field "titel"/, withKeyword('indexes: [{fields: [▸titel]}]')],
  ['owner unknown', /Note has no field "userId"/, withKeyword('owner: ▸userId')],
  ['soft delete of nothing', /no field "deletedAt"/, withKeyword('soft_delete: ▸deletedAt')],
  ['ttl of a uuid', /ttl needs a datetime/, withKeyword('ttl: {field: ▸id}')],
  ['never_expose unknown', /no field "hash"/, withKeyword('security: {never_expose: [▸hash]}')],
  ['versioned beside a version', /rename this one/, withField('▸version: {type: integer, required: true}\nversioned: true')],
  ['nullable tenant', /tenant is never null/, withField('▸orgId: {type: uuid, optional: true}\ntenant: orgId')],
  [
    'foreign key to nothing',
    /Unknown entity "Nota"; did you mean "Note"\?/,
    withField('other: {type: uuid, optional: true, foreign_key: {entity: ▸Nota}}'),
  ],
  [
    'foreign key of another type',
    /"o" is of type integer, but Note.id is of type uuid/,
    withField('o: {type: ▸integer, optional: true, foreign_key: {entity: Note}}'),
  ],
  [
    'foreign key to a field that is not unique',
    /Note.title is not unique.*unique there: id/,
    withField('title: {type: string, required: true}\n  o: {type: string, optional: true, foreign_key: {entity: Note, field: ▸title}}'),
  ],
  [
    'set_null of what is not nullable',
    /set_null needs a nullable field/,
    withField('o: {type: uuid, required: true, foreign_key: {entity: Note, on_delete: ▸set_null}}'),
  ],
  [
    'circle without a nullable link',
    /circle without a nullable link: Note.o → Note/,
    withField('▸o: {type: uuid, required: true, foreign_key: {entity: Note}}'),
  ],
  ['relation named as a field', /"id" is already a field/, withKeyword('relations:\n  ▸id: {to: Note, via: id}')],
  [
    'relation named by a word of filters',
    /"or" is a word of the filter language/,
    withKeyword('  o: {type: uuid, optional: true}\nrelations:\n  ▸or: {to: Note, via: o}'),
  ],
  ['relation of neither kind', /either "to" \(belongs to one\) or "many"/, withKeyword('relations:\n  ▸x: {via: id}')],
  ['relation through nothing known', /Unknown entity "Tags"/, withKeyword('relations:\n  x: {many: Note, through: ▸Tags}')],
  ['client property taken', /The client has a "transaction" of its own/, withKeyword('plural: ▸transaction')],
  ['table of the database', /belong to the database/, withKeyword('table: ▸sqlite_note')],
]

const operations: readonly Case[] = [
  ['unknown entity', /Unknown entity "Nope"/, 'entity: ▸Nope\noperations: {}\n', ops],
  ['no kind', /"bySlug" needs a kind/, 'entity: Note\noperations:\n  ▸bySlug: {by: [id]}\n', ops],
  [
    'an input that means nothing to find_by',
    /"title" means nothing to find_by; it takes id, select, include/,
    'entity: Note\noperations:\n  x: { kind: find_by, by: [id], input: ▸{ required: [id], optional: [title] } }\n',
    ops,
  ],
  ['misspelt kind', /Unknown word "findby"; did you mean "find_by"\?/, 'entity: Note\noperations:\n  x: { kind: ▸findby }\n', ops],
  [
    'find_by what is not unique',
    /\(title\) is not unique in Note; unique there: id/,
    'entity: Note\noperations:\n  x: {kind: find_by, by: ▸[title]}\n',
    ops,
  ],
  ['by of nothing known', /no field "slug"/, 'entity: Note\noperations:\n  x: {kind: list_by, by: [▸slug]}\n', ops],
  ['by missing', /list_by needs "by"/, 'entity: Note\noperations:\n  ▸x: {kind: list_by}\n', ops],
  [
    'returns nothing known',
    /no field "titel"; did you mean "title"\?/,
    'entity: Note\noperations:\n  x: {kind: find_by, by: [id], returns: ▸titel}\n',
    ops,
  ],
  [
    'unknown input',
    /"titel" is no field of Note and no known word; did you mean "title"\?/,
    'entity: Note\noperations:\n  create: {input: {required: [▸titel]}}\n',
    ops,
  ],
  ['tree without a parent', /which field names the parent row/, 'entity: Note\noperations:\n  ▸x: {kind: tree}\n', ops],
  ['verify without a secret', /needs secret: \{identity, hash\}/, 'entity: Note\noperations:\n  ▸x: {kind: verify_secret}\n', ops],
  [
    'secret in the open',
    /stand in security.never_expose/,
    'entity: Note\noperations:\n  x: {kind: set_secret, secret: ▸{identity: id, hash: title}}\n',
    ops,
  ],
  [
    'limits upside down',
    /default_limit 50 is more than max_limit 10/,
    'entity: Note\noperations:\n  list: {default_limit: ▸50, max_limit: 10}\n',
    ops,
  ],
  ['keyword of another kind', /"by" is for domain operations, not for list/, 'entity: Note\noperations:\n  list: {by: ▸[id]}\n', ops],
  ['unknown output', /Unknown output "Nots\[\]"; did you mean "Note"\?/, "entity: Note\noperations:\n  list: {output: ▸'Nots[]'}\n", ops],
  ['operations in an entity file', /"fields" is missing/, '▸entity: Note\noperations: {}\n'],
  ['level of a role', /from 0 to 1000/, 'roles:\n  user: ▸-1\n', 'roles.yaml'],
  ['role of the engine', /"system" cannot be the name of a role/, 'roles:\n  ▸system: 9\n', 'roles.yaml'],
  ['role below public', /below that of "public"/, 'roles:\n  public: 5\n  user: ▸2\n', 'roles.yaml'],
]

function complaintsOf(files: readonly SourceFile[]): readonly { field: string; error: string }[] {
  try {
    parseSchema(files)
  } catch (error) {
    assert.ok(error instanceof DBALError, String(error))
    assert.equal(error.code, 'VALIDATION_ERROR')
    return error.details.fields ?? []
  }
  return assert.fail('was accepted')
}

for (const [name, says, marked, path = file] of [...yaml, ...entities, ...operations]) {
  test(`I22 ${name}`, () => {
    const before = marked.slice(0, marked.indexOf('▸')).split('\n')
    const broken = { path, text: marked.replace('▸', '') }
    const complaints = complaintsOf(path === file ? [broken] : [sound, broken])
    const found = complaints.find((complaint) => says.test(complaint.error))
    assert.ok(found, `no complaint like ${says} in ${JSON.stringify(complaints, null, 1)}`)
    assert.equal(found.field, `${path}:${before.length}:${before.at(-1)!.length + 1}`, found.error)
    for (const complaint of complaints) assert.doesNotMatch(complaint.error, /undefined|\[object|node_modules|file:\/\//)
  })
}

test('I22 the corpus is as large as promised', () => assert.ok(yaml.length + entities.length + operations.length >= 60))

test('a sound schema is accepted: the corpus is refused for its faults alone', () => {
  assert.deepEqual([...parseSchema([sound]).entities.keys()], ['Note'])
})

test('all complaints come at once, in the order of the files', () => {
  const complaints = complaintsOf([
    { path: 'entities/b.yaml', text: 'entity: B\nfields:\n  id: {type: uid, primary: true}\n  x: {type: string}\nowner: y\n' },
    { path: 'entities/a.yaml', text: `entity: A\nfields:\n  ${id}\n  b: {type: uuid, optional: true, foreign_key: {entity: C}}\n` },
    { path: 'roles.yaml', text: 'roles: {self: 1}\n' },
  ])
  assert.deepEqual(
    complaints.map((complaint) => complaint.field),
    ['entities/a.yaml:4:57', 'entities/b.yaml:3:14', 'entities/b.yaml:4:3', 'entities/b.yaml:5:8', 'roles.yaml:1:9'],
  )
})
