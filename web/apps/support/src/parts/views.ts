/** What the back end sends to the pages; see `examples/support`. Times are RFC 3339. */

export interface Estimate {
  readonly known: boolean;
  readonly free: boolean;
  /** Seconds. */
  readonly low: number;
  readonly high: number;
  readonly calls: number;
  readonly agents: number;
}

export interface CustomerView {
  readonly open: boolean;
  readonly wait: Estimate;
  readonly contact?: Contact;
}

export interface Contact {
  readonly id: string;
  readonly state: 'waiting' | 'talking' | 'ended';
  readonly name: string;
  readonly topic: string;
  readonly position?: number;
  readonly asked: string;
  readonly returned?: boolean;
  readonly agent?: { readonly id: string; readonly name: string; readonly title: string; readonly here: boolean };
  readonly meeting?: string;
  readonly outcome?: 'done' | 'customer-left' | 'gave-up';
  readonly picked?: string;
  readonly ended?: string;
}

export type Status = 'offline' | 'away' | 'free' | 'call' | 'note';

export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly status: Status;
}

export interface Queued {
  readonly id: string;
  readonly name: string;
  readonly topic: string;
  readonly page: string;
  readonly asked: string;
  readonly away: boolean;
  readonly returned: boolean;
  readonly earlier: number;
}

export interface AgentsCall {
  readonly id: string;
  readonly name: string;
  readonly topic: string;
  readonly page: string;
  readonly state: 'opening' | 'talking' | 'ended';
  readonly meeting: string;
  readonly outcome: string;
  readonly asked: string;
  readonly picked?: string;
  readonly ended?: string;
  readonly customerHere: boolean;
  readonly offer?: { readonly to: string; readonly answer: '' | 'accepted' | 'declined' };
  readonly handed: readonly { readonly from: string; readonly note: string }[];
  readonly history: readonly Earlier[];
}

export interface Earlier {
  readonly at: string;
  readonly agent: string;
  readonly topic: string;
  readonly note: string;
  readonly outcome: string;
  readonly seconds: number;
}

export interface Incoming {
  readonly id: string;
  readonly from: string;
  readonly name: string;
  readonly topic: string;
  readonly note: string;
}

export interface AgentView {
  readonly me: Agent;
  readonly available: boolean;
  readonly agents: readonly Agent[];
  readonly queue: readonly Queued[];
  readonly call?: AgentsCall;
  readonly incoming?: Incoming;
  readonly wrapUp?: AgentsCall;
  readonly today: { readonly calls: number; readonly gaveUp: number; readonly wait: number };
  readonly now: string;
}

/** What a page enters a call with. */
export interface Pass {
  readonly url: string;
  /** Base64. */
  readonly secret: string;
  readonly token: string;
}
