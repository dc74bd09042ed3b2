import { errors, type RefusalClass, type WireRefusal } from '@errand-dash/contract';

const statuses = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PRECONDITION_FAILED: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNPROCESSABLE_CONTENT: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const satisfies Record<RefusalClass, number>;

/** The HTTP status under which a refusal is told. */
export const httpStatusOf = (refusal: WireRefusal): number => statuses[errors[refusal.code].status];
