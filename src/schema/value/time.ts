/** datetime and date: RFC 3339 in, one UTC text with milliseconds out. Must not know clocks or zones by name. */
import { accept, type Normalised, refuse } from './result.ts'

const datetimeForm = /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?([Zz]|[+-][0-9]{2}:[0-9]{2})$/
const dateForm = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const datetimeHelp = 'Must be an RFC 3339 date and time such as 2026-01-31T09:30:00.000Z'
const dateHelp = 'Must be a date such as 2026-01-31'
const yearHelp = 'Must be in the years 0001 to 9999'
/** 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z in milliseconds since 1970. */
const earliest = -62135596800000
const latest = 253402300799999

export function normaliseDatetime(value: unknown): Normalised {
  if (value instanceof Date) return fromMilliseconds(value.getTime())
  const parts = typeof value === 'string' ? datetimeForm.exec(value) : null
  if (parts === null) return refuse(datetimeHelp)
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = parts
  if (!isDay(Number(year), Number(month), Number(day))) return refuse(Number(year) === 0 ? yearHelp : 'Must be a day of the calendar')
  if (hour > '23' || minute > '59') return refuse('Must be a time from 00:00 to 23:59')
  if (second > '59') return refuse(second === '60' ? 'Leap seconds are not supported' : 'Must have seconds from 00 to 59')
  if (fraction.length > 3 && /[1-9]/.test(fraction.slice(3))) return refuse('Must not be finer than milliseconds')
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0')
  const utc = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`
  const minutes = offsetMinutes(zone)
  if (minutes === undefined) return refuse('Must have an offset from -23:59 to +23:59')
  return minutes === 0 ? accept(utc) : fromMilliseconds(Date.parse(utc) - minutes * 60_000)
}

/** Minutes east of UTC, or undefined where there is no such offset. */
function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

function fromMilliseconds(time: number): Normalised {
  if (Number.isNaN(time)) return refuse('Must be a valid date')
  return time < earliest || time > latest ? refuse(yearHelp) : accept(new Date(time).toISOString())
}

export function normaliseDate(value: unknown): Normalised {
  const parts = typeof value === 'string' ? dateForm.exec(value) : null
  if (parts === null) return refuse(dateHelp)
  const year = Number(parts[1])
  if (!isDay(year, Number(parts[2]), Number(parts[3]))) return refuse(year === 0 ? yearHelp : 'Must be a day of the calendar')
  return accept(value as string)
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= (monthDays[month - 1] as number) + (leap ? 1 : 0)
}
