/** Rows for the music store, the same ones for the same seed. Knows the shapes of schema/, not how rows are written. */

export type Row = Readonly<Record<string, unknown>>

export interface MusicData {
  /** Entity to rows; entities stand in an order in which their references exist. */
  readonly rows: ReadonlyMap<string, readonly Row[]>
  /** Accounts to open first: their `id` is what `userId` of customers and playlists refers to once they exist. */
  readonly accounts: readonly { readonly username: string; readonly email: string }[]
}

export interface Size {
  readonly artists: number
  readonly customers: number
  readonly employees: number
  readonly playlists: number
}

const usual: Size = { artists: 90, customers: 60, employees: 8, playlists: 18 }

/** mulberry32: 32 bits of state, good enough to look random, the same everywhere. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const genres = [
  'Rock',
  'Jazz',
  'Metal',
  'Classical',
  'Blues',
  'Latin',
  'Reggae',
  'Pop',
  'Soundtrack',
  'Electronica',
  'Hip Hop',
  'Bossa Nova',
  'Opera',
  'World',
]
const mediaTypes = ['MPEG audio file', 'AAC audio file', 'Protected AAC audio file', 'FLAC audio file', 'Protected MPEG-4 video file']
const firsts = [
  'Silver',
  'Broken',
  'Electric',
  'Quiet',
  'Northern',
  'Velvet',
  'Burning',
  'Paper',
  'Hollow',
  'Golden',
  'Café',
  'Blå',
  'Último',
  'Żółty',
  '静かな',
]
const seconds = [
  'River',
  'Machines',
  'Garden',
  'Wolves',
  'Harbour',
  'Letters',
  'Engines',
  'Mirrors',
  'Sæson',
  'Noche',
  'Straße',
  'Orchestra',
  '海',
  '100%',
  "O'Clock",
]
const people = [
  'Ana',
  'Björn',
  'Chloé',
  'Dmitri',
  'Eszter',
  'Fatima',
  'Goran',
  'Hana',
  'İlker',
  'João',
  'Kenji',
  'Łucja',
  'Marta',
  'Niamh',
  'Oluwaseun',
]
const families = [
  'Almeida',
  'Brown',
  'Çelik',
  'Dvořák',
  'Eriksson',
  'Fischer',
  'García',
  'Horváth',
  'Ivanova',
  'Jensen',
  'Kowalski',
  'Lê',
  'Müller',
  "O'Brien",
  'Tanaka',
]
const places = [
  ['Oslo', 'Norway'],
  ['São Paulo', 'Brazil'],
  ['Kraków', 'Poland'],
  ['Osaka', 'Japan'],
  ['Cork', 'Ireland'],
  ['Leipzig', 'Germany'],
  ['Montréal', 'Canada'],
  ['Porto', 'Portugal'],
] as const

/** About four thousand rows at the usual size; `accountId(i)` gives the id of account `i`, once it is open. */
export function musicData(accountId: (index: number) => string, seed = 7, size: Partial<Size> = {}): MusicData {
  const counts = { ...usual, ...size }
  const next = random(seed)
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)]!
  const maybe = <T>(share: number, value: () => T): T | null => (next() < share ? value() : null)
  const many = (count: number, make: (id: number) => Row): Row[] => Array.from({ length: count }, (_, i) => make(i + 1))
  const title = (): string => `${pick(firsts)} ${pick(seconds)}`
  const day = (from: number, to: number): string => new Date(Date.UTC(int(from, to), int(0, 11), int(1, 28))).toISOString().slice(0, 10)

  const accounts = Array.from({ length: Math.floor(counts.customers / 2) }, (_, i) => ({
    username: `listener${i + 1}`,
    email: `listener${i + 1}@example.com`,
  }))
  const artist = many(counts.artists, (artistId) => ({ artistId, name: `${title()} ${artistId}` }))
  const album = artist
    .flatMap((owner) => Array.from({ length: int(1, 4) }, () => owner.artistId))
    .map((artistId, i) => ({
      albumId: i + 1,
      title: title(),
      artistId,
      released: maybe(0.9, () => day(1960, 2025)),
    }))
  const genre = genres.map((name, i) => ({ genreId: i + 1, name }))
  const mediaType = mediaTypes.map((name, i) => ({ mediaTypeId: i + 1, name }))
  const track = album
    .flatMap((on) => Array.from({ length: int(5, 12) }, () => on.albumId))
    .map(
      (albumId, i): Row => ({
        trackId: i + 1,
        name: title(),
        albumId,
        mediaTypeId: int(1, mediaTypes.length),
        genreId: maybe(0.95, () => int(1, genres.length)),
        composer: maybe(0.6, () => `${pick(people)} ${pick(families)}`),
        milliseconds: int(30_000, 900_000),
        bytes: maybe(0.9, () => String(BigInt(int(1_000_000, 2_000_000_000)) * 7n)),
        unitPrice: pick(['0.99', '1.29', '1.99']),
        explicit: next() < 0.1,
        tags: Array.from({ length: int(0, 3) }, () => pick(['live', 'remaster', 'demo', 'acoustic', 'bonus'])),
      }),
    )
  const employee = many(counts.employees, (employeeId) => ({
    employeeId,
    firstName: pick(people),
    lastName: pick(families),
    title: employeeId === 1 ? 'Head' : pick(['Sales', 'Support', 'IT']),
    reportsTo: employeeId === 1 ? null : int(1, employeeId - 1),
    hireDate: day(2001, 2024),
    email: `staff${employeeId}@example.com`,
    salary: `${int(20, 90)}000.00`,
  }))
  const customer = many(counts.customers, (customerId) => {
    const [city, country] = pick(places)
    return {
      customerId,
      userId: customerId <= accounts.length ? accountId(customerId - 1) : null,
      firstName: pick(people),
      lastName: pick(families),
      company: maybe(0.2, () => `${pick(families)} & ${pick(families)}`),
      city,
      country,
      phone: maybe(0.8, () => `+${int(1, 99)} ${int(100, 999)} ${int(1000, 9999)}`),
      email: `customer${customerId}@example.org`,
      supportRepId: int(1, counts.employees),
    }
  })
  const { invoice, line } = sales(customer, track, int, pick)
  const playlist = many(counts.playlists, (playlistId) => ({
    playlistId,
    name: title(),
    userId: playlistId % 3 === 0 || accounts.length === 0 ? null : accountId(int(0, accounts.length - 1)),
    isPublic: playlistId % 3 === 0 || next() < 0.3,
  }))
  const playlistTrack = playlist.flatMap(({ playlistId }) => {
    const chosen = new Set(Array.from({ length: int(10, 60) }, () => int(1, track.length)))
    return [...chosen].map((trackId, position): Row => ({ playlistId, trackId, position }))
  })
  return {
    accounts,
    rows: new Map<string, readonly Row[]>([
      ['Artist', artist],
      ['Album', album],
      ['Genre', genre],
      ['MediaType', mediaType],
      ['Track', track],
      ['Employee', employee],
      ['Customer', customer],
      ['Invoice', invoice],
      ['InvoiceLine', line],
      ['Playlist', playlist],
      ['PlaylistTrack', playlistTrack],
    ]),
  }
}

