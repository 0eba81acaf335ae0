/** Error names, numbers and public sentences. Generated from api/schema/errors.yaml by `dbal generate`; do not edit. */
export const errorTable = {
  UNAUTHORIZED: { status: 401, message: 'Authentication required', retryable: false },
  FORBIDDEN: { status: 403, message: 'Access forbidden', retryable: false },
  SANDBOX_VIOLATION: { status: 403, message: 'Sandbox security violation', retryable: false },
  MALICIOUS_CODE_DETECTED: { status: 403, message: 'Malicious code detected', retryable: false },
  NOT_FOUND: { status: 404, message: 'Resource not found', retryable: false },
  CONFLICT: { status: 409, message: 'Resource conflict', retryable: false },
  VALIDATION_ERROR: { status: 422, message: 'Validation failed', retryable: false },
  RATE_LIMIT_EXCEEDED: { status: 429, message: 'Rate limit exceeded', retryable: false },
  INTERNAL_ERROR: { status: 500, message: 'Internal server error', retryable: false },
  CAPABILITY_NOT_SUPPORTED: { status: 501, message: 'Feature not supported', retryable: false },
  DATABASE_ERROR: { status: 503, message: 'Database unavailable', retryable: true },
  TIMEOUT: { status: 504, message: 'Operation timeout', retryable: true },
} as const satisfies Record<string, { status: number; message: string; retryable: boolean }>

export type ErrorName = keyof typeof errorTable
