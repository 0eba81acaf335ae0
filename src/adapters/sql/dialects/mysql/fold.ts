/** Case folding as a function of the database, made from schema/fold.ts. In charge of its text and name; must not know who creates it. */
import { fold } from '../../../../schema/fold.ts'
import { collationOf, type Flavour } from './flavour.ts'

/** Counts up when the body changes; Unicode's version says which characters it maps. */
const edition = 1

/** A new edition has a new name: programs of both may run beside each other. */
export const foldName = `dbal_fold_${edition}_${(process.versions['unicode'] ?? '0').replaceAll(/\D/g, '_')}`

/** No text with upper and lower case stands behind (Unicode 17). */
const lastCased = 0x1ffff
/** Characters of a text that are looked at before the next piece is cut off: cutting takes time by the length of the text. */
const piece = 256

/** The expression folded. Plain ASCII, which most texts are, needs no call. */
export function foldSql(sql: string): string {
  return `CASE WHEN OCTET_LENGTH(${sql}) = CHAR_LENGTH(${sql}) THEN LOWER(${sql}) ELSE ${foldName}(${sql}) END`
}

interface Mapping {
  readonly from: string
  readonly to: string
}

/** `longest`: characters that one becomes; shorter results are filled up with U+0001, which no result has. */
function mappings(longest: number): Mapping {
  let from = ''
  let to = ''
  for (let point = 0x80; point <= lastCased; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    const folded = fold(character)
    const length = [...folded].length
    if (folded === character || (longest === 1 ? length > 1 : length === 1)) continue
    from += character
    to += folded + '\u0001'.repeat(longest - length)
  }
  return { from, to }
}

/** Folding looks at one character at a time: what it makes of a text is what it makes of the characters. */
export function createFold(flavour: Flavour): string {
  const single = mappings(1)
  const several = mappings(3)
  const type = `LONGTEXT CHARACTER SET utf8mb4 COLLATE ${collationOf(flavour)}`
  const short = `CHARACTER SET utf8mb4 COLLATE ${collationOf(flavour)}`
  const text = (value: string): string => `_utf8mb4 x'${Buffer.from(value).toString('hex')}' COLLATE ${collationOf(flavour)}`
  return `CREATE FUNCTION \`${foldName}\`(given ${type}) RETURNS ${type} DETERMINISTIC NO SQL SQL SECURITY INVOKER
BEGIN
  DECLARE done ${type} DEFAULT '';
  DECLARE part VARCHAR(${piece}) ${short};
  DECLARE c VARCHAR(3) ${short};
  DECLARE start INT DEFAULT 1;
  DECLARE i INT;
  DECLARE at INT;
  IF given IS NULL OR OCTET_LENGTH(given) = CHAR_LENGTH(given) THEN RETURN LOWER(given); END IF;
  WHILE start <= CHAR_LENGTH(given) DO
    SET part = SUBSTRING(given, start, ${piece});
    SET i = 1;
    WHILE i <= CHAR_LENGTH(part) DO
      SET c = SUBSTRING(part, i, 1);
      IF OCTET_LENGTH(c) = 1 THEN SET c = LOWER(c);
      ELSE
        SET at = LOCATE(c, ${text(single.from)});
        IF at > 0 THEN SET c = SUBSTRING(${text(single.to)}, at, 1);
        ELSE
          SET at = LOCATE(c, ${text(several.from)});
          IF at > 0 THEN SET c = REPLACE(SUBSTRING(${text(several.to)}, at * 3 - 2, 3), _utf8mb4 x'01', ''); END IF;
        END IF;
      END IF;
      SET done = CONCAT(done, c);
      SET i = i + 1;
    END WHILE;
    SET start = start + ${piece};
  END WHILE;
  RETURN done;
END`
}
