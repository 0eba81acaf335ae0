/** Values of fields that a test does not care about: the same each time, and such as the field accepts. Must not know rows. */
import type { Field, Value } from '../schema/entity.ts'
import { normaliseField } from '../schema/field-type.ts'
import { sha256 } from '../schema/sha256.ts'

/** A UUID of version 7 form that depends on the name alone. */
export function uuidOf(name: string): string {
  const hex = sha256(`policy test ${name}`)
  return `00000000-${hex.slice(0, 4)}-7${hex.slice(4, 7)}-8${hex.slice(7, 10)}-${hex.slice(10, 22)}`
}

/** `label`: name of the row. `ordinal`: its number among the rows of its entity, from 1. Undefined where no value is found that fits. */
export function madeUp(field: Field, entity: string, label: string, ordinal: number, now: string): Value | undefined {
  for (const candidate of candidates(field, `${entity}.${label}`, label, ordinal, now)) {
    const result = normaliseField(field, candidate)
    if (result.ok) return result.value
  }
  return undefined
}

function candidates(field: Field, path: string, label: string, ordinal: number, now: string): readonly unknown[] {
  switch (field.type) {
    case 'uuid':
      return [uuidOf(path)]
    case 'cuid':
      return [`c${sha256(`policy test ${path}`).slice(0, 23)}`]
    case 'string':
    case 'text':
      return texts(field, label, ordinal)
    case 'email':
      return [`${label.toLowerCase()}@example.com`]
    case 'integer':
    case 'float':
      return [ordinal, field.min, field.max, 0].filter((value) => value !== undefined).map(Number)
    case 'bigint':
    case 'decimal':
      return [ordinal, field.min, field.max, 0].filter((value) => value !== undefined).map(String)
    case 'boolean':
      return [false]
    case 'datetime':
      return [now]
    case 'date':
      return [now.slice(0, 10)]
    case 'json':
      return [{}]
    case 'enum':
      return field.values ?? []
    case 'bytes':
      return ['AAAA', 'AAAAAAAAAAAAAAAAAAAAAA==']
  }
}

/** Forms that patterns commonly ask for: names, slugs, versions, numbers. */
function texts(field: Field, label: string, ordinal: number): string[] {
  const slug = label.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`).replace(/_/g, '-')
  const forms = [
    label,
    slug,
    `${slug}-${field.name.toLowerCase()}`,
    `/${slug}`,
    label.toUpperCase(),
    `${ordinal}.0.0`,
    String(ordinal).padStart(4, '0'),
  ]
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = field
  return [...forms, ...forms.map((form) => form.padEnd(minLength, 'x')), ...forms.map((form) => form.slice(0, maxLength))]
}
