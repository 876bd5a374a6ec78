/** How long the first attempt at a node may take when there are others to try; the next ones get more. */
const alternateMs = 3000;
const attemptMs = 20_000;
/** An attempt that fails sooner may be worth another at once; one that took longer is not. */
const quickMs = 1000;
/** How many other nodes are remembered. */
const most = 16;

/** The nodes that a link may go to when the one in use can't be reached. Spec: wire.md §4.2. */
export class Alternates {
  #origins: readonly string[] = [];

  constructor(
    /** The node of the options. */
    private readonly first: string,
  ) {}

  /** Takes what the node in use told; what may not be gone to is left out. */
  set(urls: readonly string[]): void {
    this.#origins = urls
      .slice(0, most)
      .map((url) => nodeAt(url, this.first))
      .filter((origin) => origin !== undefined);
  }

  /** How long an attempt may take, the one after so many failures and this one: less where there are other nodes. */
  patienceMs(failures: number): number {
    return this.#origins.length === 0 ? attemptMs : Math.min(attemptMs, failures * alternateMs);
  }

  /**
   * The node to try after an attempt at `origin` failed. The first failure may be one of the path, unless the node
   * itself refused or was silent.
   */
  after(origin: string, refused: boolean, failures: number, tookMs: number): string {
    if (!refused && failures < 2 && tookMs < quickMs) return origin;
    const nodes = [...new Set([this.first, ...this.#origins])];
    return nodes[(nodes.indexOf(origin) + 1) % nodes.length]!;
  }
}

/**
 * The origin that a node may send its clients to: a web origin, and not from a secure one to an insecure one; undefined
 * for anything else.
 */
export function nodeAt(url: string, from: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { origin, protocol } = new URL(url);
  const allowed = protocol === 'https:' || (protocol === 'http:' && new URL(from).protocol === 'http:');
  return allowed ? origin : undefined;
}
