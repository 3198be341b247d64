import {
  asRelaxdError,
  ERROR_TABLE,
  isErrorCode,
  RelaxdError,
  type ErrorCode,
} from '../core/index.js';

/** An error as an answer: RFC 9457, with relaxd's code and the error's details as further members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly [member: string]: unknown;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** The problem document of an error. The document's own members win over details of the same name. */
export function problemOf(error: RelaxdError): Problem {
  const row = ERROR_TABLE[error.code];
  return {
    ...error.details,
    type: `urn:relaxd:error:${error.code}`,
    title: row.meaning,
    status: row.status,
    detail: error.message,
    code: error.code,
    retryable: row.retryable,
  };
}

/** What the HTTP framework raises on its own, by its codes; see its documentation, section "Errors". */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media',
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid-json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid-json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid-input',
  FST_ERR_BAD_URL: 'not-found',
  FST_ERR_MAX_PARAM_LENGTH: 'not-found',
  FST_ERR_ASYNC_CONSTRAINT: 'not-found',
  FST_ERR_REOPENED_CLOSE_SERVER: 'service-stopping',
};

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid-input',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'too-large',
  415: 'unsupported-media',
  429: 'rate-limited',
  503: 'service-stopping',
};

/** Anything that a route or the framework threw, as an error of the table. */
export function errorOf(thrown: unknown): RelaxdError {
  if (thrown instanceof RelaxdError) return thrown;
  const { code, statusCode, message } = (thrown ?? {}) as {
    code?: unknown;
    statusCode?: unknown;
    message?: unknown;
  };
  const text = typeof message === 'string' ? message : String(thrown);
  if (typeof code === 'string') {
    const known = FRAMEWORK_CODES[code];
    if (known !== undefined) return new RelaxdError(known, text, {}, thrown);
    // A worker's error crosses threads as a plain object with our code.
    if (isErrorCode(code)) return new RelaxdError(code, text, {}, thrown);
  }
  if (thrown instanceof SyntaxError && statusCode === 400) {
    return new RelaxdError('invalid-json', text, {}, thrown);
  }
  if (typeof statusCode === 'number') {
    const known = CODE_OF_STATUS[statusCode];
    if (known !== undefined) return new RelaxdError(known, text, {}, thrown);
  }
  return asRelaxdError(thrown);
}
