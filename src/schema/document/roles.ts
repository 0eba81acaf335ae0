/** The grammar of roles.yaml and the ladder that it gives. Must not know what roles may do. */
import { type Complaints, quote } from '../complaint.ts'
import type { Roles, Value } from '../entity.ts'
import type { Document } from '../source.ts'
import { fit, flag, isRecord, type Shape, text, wordName } from './shape.ts'

const level: Shape = { is: 'integer', min: 0, max: 1000 }

export const rolesShape: Shape = {
  is: 'record',
  members: {
    roles: {
      shape: {
        is: 'map',
        names: wordName,
        of: {
          is: 'either',
          says: 'a level, or a map with level',
          of: [
            level,
            {
              is: 'record',
              members: {
                level: { shape: level, required: true, doc: 'The number that rules know as $user.level.' },
                developer: { shape: flag, doc: 'May ask for explanations and see details of the schema.' },
                description: { shape: text, doc: 'Who has the role.' },
              },
            },
          ],
        },
      },
      required: true,
      doc: 'The roles by name.',
    },
  },
}

export interface Ladder {
  readonly roles: Roles
  readonly developerRoles: readonly string[]
}

/** `system` is the engine's own identity; the others are keywords beside which role names stand in the short form of access rules. */
const reserved = new Set([
  'system',
  'self',
  'role',
  'row_level',
  'check',
  'readable_fields',
  'except_fields',
  'writable_fields',
  'presets',
  'reason',
  'effect',
  'rules',
  'rules_file',
])

/** The ladder of the documents of roles.yaml; nobody but `public` where there is none. */
export function readRoles(documents: readonly Document[], complaints: Complaints): Ladder {
  const levels = new Map<string, number>()
  const developers: string[] = []
  for (const document of documents) {
    const found = fit({ document, complaints }, rolesShape, document.value, '')
    const roles = isRecord(found) && isRecord(found.roles) ? found.roles : {}
    for (const [role, value] of Object.entries(roles)) {
      const place = document.keyPlace(`roles.${role}`)
      if (reserved.has(role)) complaints.add(place, `${quote(role)} cannot be the name of a role: it has a meaning of its own in access rules`)
      else if (levels.has(role)) complaints.add(place, `The role ${quote(role)} is declared twice`)
      levels.set(role, levelOf(value))
      if (isRecord(value) && value.developer === true) developers.push(role)
    }
  }
  if (!levels.has('public')) levels.set('public', Math.min(1, ...[...levels.values()].map((number) => number - 1)))
  const sorted = [...levels].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
  checkPublic(sorted, documents, complaints)
  return { roles: new Map(sorted), developerRoles: developers.length > 0 ? developers : usualDevelopers(sorted) }
}

function levelOf(value: Value): number {
  if (typeof value === 'number') return value
  return isRecord(value) && typeof value.level === 'number' ? value.level : 0
}

function checkPublic(sorted: readonly (readonly [string, number])[], documents: readonly Document[], complaints: Complaints): void {
  const open = sorted.find(([role]) => role === 'public')![1]
  for (const [role, number] of sorted) {
    if (number >= open) return
    for (const document of documents)
      complaints.add(document.place(`roles.${role}`), `The level of ${quote(role)} is below that of "public", which everybody has`)
  }
}

/** `god` and up; where no such role is, the highest level alone. */
function usualDevelopers(sorted: readonly (readonly [string, number])[]): string[] {
  const from = sorted.find(([role]) => role === 'god')?.[1] ?? sorted.at(-1)![1]
  return sorted.filter(([role, number]) => number >= from && role !== 'public').map(([role]) => role)
}
