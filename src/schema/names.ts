/** How names are formed: columns, tables, plurals, relations. Must not know files or entities. */

/** `createdAt` and `CreatedAt` become `created_at`, `userID2Name` becomes `user_id2_name`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}

/** `OrderLine` becomes `orderLine`, `URLMap` becomes `urlMap`. */
export function camelCase(name: string): string {
  return name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (head) => head.toLowerCase())
}

export function pascalCase(name: string): string {
  return name.replace(/(?:^|_+)([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

const irregular: Readonly<Record<string, string>> = {
  person: 'people',
  child: 'children',
  man: 'men',
  woman: 'women',
  foot: 'feet',
  tooth: 'teeth',
  mouse: 'mice',
  datum: 'data',
  index: 'indexes',
  quiz: 'quizzes',
  analysis: 'analyses',
  criterion: 'criteria',
  series: 'series',
  species: 'species',
  news: 'news',
  equipment: 'equipment',
  information: 'information',
  shelf: 'shelves',
  half: 'halves',
  leaf: 'leaves',
  knife: 'knives',
  wife: 'wives',
  life: 'lives',
}

/** English plural of the last word of a camelCase name: `playlistTrack` gives `playlistTracks`, `category` gives `categories`. */
export function plural(name: string): string {
  const start = name.search(/[A-Z]?[a-z0-9]*$/)
  const head = name.slice(0, start)
  const word = name.slice(start)
  const known = irregular[word.toLowerCase()]
  if (known !== undefined && Object.hasOwn(irregular, word.toLowerCase())) return head + (/^[A-Z]/.test(word) ? pascalCase(known) : known)
  if (/[^aeiou]y$/i.test(word)) return `${head}${word.slice(0, -1)}ies`
  if (/(?:s|x|z|ch|sh)$/i.test(word)) return `${head}${word}es`
  return `${head}${word}s`
}

/** Words whose last letter is no sign of a plural. */
const endsLikePlural = /(?:ss|us|is|os|as)$/i

/** The name whose plural is `name`, or undefined where it looks like none: `order_lines` gives `order_line`, `status` none. */
export function singular(name: string): string | undefined {
  const start = name.search(/[A-Z]?[a-z0-9]*$/)
  const head = name.slice(0, start)
  const word = name.slice(start)
  const known = Object.entries(irregular).find(([, many]) => many === word.toLowerCase())?.[0]
  const found = [
    known,
    word.replace(/ies$/i, 'y'),
    word.replace(/(x|ss|tz|ch|sh|[^aou]us)es$/i, '$1'),
    endsLikePlural.test(word) ? undefined : word.replace(/s$/i, ''),
  ]
  return found
    .flatMap((one) => (one === undefined || one === '' || (one === word && one !== known) ? [] : [head + one]))
    .find((one) => plural(one) === name)
}

/** Name of the relation that a foreign key field gives by itself: `pageId` gives `page`; a field without that ending gives none. */
export function linkName(field: string): string | undefined {
  const name = field.replace(/(?:_id|Id|ID)$/, '')
  return name === field || name === '' ? undefined : name
}
