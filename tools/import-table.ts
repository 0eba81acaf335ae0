/** Writes the table of who may import whom into ARCHITECTURE.md, from boundaries.json; `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Boundaries, readBoundaries } from './boundaries.ts'

const begin = '<!-- imports: made from boundaries.json by tools/import-table.ts -->'
const end = '<!-- /imports -->'

export function importTable(boundaries: Boundaries): string {
  const rows = Object.entries(boundaries).map(([folder, { imports, types = [], packages = [], browser, holds }]) => {
    const may = imports.includes('*') ? 'everything' : imports.length === 0 ? '–' : imports.join(', ')
    const typed = types.length === 0 ? '' : `${may === '–' ? '' : '; '}types of ${types.join(', ')}`
    const from = packages.length === 0 || packages.includes('*') ? '' : packages.join(', ')
    return `| \`${folder}\` | ${holds} | ${typed === '' || may !== '–' ? may : ''}${typed} | ${from} | ${browser ? 'yes' : ''} |`
  })
  return ['| folder | holds | may import | packages | browser |', '|---|---|---|---|---|', ...rows].join('\n')
}

/** `text` with the table between its marks. Throws where the marks are missing. */
export function withTable(text: string, table: string): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`ARCHITECTURE.md needs the lines\n${begin}\n${end}`)
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = join(import.meta.dirname, '..')
  const file = join(root, 'ARCHITECTURE.md')
  const text = readFileSync(file, 'utf8')
  const made = withTable(text, importTable(readBoundaries(join(root, 'boundaries.json'))))
  if (process.argv.includes('--check')) {
    if (made !== text) console.log('The import table in ARCHITECTURE.md is not that of boundaries.json')
    process.exitCode = made === text ? 0 : 1
  } else if (made !== text) writeFileSync(file, made)
}
