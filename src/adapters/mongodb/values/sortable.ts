/**
 * Numbers as texts whose order is the order of the numbers, at any scale: how decimals are stored, and how numbers of different
 * types are compared. In charge of that one form, here and as an expression of the database; must not know fields.
 *
 * `0` negative or `1` otherwise; two digits of the power of ten; the digits without zeros at the ends. 12.50 is 0.125 × 10^2: `152125`.
 * Zero is `1`. A negative number has each digit taken from nine and `~` behind the last, so that longer comes before shorter: `047874~`.
 * No decimal has more than 38 digits on a side; what lies beyond (a double) has powers 0 and 99, whose order among each other is no matter here.
 */

/** Middle of the two digits of the power. */
const middle = 50
const most = 99
const zeros = '0'.repeat(96)

/** Of plain digits, or of a finite double as its shortest decimal text. */
export function sortable(value: string | number): string {
  const text = String(value)
  const negative = text.startsWith('-')
  const [mantissa = '', exponent = '0'] = (negative ? text.slice(1) : text).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const led = (whole + fraction).replace(/^0+/, '')
  const digits = led.replace(/0+$/, '')
  if (digits === '') return '1'
  const power = whole.length + Number(exponent) - (whole.length + fraction.length - led.length)
  const place = Math.min(most, Math.max(0, power + middle))
  return negative ? `0${two(most - place)}${complement(digits)}~` : `1${two(place)}${digits}`
}

const two = (n: number): string => String(n).padStart(2, '0')
const complement = (digits: string): string => digits.replace(/[0-9]/g, (digit) => String(9 - Number(digit)))

/** Back to plain digits with `scale` of them behind the point. */
export function fromSortable(text: string, scale: number): string {
  const negative = text.startsWith('0')
  const digits = negative ? complement(text.slice(3, -1)) : text.slice(3)
  if (digits === '') return scale === 0 ? '0' : `0.${'0'.repeat(scale)}`
  const place = Number(text.slice(1, 3))
  const power = (negative ? most - place : place) - middle
  const whole = power <= 0 ? '0' : digits.slice(0, power).padEnd(power, '0')
  const fraction = power <= 0 ? '0'.repeat(-power) + digits : digits.slice(power)
  return `${negative ? '-' : ''}${whole}${scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`}`
}

const slice = (text: unknown, from: unknown, length: unknown): unknown => ({ $substrBytes: [text, from, length] })

/** The same text of an int, long or double of the database, null for null. */
export function sortableExpression(number: unknown): unknown {
  return {
    $let: {
      vars: { number },
      in: { $cond: [{ $lte: ['$$number', null] }, null, textOf('$$number')] },
    },
  }
}

/** The database writes a double as its shortest decimal text too, only its exponent looks different (1e-07). */
function textOf(number: string): unknown {
  const parts = { $split: [{ $ltrim: { input: { $toString: number }, chars: '-' } }, 'e'] }
  const power = { $cond: [{ $gt: [{ $size: '$$parts' }, 1] }, { $toInt: { $ltrim: { input: { $arrayElemAt: ['$$parts', 1] }, chars: '+' } } }, 0] }
  return {
    $let: {
      vars: { parts, negative: { $lt: [number, 0] } },
      in: {
        $let: {
          vars: { point: { $split: [{ $arrayElemAt: ['$$parts', 0] }, '.'] }, exponent: power },
          in: {
            $let: {
              vars: { all: { $reduce: { input: '$$point', initialValue: '', in: { $concat: ['$$value', '$$this'] } } } },
              in: {
                $let: {
                  vars: { led: { $ltrim: { input: '$$all', chars: '0' } } },
                  in: {
                    $let: {
                      vars: {
                        digits: { $rtrim: { input: '$$led', chars: '0' } },
                        place: placeOf(),
                      },
                      in: { $cond: [{ $eq: ['$$digits', ''] }, '1', { $cond: ['$$negative', negativeText(), positiveText('$$place')] }] },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  }
}

function placeOf(): unknown {
  const whole = { $strLenBytes: { $arrayElemAt: ['$$point', 0] } }
  const leading = { $subtract: [{ $strLenBytes: '$$all' }, { $strLenBytes: '$$led' }] }
  const power = { $subtract: [{ $add: [whole, '$$exponent', middle] }, leading] }
  return { $min: [most, { $max: [0, power] }] }
}

function twoDigits(n: unknown): unknown {
  return { $concat: [{ $cond: [{ $lt: [n, 10] }, '0', ''] }, { $toString: n }] }
}

function positiveText(place: unknown): unknown {
  return { $concat: ['1', twoDigits(place), '$$digits'] }
}

/** Nines less the digits are the digits each taken from nine. Decimal128 has room for the 19 digits of a long and the 17 of a double. */
function negativeText(): unknown {
  const length = { $strLenBytes: '$$digits' }
  const nines = { $subtract: [{ $toDecimal: { $concat: ['1', slice(zeros, 0, length)] } }, { $toDecimal: '1' }] }
  const rest = { $concat: [zeros, { $toString: { $subtract: [nines, { $toDecimal: '$$digits' }] } }] }
  return {
    $let: {
      vars: { rest },
      in: {
        $concat: [
          '0',
          twoDigits({ $subtract: [most, '$$place'] }),
          slice('$$rest', { $subtract: [{ $strLenBytes: '$$rest' }, length] }, length),
          '~',
        ],
      },
    },
  }
}

/** Digits of one limb: so many that the sum of 10^14 of them is exact in Decimal128. */
export const limbDigits = 19

/** Places of limbs, from the left, that hold all digits of a decimal. */
export const limbs = [0, 1, 2, 3] as const

/** Limb number `index` of a stored decimal as a number with its sign, null for null; 76 digits with the point in the middle. */
export function limbExpression(text: unknown, index: number): unknown {
  const nines = '9'.repeat(96)
  const place = { $toInt: slice('$$text', 1, 2) }
  const positive = decimalAt(padded('$$place', slice('$$text', 3, -1), zeros), index)
  const digits = slice('$$text', 3, { $subtract: [{ $strLenBytes: '$$text' }, 4] })
  const negative = { $subtract: [decimalAt(padded({ $subtract: [most, '$$place'] }, digits, nines), index), { $toDecimal: '9'.repeat(limbDigits) }] }
  return {
    $let: {
      vars: { text },
      in: {
        $switch: {
          branches: [
            { case: { $lte: ['$$text', null] }, then: null },
            { case: { $lt: ['$$text', '1'] }, then: { $let: { vars: { place }, in: negative } } },
            { case: { $eq: ['$$text', '1'] }, then: { $toDecimal: '0' } },
          ],
          default: { $let: { vars: { place }, in: positive } },
        },
      },
    },
  }
}

/** Digits at their place among 76. A power of 38 needs no digit in front. */
function padded(place: unknown, digits: unknown, fill: string): unknown {
  return { $concat: [slice(fill, 0, { $subtract: [middle + 38, place] }), digits, fill] }
}

function decimalAt(text: unknown, index: number): unknown {
  return { $toDecimal: slice(text, index * limbDigits, limbDigits) }
}

/** The sum whose limbs were summed, as a whole number of 10^-scale. */
export function fromLimbs(sums: readonly bigint[], scale: number): bigint {
  const whole = sums.reduce((sum, limb) => sum * 10n ** BigInt(limbDigits) + limb, 0n)
  return whole / 10n ** BigInt(38 - scale)
}
