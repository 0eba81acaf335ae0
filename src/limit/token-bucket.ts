/** Rate limits: one bucket of tokens for each key. In charge of the arithmetic; must not know who the keys are. */

export interface BucketOptions {
  /** Tokens that flow back in a minute. */
  readonly perMinute: number
  /** Most tokens that a bucket holds: what may be taken at once after a pause. */
  readonly burst: number
  /** Milliseconds that never go back. */
  readonly monotonic: () => number
  /** Keys remembered at once (default 100 000, some 15 MB). */
  readonly maxKeys?: number
}

export interface TokenBuckets {
  /**
   * Takes `items` tokens of `key`: 0 where they were there, else the seconds until they will be, and nothing is taken.
   * More than a whole burst is let in when the bucket is full, and then owed, so that a large batch waits but is not refused for ever.
   */
  take(key: string, items: number): number
  /** Number of keys remembered. */
  readonly size: number
}

interface Bucket {
  tokens: number
  at: number
}

/** In any window of w minutes at most `burst + perMinute × w` tokens are given for a key (one batch above the burst excepted, which is owed). */
export function createTokenBuckets(options: BucketOptions): TokenBuckets {
  const { perMinute, burst, monotonic, maxKeys = 100_000 } = options
  if (!(perMinute > 0) || !(burst >= 1)) throw new RangeError('A rate limit needs perMinute above 0 and burst of at least 1')
  const perMs = perMinute / 60_000
  const buckets = new Map<string, Bucket>()
  /** Until when new keys share one bucket because nothing could be forgotten. */
  const crowd: Bucket = { tokens: burst, at: monotonic() }

  const filled = (bucket: Bucket, now: number): number => Math.min(burst, bucket.tokens + (now - bucket.at) * perMs)

  /** A full bucket says no more than a new one would, so only full ones are forgotten. */
  const forget = (now: number): void => {
    let looked = 0
    for (const [key, bucket] of buckets) {
      if (filled(bucket, now) >= burst) buckets.delete(key)
      if (++looked >= 16) return
      // Those that must stay go to the end, so that the next look meets others.
      if (buckets.delete(key)) buckets.set(key, bucket)
    }
  }

  const bucketOf = (key: string, now: number): Bucket => {
    const known = buckets.get(key)
    if (known !== undefined) return known
    if (buckets.size >= maxKeys) forget(now)
    if (buckets.size >= maxKeys) return crowd
    const made: Bucket = { tokens: burst, at: now }
    buckets.set(key, made)
    return made
  }

  return {
    take(key, items) {
      const now = monotonic()
      const bucket = bucketOf(key, now)
      bucket.tokens = filled(bucket, now)
      bucket.at = now
      const needed = Math.min(items, burst)
      // Tokens come back in fractions; a rounding error must not cost a whole wait.
      if (bucket.tokens + 1e-9 >= needed) {
        bucket.tokens -= items
        return 0
      }
      return (needed - bucket.tokens) / perMs / 1000
    },
    get size() {
      return buckets.size
    },
  }
}
