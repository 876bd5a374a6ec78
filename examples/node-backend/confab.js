/** The address of the node, for this program and for browsers. */
export const node = process.env.CONFAB_NODE ?? 'http://localhost:8080';

/** What the node refuses. `code` is one of those in docs/back-ends.md. */
export class ConfabError extends Error {
  constructor(status, { code, detail }) {
    super(`${code}: ${detail}`);
    this.status = status;
    this.code = code;
  }
}

/** Posts to the HTTP API of the node. What it can be asked is on the node's page /docs/api. */
export async function post(path, body) {
  const response = await fetch(new URL(path, node), {
    method: 'POST',
    headers: { Authorization: `Bearer ${process.env.CONFAB_API_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.json();
  if (!response.ok) throw new ConfabError(response.status, answer);
  return answer;
}
