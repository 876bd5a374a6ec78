/** What the clinic says about something it does not do: `code` for the page, the message for who reads it. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** Who asks: a patient with the key of the private link. A doctor's browser has a cookie instead. */
export interface Asking {
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the clinic. Rejects with a {@link Refusal} that can be shown as it is. */
export async function ask(method: string, path: string, body: unknown, o: Asking = {}): Promise<Response> {
  const form = body instanceof FormData;
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, {
      method,
      headers: {
        ...(o.key && { Authorization: `Bearer ${o.key}` }),
        ...(body !== undefined && !form && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: form ? body : JSON.stringify(body) }),
      ...(o.signal && { signal: o.signal }),
    });
  } catch (cause) {
    if (o.signal?.aborted) throw cause;
    throw new Refusal(0, 'unreachable', 'The clinic can’t be reached. Check your network, then try again.');
  }
  if (response.ok) return response;
  const told = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw new Refusal(
    response.status,
    told.code ?? 'failed',
    told.detail ?? 'Something went wrong. Try again in a minute.',
  );
}

export async function get<T>(path: string, o?: Asking): Promise<T> {
  return (await (await ask('GET', path, undefined, o)).json()) as T;
}

export async function post<T>(path: string, body?: unknown, o?: Asking): Promise<T> {
  const response = await ask('POST', path, body, o);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** What to tell a person of an error. */
export function plainly(error: unknown): string {
  return error instanceof Refusal ? error.message : 'Something went wrong. Reload the page, then try again.';
}