/** Invoices whose totals are the sums of their lines, in cents, so that they are exact. */
function sales(
  customers: readonly Row[],
  tracks: readonly Row[],
  int: (from: number, to: number) => number,
  pick: <T>(of: readonly T[]) => T,
): { invoice: Row[]; line: Row[] } {
  const invoice: Row[] = []
  const line: Row[] = []
  for (const customer of customers) {
    for (let n = int(1, 7); n > 0; n--) {
      const invoiceId = invoice.length + 1
      let cents = 0
      for (let m = int(1, 6); m > 0; m--) {
        const { trackId, unitPrice } = pick(tracks)
        const quantity = int(1, 3)
        cents += Math.round(Number(unitPrice) * 100) * quantity
        line.push({ invoiceLineId: line.length + 1, invoiceId, trackId, unitPrice, quantity })
      }
      const at = new Date(Date.UTC(int(2021, 2025), int(0, 11), int(1, 28), int(0, 23), int(0, 59), int(0, 59), int(0, 999)))
      invoice.push({
        invoiceId,
        customerId: customer.customerId,
        invoiceDate: at.toISOString(),
        status: pick(['open', 'paid', 'paid', 'paid', 'cancelled']),
        billingCity: customer.city,
        billingCountry: customer.country,
        total: `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
      })
    }
  }
  return { invoice, line }
}
