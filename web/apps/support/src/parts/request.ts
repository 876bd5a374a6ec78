/** What the back end has refused, in words that can be shown. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Sends a request to the back end. Rejects with a {@link Refusal}. */
export async function post<T = unknown>(path: string, body: object = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refusal('unreachable', 'We can’t be reached at the moment. Check your network, then try again.');
  }
  const answer = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  if (!response.ok) throw new Refusal(answer.code ?? 'internal', answer.detail ?? 'Something went wrong. Try again.');
  return answer as T;
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
