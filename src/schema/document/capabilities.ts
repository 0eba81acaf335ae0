/** The grammar of capabilities.yaml: what backends can do. Must not know the backends. */
import { Complaints, quote, suggestion } from '../complaint.ts'
import type { Value } from '../entity.ts'
import { type Document, readDocuments, type SourceFile } from '../source.ts'
import { fit, flag, isRecord, memberName, type Shape, text, wordName } from './shape.ts'

export interface CapabilityTable {
  /** Name to what it means and what happens without it. */
  readonly capabilities: ReadonlyMap<string, { readonly description: string; readonly without: string }>
  /** Adapter to what it can do; every capability is named. */
  readonly adapters: ReadonlyMap<string, Readonly<Record<string, boolean>>>
}

export const capabilitiesShape: Shape = {
  is: 'record',
  members: {
    capabilities: {
      required: true,
      doc: 'The capabilities by name.',
      shape: {
        is: 'map',
        names: memberName,
        of: {
          is: 'record',
          members: {
            description: { shape: text, required: true, doc: 'What a backend with it can do.' },
            without: { shape: text, required: true, doc: 'What callers see on a backend that lacks it.' },
          },
        },
      },
    },
    adapters: {
      required: true,
      doc: 'For each adapter, each capability.',
      shape: { is: 'map', names: wordName, of: { is: 'map', names: memberName, of: flag } },
    },
  },
}

/** The table of capabilities.yaml. Throws VALIDATION_ERROR with all complaints. */
export function parseCapabilities(file: SourceFile): CapabilityTable {
  const complaints = new Complaints()
  const capabilities = new Map<string, { description: string; without: string }>()
  const adapters = new Map<string, Record<string, boolean>>()
  for (const document of readDocuments(file, complaints)) {
    const found = fit({ document, complaints }, capabilitiesShape, document.value, '')
    for (const [name, row] of members(found, 'capabilities')) {
      if (isRecord(row)) capabilities.set(name, { description: String(row.description), without: String(row.without) })
    }
    for (const [name, row] of members(found, 'adapters')) {
      if (!isRecord(row)) continue
      checkRow(document, name, row, capabilities, complaints)
      adapters.set(name, row as Record<string, boolean>)
    }
  }
  complaints.throwIfAny()
  return { capabilities, adapters }
}

function members(found: Value | undefined, key: string): [string, Value][] {
  const map = isRecord(found) ? found[key] : undefined
  return isRecord(map) ? Object.entries(map) : []
}

function checkRow(document: Document, adapter: string, row: object, capabilities: ReadonlyMap<string, unknown>, complaints: Complaints): void {
  for (const name of Object.keys(row)) {
    if (!capabilities.has(name))
      complaints.add(document.keyPlace(`adapters.${adapter}.${name}`), `Unknown capability ${quote(name)}${suggestion(name, capabilities.keys())}`)
  }
  for (const name of capabilities.keys()) {
    if (!Object.hasOwn(row, name))
      complaints.add(document.keyPlace(`adapters.${adapter}`), `The adapter ${quote(adapter)} does not say whether it has ${quote(name)}`)
  }
}
