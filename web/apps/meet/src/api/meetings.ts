import { RoomError } from '@confab/client';
import { ApiError } from './problem.js';
import { request } from './request.js';

/** A meeting as the API tells of it; its full description is at /v1/openapi.json. */
export interface Meeting {
  readonly id: string;
  readonly title: string;
  readonly starts?: string;
  readonly ends?: string;
  readonly timeZone?: string;
  readonly settings: { readonly waitingRoom: boolean; readonly locked: boolean; readonly guests: boolean };
  readonly access: 'owner' | 'host' | 'invited';
  readonly ended?: string;
}

export interface MeetingPlan {
  readonly title?: string;
  readonly starts?: string;
  readonly ends?: string;
  readonly timeZone?: string;
  readonly settings?: { readonly waitingRoom?: boolean };
}

export function createMeeting(plan: MeetingPlan): Promise<Meeting> {
  // A request that is sent again after a lost answer makes no second meeting.
  return request('POST', '/v1/meetings', { body: plan, headers: { 'Idempotency-Key': crypto.randomUUID() } });
}

/** Those that the browser's user owns, newest first; none for one without a session. */
export async function ownMeetings(): Promise<readonly Meeting[]> {
  try {
    return (await request<{ meetings: readonly Meeting[] }>('GET', '/v1/meetings?limit=50')).meetings;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return [];
    throw error;
  }
}

export function deleteMeeting(id: string): Promise<void> {
  return request('DELETE', `/v1/meetings/${encodeURIComponent(id)}`);
}

/** A join token for the browser's user; empty for a room that is no meeting, which an open node lets guests into. */
export async function joinToken(id: string, signal: AbortSignal): Promise<string> {
  try {
    const ticket = await request<{ token: string }>('POST', `/v1/meetings/${encodeURIComponent(id)}/join`, { signal });
    return ticket.token;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return '';
    throw new RoomError(refusals.find((code) => code === error.code) ?? 'unauthorized', error.message);
  }
}

/** Codes that the API and the room have in common. */
const refusals = ['locked', 'ended', 'blocked'] as const;
