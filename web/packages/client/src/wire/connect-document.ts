/** What `GET /v1/connect` answers (spec/wire.md §1.1). */
export interface ConnectDocument {
  /** Absent when the node has no UDP. */
  readonly webtransport?: {
    readonly url: string;
    /** SHA-256 of the development certificates; empty when the certificate is a public one. */
    readonly certificateHashes: readonly Uint8Array<ArrayBuffer>[];
  };
  readonly websocket: { readonly url: string };
  /** Whether a client without a token is let in as a guest. */
  readonly open: boolean;
}

/** Checks and decodes a connect document. Throws a TypeError that names the field. */
export function parseConnectDocument(json: unknown): ConnectDocument {
  const document = record(json, 'document');
  const websocket = { url: url(record(document['websocket'], 'websocket')['url'], 'websocket.url', ['ws:', 'wss:']) };
  const open = document['open'] === true;
  if (document['webtransport'] === undefined || document['webtransport'] === null) return { websocket, open };

  const webtransport = record(document['webtransport'], 'webtransport');
  const hashes = webtransport['certificateHashes'] ?? [];
  if (!Array.isArray(hashes)) throw fault('webtransport.certificateHashes', 'a list');
  return {
    webtransport: {
      url: url(webtransport['url'], 'webtransport.url', ['https:']),
      certificateHashes: hashes.map((hash) => sha256(hash)),
    },
    websocket,
    open,
  };
}

function record(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault(field, 'an object');
  return value as Record<string, unknown>;
}

function url(value: unknown, field: string, schemes: readonly string[]): string {
  if (typeof value !== 'string' || !URL.canParse(value) || !schemes.includes(new URL(value).protocol))
    throw fault(field, `a URL with ${schemes.join(' or ')}`);
  return value;
}

function sha256(value: unknown): Uint8Array<ArrayBuffer> {
  const field = 'webtransport.certificateHashes';
  if (typeof value !== 'string') throw fault(field, 'a list of base64 strings');
  let binary: string;
  try {
    binary = atob(value);
  } catch {
    throw fault(field, 'a list of base64 strings');
  }
  if (binary.length !== 32) throw fault(field, 'a list of SHA-256 hashes');
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function fault(field: string, expected: string): TypeError {
  return new TypeError(`/v1/connect: ${field} is not ${expected}`);
}
