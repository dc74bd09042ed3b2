import superjson from 'superjson';

/** An answer as it came over the wire. */
export interface WireAnswer {
  /** `ok`, or the code of the refusal. */
  code: string;
  status: number;
  /** All but those that name the instant and the request. */
  headers: Record<string, string>;
  text: string;
}

export interface WireQuestion {
  apiUrl: string;
  path: string;
  input: unknown;
  accessToken: string | undefined;
  idempotencyKey: string;
  isSubscription?: boolean;
}

/** Calls a procedure. A stream is read to its first event, or to its end. */
export async function askOverHttp(question: WireQuestion): Promise<WireAnswer> {
  const { apiUrl, path, input, accessToken, idempotencyKey } = question;
  const headers = {
    'idempotency-key': idempotencyKey,
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
  };
  const body = JSON.stringify(superjson.serialize(input));
  if (question.isSubscription === true) {
    const url = `${apiUrl}/trpc/${path}?input=${encodeURIComponent(body)}`;
    const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers } });
    return answerOf(response, await readFirst(response));
  }
  const response = await fetch(`${apiUrl}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return answerOf(response, await response.text());
}

function answerOf(response: Response, text: string): WireAnswer {
  const refused = /"refusal":\{"code":"([A-Z_]+)"/.exec(text)?.[1];
  const headers = Object.fromEntries(response.headers);
  const { date: _date, 'x-request-id': _requestId, ...rest } = headers;
  const isOk = response.ok && refused === undefined;
  return {
    code: isOk ? 'ok' : (refused ?? `status ${response.status}`),
    status: response.status,
    headers: rest,
    text,
  };
}

/** What a stream says before it says something of its own, with that. */
async function readFirst(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  while (!/^data: .*"(refusal|json)"/m.test(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}
