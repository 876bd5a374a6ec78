import { ApiError } from './problem.js';

/** Asks the node's HTTP API as the browser's user. Rejects with an {@link ApiError}, of code `unreachable` when there is no answer. */
export async function request<T>(
  method: string,
  path: string,
  o: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: { ...(o.body !== undefined && { 'Content-Type': 'application/json' }), ...o.headers },
      ...(o.body !== undefined && { body: JSON.stringify(o.body) }),
      ...(o.signal && { signal: o.signal }),
    });
  } catch (cause) {
    if (o.signal?.aborted) throw cause;
    throw new ApiError(0, 'unreachable', 'The server can’t be reached.');
  }
  if (response.status === 204) return undefined as T;
  const answer = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  if (!response.ok) throw new ApiError(response.status, answer.code ?? 'failed', answer.detail ?? response.statusText);
  return answer as T;
}
