/** Fields that hold scripts: what they say of them, and whether the fields that they name can hold it. Must not know any language. */
import { quote } from '../complaint.ts'
import type { CodeDocument, FieldDocument } from '../document/entity.ts'
import type { Code, Field } from '../entity.ts'
import { type At, complain, complainKey, known } from './draft.ts'

/** Far more than a script that people still read; bounds what is parsed for one row. */
const usualBytes = 65_536
/** Contract of the shipped scripts: 30 s. */
const usualTimeout = 30_000

/** Puts `code` on the fields that ask for it. */
export function resolveCode(at: At, fields: Map<string, Field>): void {
  const { doc } = at.source
  for (const [name, { code }] of Object.entries<FieldDocument>(doc.fields ?? {})) {
    const field = fields.get(name)
    const said: CodeDocument = typeof code === 'string' ? { language: code } : (code ?? {})
    if (field === undefined || said.language === undefined) continue
    fields.set(name, { ...field, code: codeOf(at, said, `fields.${name}.code`, field, fields) })
  }
  if (doc.security?.scan_for_malicious === true && ![...fields.values()].some((field) => field.code !== undefined))
    complain(
      at,
      'security.scan_for_malicious',
      `${at.source.name} has no field that says what to read: write code: lua on the one that holds scripts`,
    )
}

function codeOf(at: At, said: CodeDocument, path: string, field: Field, fields: ReadonlyMap<string, Field>): Code {
  const language = said.language ?? 'lua'
  const fits = language === 'lua' ? field.type === 'text' || field.type === 'string' : field.type === 'json'
  if (!fits) complainKey(at, path, `code: ${language} is for ${language === 'lua' ? 'text and string' : 'json'}, not ${field.type}`)
  if (said.max_timeout !== undefined && language === 'lua') complain(at, `${path}.max_timeout`, 'max_timeout is for the steps of a workflow')
  if (said.timeout_field !== undefined && language === 'workflow')
    complain(at, `${path}.timeout_field`, 'A step of a workflow has a timeout of its own')
  if (said.globals !== undefined && said.globals_field === undefined && language === 'lua')
    complain(at, `${path}.globals`, 'globals bounds what rows allow: name the field where they do with globals_field')
  const allowing = said.globals_field === undefined ? undefined : known(at, fields, said.globals_field, `${path}.globals_field`)
  if (allowing !== undefined && (allowing.type !== 'json' || allowing.code !== undefined))
    complain(at, `${path}.globals_field`, `Names of globals stand in a json field; ${quote(allowing.name)} is of type ${allowing.type}`)
  const timing = said.timeout_field === undefined ? undefined : known(at, fields, said.timeout_field, `${path}.timeout_field`)
  if (timing !== undefined && (timing.type !== 'integer' || timing.min === undefined || timing.max === undefined || timing.nullable))
    complain(at, `${path}.timeout_field`, `A timeout is an integer with min and max and never null; ${quote(timing.name)} is not`)
  return {
    language,
    maxBytes: said.max_bytes ?? usualBytes,
    maxTimeout: said.max_timeout ?? usualTimeout,
    ...(allowing === undefined ? {} : { globalsField: allowing.name }),
    ...(said.globals === undefined ? {} : { globals: said.globals }),
    ...(timing === undefined ? {} : { timeoutField: timing.name }),
  }
}
